/**
 * Reads an export of a workspace as its bytes come, and brings it in line by line and file by file. What is broken is named
 * and left out; everything else comes in by the rules of every merge. It must never take a file whose bytes are not what
 * its name says.
 */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { extract as createExtract, type Entry, type Extract } from 'tar-stream'
import type { AnyDocument } from '../../core/database/documents.ts'
import type { ArchiveProgress } from '../../core/model/api.ts'
import type { Failure } from '../../core/model/failure.ts'
import type { CollectionName } from '../../core/model/protocol.ts'
import type { Intaking } from '../../core/replication/take-in.ts'
import type { FileStore } from '../storage/file-store.ts'
import { collectionOf, COUNTS, FORMAT, FORMAT_VERSION, hashOf, MANIFEST } from './format.ts'
import { readLines } from './read-lines.ts'

export interface ArchiveIntake {
  readonly intaking: Intaking
  readonly store: Pick<FileStore, 'add'>
  /** Lets everything else have its turn. */
  readonly breathe: () => Promise<void>
}

/** What of an ArchiveProgress changes while it is read. */
export type ArchiveTally = { -readonly [part in Counted]: ArchiveProgress[part] }
type Counted = 'added' | 'changed' | 'unchanged' | 'files' | 'refused' | 'refusedLines' | 'whole'

/** It is no export, or one that this Farfield cannot read; nothing came in. */
export class NotReadable extends Error {
  override readonly name = 'NotReadable'
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.code)
    this.failure = failure
  }
}

const BATCH = 50
/** Lines that are long come in smaller batches. */
const BATCH_CHARS = 1_000_000
const REFUSED_SHOWN = 1000
const SMALL_BYTES = 16 * 1024 * 1024

export function emptyTally(): ArchiveTally {
  return { added: 0, changed: 0, unchanged: 0, files: 0, refused: 0, refusedLines: [], whole: false }
}

/** `step` is called between batches, and throws to end it; what came in by then stays. */
export async function readArchive(
  deps: ArchiveIntake,
  bytes: AsyncIterable<Uint8Array>,
  tally: ArchiveTally,
  step: () => void,
): Promise<void> {
  const extract = createExtract()
  const source = Readable.from(bytes, { objectMode: false })
  source.on('error', error => extract.destroy(error))
  source.pipe(extract)
  let isKnown = false
  try {
    for await (const { header, entry } of entriesOf(extract)) {
      const name = header.name.replace(/^\.\//, '')
      if (header.type !== 'file') await pass(entry)
      else if (isKnown) await readEntry(deps, name, entry, tally, step)
      else {
        await readManifest(name, entry)
        isKnown = true
      }
    }
  } catch (error) {
    // Nothing behind that place can be found; what came before it is in.
    if (!(error instanceof BrokenArchive)) throw error
  } finally {
    source.destroy()
    extract.destroy()
  }
  if (!isKnown) throw new NotReadable({ code: 'unreadableFile', detail: 'notExport' })
}

/** The archive is no tar, or not from here on. */
class BrokenArchive extends Error {
  override readonly name = 'BrokenArchive'
}

/** What the library finds wrong is told apart from what goes wrong with what is read. */
async function* broken<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const items = source[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await items.next().catch((error: unknown) => {
        throw new BrokenArchive('not a tar from here on', { cause: error })
      })
      if (next.done === true) return
      yield next.value
    }
  } finally {
    await items.return?.()
  }
}

async function* entriesOf(extract: Extract) {
  for await (const entry of broken<Entry>(extract)) {
    yield { header: entry.header, entry: broken(entry as AsyncIterable<Uint8Array>) }
  }
}

async function pass(entry: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of entry) void piece
}

async function readManifest(name: string, entry: AsyncIterable<Uint8Array>): Promise<void> {
  const manifest = name === MANIFEST ? parse(await readSmall(entry)) : undefined
  if (manifest?.['format'] !== FORMAT || typeof manifest['version'] !== 'number') {
    throw new NotReadable({ code: 'unreadableFile', detail: 'notExport' })
  }
  if (manifest['version'] > FORMAT_VERSION) throw new NotReadable({ code: 'unreadableFile', detail: 'newerExport' })
}

async function readEntry(
  deps: ArchiveIntake,
  name: string,
  entry: AsyncIterable<Uint8Array>,
  tally: ArchiveTally,
  step: () => void,
): Promise<void> {
  const refuse = (line: number, reason: ArchiveProgress['refusedLines'][number]['reason']) => {
    tally.refused++
    if (tally.refusedLines.length < REFUSED_SHOWN)
      tally.refusedLines = [...tally.refusedLines, { entry: name, line, reason }]
  }
  const collection = collectionOf(name)
  const hash = hashOf(name)
  if (collection !== undefined) await readDocuments(deps, collection, entry, { tally, step, refuse })
  else if (hash !== undefined) {
    if (await takeFile(deps.store, hash, entry, step)) tally.files++
    else refuse(0, 'otherHash')
  } else if (name === COUNTS) tally.whole = parse(await readSmall(entry)) !== undefined
  // Of a later Farfield, and not needed by this one.
  else await pass(entry)
  step()
}

async function readDocuments(
  { intaking, breathe }: ArchiveIntake,
  collection: CollectionName,
  entry: AsyncIterable<Uint8Array>,
  around: {
    readonly tally: ArchiveTally
    readonly step: () => void
    readonly refuse: (line: number, reason: ArchiveProgress['refusedLines'][number]['reason']) => void
  },
): Promise<void> {
  const { tally, step, refuse } = around
  let batch: AnyDocument[] = []
  let chars = 0
  const flush = async () => {
    const documents = batch
    batch = []
    chars = 0
    if (documents.length > 0) {
      const { added, changed } = await intaking.take(collection, documents)
      tally.added += added
      tally.changed += changed
      tally.unchanged += documents.length - added - changed
    }
    await breathe()
    step()
  }
  try {
    for await (const line of readLines(entry)) {
      if ('broken' in line) {
        refuse(line.number, line.broken)
        continue
      }
      const body = parse(line.text)
      const document = body === undefined ? undefined : intaking.read(collection, body)
      if (document === undefined) {
        refuse(line.number, body === undefined ? 'notJson' : 'notDocument')
        continue
      }
      batch.push(document)
      chars += line.text.length
      if (batch.length >= BATCH || chars >= BATCH_CHARS) await flush()
    }
  } catch (error) {
    // Where the archive breaks, what came before that place is whole.
    if (error instanceof BrokenArchive) await flush()
    throw error
  }
  await flush()
}

/** False: its bytes are not those of its name, and nothing was kept of them. */
async function takeFile(
  store: ArchiveIntake['store'],
  hash: string,
  bytes: AsyncIterable<Uint8Array>,
  step: () => void,
): Promise<boolean> {
  async function* checked(): AsyncGenerator<Uint8Array> {
    const hashing = createHash('sha256')
    for await (const piece of bytes) {
      hashing.update(piece)
      yield piece
      step()
    }
    if (hashing.digest('hex') !== hash) throw new OtherHash()
  }
  try {
    await store.add(checked())
    return true
  } catch (error) {
    if (error instanceof OtherHash) return false
    throw error
  }
}

class OtherHash extends Error {
  override readonly name = 'OtherHash'
}

async function readSmall(entry: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  let bytes = 0
  for await (const piece of entry) if ((bytes += piece.byteLength) <= SMALL_BYTES) pieces.push(piece)
  return bytes > SMALL_BYTES ? '' : Buffer.concat(pieces).toString('utf8')
}

function parse(text: string): { readonly [key: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as { readonly [key: string]: unknown }) : undefined
  } catch {
    return undefined
  }
}
