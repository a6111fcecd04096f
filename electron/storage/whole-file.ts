/**
 * A file that is there whole or not at all: made under a temporary name, flushed to the disk, then renamed. And whether
 * there is room for it before it is begun, so that it does not take the last of the disk from those who write.
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync, statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { StorageError } from './storage-error.ts'

const PART = '.part'
/** What SQLite may leave beside a database that it was making. */
const BESIDE = ['', '-journal', '-wal', '-shm']

/** `make` writes the file it is given the name of; if it throws, nothing is left. */
export function makeWhole<T>(target: string, make: (part: string) => T): T {
  const part = target + PART
  removeParts(part)
  try {
    const made = make(part)
    flush(part)
    renameSync(part, target)
    flushFolder(dirname(target))
    return made
  } catch (thrown) {
    removeParts(part)
    throw thrown
  }
}

function removeParts(part: string): void {
  for (const suffix of BESIDE) rmSync(part + suffix, { force: true })
}

/** @throws StorageError diskFull when `folder` has no room for `bytes`; where that cannot be told it has */
export function demandRoom(folder: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(folder)
  if (bsize > 0 && bavail * bsize < bytes)
    throw new StorageError('diskFull', `${folder} has room for ${bavail * bsize} bytes, and ${bytes} are needed.`)
}

export function flush(path: string): void {
  // Opened for writing: Windows flushes no others.
  const file = openSync(path, 'r+')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

export function flushFolder(folder: string): void {
  // Windows cannot open a folder; NTFS journals the entry itself.
  if (process.platform === 'win32' || !existsSync(folder)) return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
