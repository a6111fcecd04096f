/**
 * Writes everything of a workspace into one tar archive that others can read (docs/export.md): JSON lines by collection,
 * files by hash, a manifest and counts. It is plain: whoever asks for it has been told. It reads in small pages, and
 * never holds more than one part of the lines.
 */
import { Subscription } from 'rxjs'
import type { Tables } from '../../core/database/context.ts'
import type { AnyDocument } from '../../core/database/documents.ts'
import { toAnyState } from '../../core/database/states.ts'
import type { Table } from '../../core/database/table.ts'
import { canonicalJson } from '../../core/model/canonical.ts'
import { gatherFiles } from '../../core/model/file-mentions.ts'
import type { CollectionName } from '../../core/model/protocol.ts'
import type { FileReader } from '../storage/file-store.ts'
import type { SealedFile } from '../storage/sealed-reader.ts'
import { StorageError } from '../storage/storage-error.ts'
import type { Draft } from './download.ts'
import {
  COLLECTIONS,
  COUNTS,
  type Counts,
  fileName,
  FORMAT,
  FORMAT_VERSION,
  MANIFEST,
  type Manifest,
  partName,
} from './format.ts'
import { type TarWriter, writeTar } from './tar-writer.ts'

export interface ArchiveDeps {
  readonly tables: Tables
  readonly store: Pick<FileReader, 'open'>
  /** Farfield's own, for whoever looks into the manifest. */
  readonly version: string
  /** Milliseconds since the epoch. */
  readonly wallTime: () => number
}

const PART_BYTES = 1024 * 1024

/** `step` is told how far it is, in records, their history and files, and throws to end it. */
export async function writeArchive(
  deps: ArchiveDeps,
  draft: Draft,
  step: (done: number, total: number) => void,
): Promise<void> {
  const { tables } = deps
  const at = new Date(deps.wallTime())
  const lines: { [collection in CollectionName]: number } = { types: 0, devices: 0, history: 0, records: 0 }
  const hashes = new Set<string>()
  const meanwhile = watchOthers(tables)
  let done = 0
  let total = 0
  const tick = (count: number) => step((done += count), Math.max(done, total))

  async function writeLines(tar: TarWriter, collection: CollectionName, pages: AsyncIterable<readonly AnyDocument[]>) {
    let part: string[] = []
    let bytes = 0
    const flush = async () => {
      if (part.length === 0) return
      await tar.add(partName(collection, ++parts[collection]), Buffer.from(part.join('')))
      part = []
      bytes = 0
    }
    for await (const page of pages) {
      for (const document of page) {
        const state = toAnyState(collection, document)
        gatherFiles(state, ({ hash }) => hashes.add(hash))
        const line = `${canonicalJson(state)}\n`
        part.push(line)
        bytes += line.length
        lines[collection]++
        if (bytes >= PART_BYTES) await flush()
      }
      tick(page.length)
      await new Promise(resolve => setImmediate(resolve))
    }
    await flush()
  }
  const parts: { [collection in CollectionName]: number } = { types: 0, devices: 0, history: 0, records: 0 }

  try {
    await writeTar(draft, at, async tar => {
      for (const collection of COLLECTIONS) total += await tableOf(tables, collection).count({})
      const manifest: Manifest = {
        format: FORMAT,
        version: FORMAT_VERSION,
        app: deps.version,
        exportedAt: at.toISOString(),
      }
      await tar.add(MANIFEST, toJson(manifest))
      for (const collection of COLLECTIONS) await writeLines(tar, collection, present(tableOf(tables, collection)))
      // A record that was edited while it was read is in its new state; what was replaced follows here.
      for (const [collection, documents] of meanwhile.take()) await writeLines(tar, collection, once(documents))
      total = done + hashes.size
      const files = await writeFiles(tar, deps.store, [...hashes].sort(), tick)
      await tar.add(COUNTS, toJson({ lines, ...files } satisfies Counts))
    })
  } finally {
    meanwhile.close()
  }
  step(done, done)
}

async function writeFiles(
  tar: TarWriter,
  store: ArchiveDeps['store'],
  hashes: readonly string[],
  tick: (count: number) => void,
): Promise<Omit<Counts, 'lines'>> {
  const missing: string[] = []
  const damaged: string[] = []
  let files = 0
  for (const hash of hashes) {
    const file = await openSound(store, hash)
    if (file === undefined) missing.push(hash)
    else if (file === 'damaged') damaged.push(hash)
    else {
      try {
        await tar.addLarge(
          fileName(hash),
          file.bytes,
          readAll(file, () => damaged.push(hash), tick),
        )
        files++
      } finally {
        await file.close()
      }
    }
    tick(1)
  }
  return { files, filesMissing: missing, filesDamaged: damaged }
}

async function openSound(store: ArchiveDeps['store'], hash: string): Promise<SealedFile | undefined | 'damaged'> {
  try {
    return await store.open(hash)
  } catch (error) {
    if (error instanceof StorageError && error.code === 'damaged') return 'damaged'
    throw error
  }
}

/** An entry has its size before its bytes: what a damaged file cannot give is filled with zeros, and told. */
async function* readAll(
  file: SealedFile,
  onDamage: () => void,
  tick: (count: number) => void,
): AsyncGenerator<Uint8Array> {
  let given = 0
  try {
    for await (const piece of file.read(0, file.bytes)) {
      given += piece.byteLength
      yield piece
      tick(0)
    }
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'damaged') throw error
    onDamage()
    const zeros = new Uint8Array(64 * 1024)
    for (; given < file.bytes; given += zeros.byteLength) yield zeros.subarray(0, file.bytes - given)
  }
}

/** Types, devices and history written since it was opened. */
function watchOthers(tables: Tables) {
  const watching = new Subscription()
  const found = new Map<CollectionName, Map<string, AnyDocument>>()
  for (const collection of COLLECTIONS) {
    if (collection === 'records') continue
    const documents = new Map<string, AnyDocument>()
    found.set(collection, documents)
    watching.add(
      tableOf(tables, collection).changes$.subscribe(changes => {
        for (const { id, after } of changes) if (after !== undefined) documents.set(id, after)
      }),
    )
  }
  return {
    take: () => [...found].map(([collection, documents]) => [collection, [...documents.values()]] as const),
    close: () => watching.unsubscribe(),
  }
}

/** Not what was removed without a trace. */
async function* present(table: Table<AnyDocument>): AsyncGenerator<readonly AnyDocument[]> {
  for await (const page of table.pages()) yield page.filter(({ _deleted }) => !_deleted)
}

async function* once(documents: readonly AnyDocument[]): AsyncGenerator<readonly AnyDocument[]> {
  yield await Promise.resolve(documents)
}

function tableOf(tables: Tables, collection: CollectionName): Table<AnyDocument> {
  return tables[collection] as unknown as Table<AnyDocument>
}

function toJson(value: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`)
}
