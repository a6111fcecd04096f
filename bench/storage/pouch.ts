/** The same operations on PouchDB with LevelDB, which has no RxDB above it; its packages are in the user's cache. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createRandom, makeDocument, recordId, TYPES } from './documents.ts'
import { createStopwatch, type Timings } from './timings.ts'

interface Pouch {
  bulkDocs(documents: readonly unknown[]): Promise<readonly { readonly error?: unknown }[]>
  allDocs(options: { keys: readonly string[]; include_docs: true }): Promise<{ readonly rows: readonly unknown[] }>
  createIndex(options: { index: { fields: readonly string[] } }): Promise<unknown>
  find(query: { selector: unknown; sort: readonly unknown[]; limit: number }): Promise<{ docs: readonly unknown[] }>
  get(id: string): Promise<object>
  put(document: object): Promise<unknown>
  close(): Promise<void>
}
interface PouchConstructor {
  new (path: string, options: { adapter: 'leveldb' }): Pouch
  plugin(plugin: unknown): void
}

const BATCH = 200
const READS = 6
const QUERIES = 12
const WRITES = 150

/** `packages`: the folder whose node_modules has PouchDB. */
export async function runPouch(path: string, documents: number, packages: string): Promise<Timings> {
  const load = createRequire(join(packages, 'package.json'))
  const PouchDB = load('pouchdb-core') as PouchConstructor
  PouchDB.plugin(load('pouchdb-adapter-leveldb'))
  PouchDB.plugin(load('pouchdb-find'))
  const watch = createStopwatch()
  const random = createRandom(documents)
  let pouch = new PouchDB(path, { adapter: 'leveldb' })
  const toPouch = (index: number) => {
    const { id, ...rest } = makeDocument(index)
    return { _id: id, ...rest }
  }
  const made = Array.from({ length: documents }, (_, index) => toPouch(index))
  const cpu = process.cpuUsage()
  const began = performance.now()
  for (let at = 0; at < documents; at += BATCH) await pouch.bulkDocs(made.slice(at, at + BATCH))
  watch.note('bulk-rps', (documents / (performance.now() - began)) * 1000)
  const { user, system } = process.cpuUsage(cpu)
  watch.note('bulk-cpu-rps', (documents / (user + system)) * 1e6)
  await pouch.close()
  pouch = new PouchDB(path, { adapter: 'leveldb' })

  for (let run = 0; run < READS; run++) {
    const keys = Array.from({ length: 3000 }, (_, index) => recordId((index * READS + run) % documents))
    await watch.time('uncached-ids-3000-ms', () => pouch.allDocs({ keys, include_docs: true }))
  }
  // After the bulk: its indexes are made by the first query, which is not counted.
  await pouch.createIndex({ index: { fields: ['updatedAt'] } })
  await pouch.createIndex({ index: { fields: ['type', 'sortKey'] } })
  const find50 = (after: number) =>
    pouch.find({ selector: { updatedAt: { $gt: after } }, sort: [{ updatedAt: 'asc' }], limit: 50 })
  const find1000 = (type: string, title: string) =>
    pouch.find({
      selector: { type, sortKey: { $gt: title } },
      sort: [{ type: 'asc' }, { sortKey: 'asc' }],
      limit: 1000,
    })
  await find50(0)
  await find1000('t', '')
  for (let run = 0; run < QUERIES; run++) {
    const after = makeDocument(Math.floor((documents / 2) * random())).updatedAt
    await watch.time('find-50-ms', () => find50(after))
    const title = `${'bdg'.charAt(run % 3)}${Math.floor(random() * 26).toString(36)}`
    await watch.time('find-1000-ms', () => find1000(TYPES[run % TYPES.length] ?? '', title))
  }
  for (let run = 0; run < WRITES; run++) {
    const record = toPouch(documents + run)
    await watch.time('insert-1-ms', () => pouch.put(record))
    const known = await pouch.get(recordId(Math.floor(random() * documents)))
    await watch.time('update-1-ms', () => pouch.put({ ...known, title: `Changed ${run}` }))
  }
  await pouch.close()
  return watch.timings
}
