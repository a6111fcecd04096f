/** Small notes beside the database that must survive a crash whole: what a start still has to do, and what it has to tell. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { withStorageErrors } from '../storage/storage-error.ts'
import { flushFolder } from '../storage/whole-file.ts'

/** @throws StorageError diskFull; the note before it is then as it was */
export function writeNote(path: string, content: unknown): void {
  const draft = `${path}.draft`
  withStorageErrors(path, () => {
    const file = openSync(draft, 'w', 0o600)
    try {
      writeFileSync(file, `${JSON.stringify(content)}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(draft, path)
    flushFolder(dirname(path))
  })
}

/** Undefined: there is none, or it is not JSON (then nothing was promised by it). */
export function readNote(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

export function removeNote(path: string): void {
  rmSync(path, { force: true })
  flushFolder(dirname(path))
}
