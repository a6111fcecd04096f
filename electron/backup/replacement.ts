/**
 * A restored backup takes the place of the workspace's database: announced in a note, done by renames at the next opening,
 * and taken up again there if a crash cut it short. At every moment one whole database is there, and what is replaced is
 * kept among the backups.
 */
import { constants, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { OUTLINE_SUFFIX } from '../storage/outline.ts'
import { demandRoom, flush, flushFolder } from '../storage/whole-file.ts'
import { backupFolder, newBackupName } from './backup-folder.ts'
import { readNote, removeNote, writeNote } from './note-file.ts'

export interface Replacement {
  /** Tells this state of the database from every other (core/database/going-back.ts). */
  readonly mark: string
  /** When the backup was made that is restored. */
  readonly at: number
  /** Files of a whole copy that could not be read, and are not here otherwise. */
  readonly lost: number
  /** File name among the backups that the replaced database gets. */
  readonly replaced: string
}

const schema = v.object({
  version: v.literal(1),
  mark: v.pipe(v.string(), v.minLength(1)),
  at: v.number(),
  lost: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  replaced: v.pipe(v.string(), v.regex(/^[\w.-]+$/)),
})

const NOTE = 'replacement.json'
const SUFFIXES = ['-wal', '-shm', OUTLINE_SUFFIX, '']

function incomingPath(path: string): string {
  return `${path}.incoming`
}

/** Where a database that is to replace the one at `path` is made; what a crash leaves there is nothing yet. */
export function incomingPart(path: string): string {
  return `${incomingPath(path)}.part`
}

/**
 * Copies a backup that was found sound beside the database at `path`, unless it is at incomingPart already, and announces
 * it. Until the note is written nothing has happened.
 *
 * @throws StorageError diskFull
 */
export async function announceReplacement(
  path: string,
  backup: string,
  {
    mark,
    at,
    now,
    lost = 0,
  }: { readonly mark: string; readonly at: number; readonly now: number; readonly lost?: number },
): Promise<void> {
  const folder = dirname(path)
  const incoming = incomingPath(path)
  const part = incomingPart(path)
  try {
    if (backup !== part) {
      demandRoom(folder, statSync(backup).size)
      await copyFile(backup, part, constants.COPYFILE_FICLONE)
    }
    flush(part)
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
  renameSync(part, incoming)
  const replaced = newBackupName(backupFolder(folder), now, 'replaced')
  writeNote(join(folder, NOTE), { version: 1, mark, at, lost, replaced })
}

/** Undefined: nothing is to be replaced. */
export function readReplacement(path: string): Replacement | undefined {
  const read = v.safeParse(schema, readNote(join(dirname(path), NOTE)))
  return read.success ? read.output : undefined
}

/** Nobody may have either open. Does what a crash has left undone, and nothing twice. Answers where the replaced one is. */
export function swapIn(path: string, { replaced }: Replacement): string {
  const incoming = incomingPath(path)
  const kept = join(backupFolder(dirname(path)), replaced)
  if (existsSync(incoming)) {
    // The WAL goes first: what is left behind by a crash must never be taken for the new database's.
    for (const suffix of SUFFIXES) if (existsSync(path + suffix)) renameSync(path + suffix, kept + suffix)
    renameSync(incoming, path)
    flushFolder(dirname(path))
  }
  return kept
}

export function finishReplacement(path: string): void {
  removeNote(join(dirname(path), NOTE))
}
