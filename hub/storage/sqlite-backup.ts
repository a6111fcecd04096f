/**
 * Copies a hub's database while the hub runs on it. The copy gets epochs of its own, so that whoever restores it tells
 * every device to start again (rule P5) without having to know about it.
 */
import { closeSync, openSync } from 'node:fs'
import { openSqliteFile, renewEpochs, type SqliteFile } from './sqlite-schema.ts'

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
    renewEpochs(copy, random)
    // One file, not three: nothing may stay behind in a -wal.
    copy.pragma('journal_mode = DELETE')
  } finally {
    copy.close()
  }
}
