/**
 * Copies a hub's database while the hub runs on it. The copy gets epochs of its own, so that whoever restores it tells
 * every device to start again (rule P5) without having to know about it.
 */
import { closeSync, openSync } from 'node:fs'
import { openSqliteFile, type SqliteFile } from './sqlite-schema.ts'

/** Throws when `target` exists: a backup never replaces anything. */
export function backUp(file: SqliteFile, target: string, random: (bytes: number) => Uint8Array): void {
  closeSync(openSync(target, 'wx', 0o600))
  const database = openSqliteFile(file)
  try {
    database.prepare('VACUUM INTO ?').run(target)
  } finally {
    database.close()
  }
  const copy = openSqliteFile({ ...file, path: target })
  try {
    const ids = copy.prepare<[], { rid: number }>('SELECT rid FROM workspace').all()
    const setEpoch = copy.prepare<[string, number]>('UPDATE workspace SET epoch = ? WHERE rid = ?')
    for (const { rid } of ids) setEpoch.run(Buffer.from(random(16)).toString('base64url'), rid)
    // One file, not three: nothing may stay behind in a -wal.
    copy.pragma('journal_mode = DELETE')
  } finally {
    copy.close()
  }
}
