/**
 * Takes a whole copy apart: its database into a file of its own, checked, and its files into the store as far as they are
 * not there whole. The database that is in use it never touches; what fails leaves at most files that nothing names.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { openFileStore } from './file-store.ts'
import type { Report } from './job-report.ts'
import type { KeyedFile } from './keyed-database.ts'
import { DATABASE_PART, demandHash } from './save-whole.ts'
import { isDamage, StorageError, toStorageError } from './storage-error.ts'
import { type Knowledge, verifyFile } from './verify.ts'
import { openWholeCopy, type WholeCopyReader } from './whole-copy.ts'
import { demandRoom } from './whole-file.ts'

export interface UnpackWholeJob {
  readonly kind: 'unpackWhole'
  /** The copy. */
  readonly file: KeyedFile
  /** The folder of files, which somebody else may have open. */
  readonly files: string
  /** For the database; what is there is replaced. */
  readonly target: string
}

export interface UnpackedWhole {
  readonly madeAt: number
  /** Files that were not there, or not whole, and are now. */
  readonly brought: number
  /** Files that cannot be read in the copy, and are not there otherwise. */
  readonly lost: number
}

/** @throws StorageError wrongKey (openWholeCopy), damaged or diskFull; then nothing is at `target` */
export async function unpackWhole(job: UnpackWholeJob, knowledge: Knowledge, report: Report): Promise<UnpackedWhole> {
  const { file, target } = job
  if (file.key === undefined) throw new RangeError('A whole copy is encrypted')
  const copy = openWholeCopy(file)
  try {
    const bytes = copy.parts.find(({ name }) => name === DATABASE_PART)?.bytes ?? 0
    demandRoom(dirname(target), bytes)
    writeDatabase(copy, target, bytes, report)
    // What is derived from the documents is made anew: only they themselves have to be whole.
    const { counts } = verifyFile({ kind: 'verify', file: { ...file, path: target } }, knowledge, report)
    if (counts.pages + counts.document > 0)
      throw new StorageError('damaged', `The database in ${file.path} is damaged.`)
    const moved = await bringFiles(copy, { path: job.files, key: file.key }, report)
    return { madeAt: copy.madeAt, ...moved }
  } catch (thrown) {
    for (const suffix of ['', '-journal', '-wal', '-shm']) rmSync(target + suffix, { force: true })
    throw toStorageError(thrown, target)
  } finally {
    copy.close()
  }
}

function writeDatabase(copy: WholeCopyReader, target: string, total: number, report: Report): void {
  const file = openSync(target, 'w', 0o600)
  try {
    let done = 0
    for (const piece of copy.read(DATABASE_PART)) {
      report.step('database', done, total)
      for (let at = 0; at < piece.length;) at += writeSync(file, piece, at)
      done += piece.length
    }
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

async function bringFiles(
  copy: WholeCopyReader,
  place: { readonly path: string; readonly key: Uint8Array },
  report: Report,
): Promise<Pick<UnpackedWhole, 'brought' | 'lost'>> {
  const files = copy.parts.filter(({ name }) => name !== DATABASE_PART)
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0)
  const store = await openFileStore({ ...place, random: bytes => new Uint8Array(randomBytes(bytes)), shared: true })
  let done = 0
  let told = -1
  const took = (bytes: number) => {
    done += bytes
    if (done - told < TOLD_EVERY_BYTES) return
    told = done
    report.step('files', Math.min(done, total), total)
  }
  let brought = 0
  let lost = 0
  try {
    for (const { name, bytes } of files) {
      const before = done
      report.step('files', Math.min(done, total), total)
      if ((await store.verify(name, took)) !== 'sound') {
        done = before
        demandRoom(place.path, bytes)
        try {
          await store.add(demandHash(telling(copy.read(name), took), name))
          brought++
        } catch (thrown) {
          // One photo that cannot be read is no reason to bring back none.
          if (!isDamage(thrown)) throw thrown
          lost++
        }
      }
      done = before + bytes
    }
  } finally {
    await store.close()
  }
  return { brought, lost }
}

const TOLD_EVERY_BYTES = 1024 * 1024

async function* telling(source: Iterable<Uint8Array>, took: (bytes: number) => void): AsyncGenerator<Uint8Array> {
  for (const piece of source) {
    yield piece
    took(piece.byteLength)
  }
}
