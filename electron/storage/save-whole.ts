/**
 * Makes a whole copy: a database as it is at one moment, while others write to it, and every stored file that its documents
 * name. Read back before it is given out; a full disk, damage of the database or a cancel leaves nothing.
 */
import { createHash } from 'node:crypto'
import { closeSync, openSync, readSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { backUp } from './backup.ts'
import { createFileReader, type FileReader } from './file-store.ts'
import { readMentions } from './find-mentions.ts'
import type { Report } from './job-report.ts'
import type { KeyedFile } from './keyed-database.ts'
import { isDamage, StorageError, toStorageError } from './storage-error.ts'
import type { Knowledge } from './verify.ts'
import { type NamedFiles, noteMention } from './verify-files.ts'
import { createWholeCopy, openWholeCopy, PIECE_BYTES, type WholeCopyWriter } from './whole-copy.ts'
import { demandRoom, flush } from './whole-file.ts'

export interface SaveWholeJob {
  readonly kind: 'saveWhole'
  readonly file: KeyedFile
  /** The folder of the files. */
  readonly files: string
  /** For the database while it is copied; on the database's disk. Removed at the end. */
  readonly scratch: string
  /** A new file, which is flushed to the disk. */
  readonly target: string
  /** In milliseconds since the epoch. */
  readonly madeAt: number
}

export interface SavedWhole {
  readonly bytes: number
  /** Files that are in it. */
  readonly files: number
  /** Files that documents name and that are not stored here, or cannot be read: they are not in it. */
  readonly missing: number
  readonly damaged: number
}

/** The part that is the database; every other part is a file, under its hash. */
export const DATABASE_PART = 'database'

/** Of SQLite's own around the parts: more than it needs. */
const OVERHEAD = 1.01
const OVERHEAD_BYTES = 1024 * 1024

/** @throws StorageError damaged or diskFull */
export async function saveWhole(job: SaveWholeJob, knowledge: Knowledge, report: Report): Promise<SavedWhole> {
  const { file, scratch, target } = job
  if (file.key === undefined) throw new RangeError('A whole copy is encrypted')
  try {
    backUp({ kind: 'backup', file, target: scratch }, report)
    const hashes = new Set<string>()
    const named: NamedFiles = new Map()
    readMentions({ ...file, path: scratch }, knowledge, report, mention => {
      hashes.add(mention.hash)
      noteMention(named, mention)
    })
    const store = createFileReader({ path: job.files, key: file.key })
    const { found, total, damaged, missing } = await findFiles(store, hashes, named)
    const bytes = total + statSync(scratch).size
    demandRoom(dirname(target), bytes * OVERHEAD + OVERHEAD_BYTES)
    const copy = createWholeCopy({ ...file, path: target })
    let copied: { readonly files: number; readonly damaged: number }
    try {
      copied = await copyParts(copy, scratch, store, found, bytes, report)
      copy.finish(job.madeAt)
    } finally {
      copy.close()
    }
    flush(target)
    readBack({ ...file, path: target }, bytes, report)
    return { bytes: statSync(target).size, files: copied.files, missing, damaged: damaged + copied.damaged }
  } catch (thrown) {
    for (const suffix of ['', '-journal']) rmSync(target + suffix, { force: true })
    throw toStorageError(thrown, target)
  } finally {
    rmSync(scratch, { force: true })
  }
}

async function findFiles(store: FileReader, hashes: ReadonlySet<string>, named: NamedFiles) {
  const found: string[] = []
  let total = 0
  let damaged = 0
  let missing = 0
  for (const hash of hashes)
    try {
      const file = await store.open(hash)
      if (file !== undefined) {
        await file.close()
        found.push(hash)
        total += file.bytes
        // A text that looks like a hash is not missed.
      } else if (named.has(hash)) missing++
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown
      damaged++
    }
  return { found, total, damaged, missing }
}

async function copyParts(
  copy: WholeCopyWriter,
  scratch: string,
  store: FileReader,
  hashes: readonly string[],
  total: number,
  report: Report,
) {
  let done = 0
  const telling = async function* (source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
    for await (const piece of source) {
      report.step('whole', Math.min(done, total), total)
      done += piece.byteLength
      yield piece
    }
  }
  await copy.add(DATABASE_PART, telling(readPlain(scratch)))
  let files = 0
  let damaged = 0
  for (const hash of hashes) {
    try {
      const file = await store.open(hash)
      // It was there a moment ago, and files that are named are never removed.
      if (file === undefined) throw new StorageError('damaged', `The file ${hash} has gone.`)
      try {
        await copy.add(hash, demandHash(telling(file.read(0, file.bytes)), hash))
        files++
      } finally {
        await file.close()
      }
    } catch (thrown) {
      if (!isDamage(thrown)) throw thrown
      damaged++
    }
  }
  return { files, damaged }
}

/** Every piece is read, and with it authenticated. */
function readBack(file: KeyedFile, total: number, report: Report): void {
  const copy = openWholeCopy(file)
  try {
    let done = 0
    for (const { name } of copy.parts)
      for (const piece of copy.read(name)) {
        report.step('check', Math.min(done, total), total)
        done += piece.length
      }
  } finally {
    copy.close()
  }
}

export async function* demandHash(source: AsyncIterable<Uint8Array>, expected: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  for await (const piece of source) {
    hash.update(piece)
    yield piece
  }
  if (hash.digest('hex') !== expected) throw new StorageError('damaged', `The file ${expected} has other bytes.`)
}

function* readPlain(path: string): Generator<Uint8Array> {
  const file = openSync(path, 'r')
  try {
    for (;;) {
      const piece = Buffer.allocUnsafe(PIECE_BYTES)
      const bytes = readSync(file, piece)
      if (bytes === 0) return
      yield piece.subarray(0, bytes)
    }
  } finally {
    closeSync(file)
  }
}
