/**
 * The operations through RxDB, the same for every storage; runs in Node and in a browser. What is read has been written by
 * a database that is closed by then, and no query is asked twice: neither RxDB's caches nor a storage's decide the result.
 */
import { createRxDatabase, type RxCollection, type RxStorage } from 'rxdb'
import { type BenchDocument, createRandom, makeDocument, recordId, THREE_INDEXES, TYPES } from './documents.ts'
import { createStopwatch, type Timings } from './timings.ts'

export interface OperationsInput {
  readonly storage: RxStorage<unknown, unknown>
  readonly name: string
  readonly documents: number
  /** Milliseconds of processor time so far; without it only wall time is noted. */
  readonly cpu?: () => number
}

const BATCH = 200
const READS = 6
const QUERIES = 60
const WRITES = 150

export async function runOperations(input: OperationsInput): Promise<Timings> {
  const { documents } = input
  const watch = createStopwatch()
  const random = createRandom(documents)
  const somewhere = (most: number) => Math.floor(random() * most)
  let next = documents

  let records = await open(input)
  for (let from = 0; from < documents; from += BATCH * 50) {
    const to = Math.min(documents, from + BATCH * 50)
    const made = Array.from({ length: to - from }, (_, index) => makeDocument(from + index))
    const cpu = input.cpu?.()
    const began = performance.now()
    for (let at = 0; at < made.length; at += BATCH) {
      await records.bulkInsert(made.slice(at, at + BATCH))
      // In Node nothing but microtasks would run until the end; a browser's storage waits by itself.
      if ('setImmediate' in globalThis) await new Promise(resolve => setImmediate(resolve))
    }
    watch.note('bulk-rps', (made.length / (performance.now() - began)) * 1000)
    if (cpu !== undefined && input.cpu) watch.note('bulk-cpu-rps', (made.length / (input.cpu() - cpu)) * 1000)
  }
  await records.database.close()
  records = await open(input)

  for (let run = 0; run < READS; run++) {
    // Every sixth record, each time others: none of them has been read before.
    const ids = Array.from({ length: 3000 }, (_, index) => recordId((index * READS + run) % documents))
    const found = await watch.time('uncached-ids-3000-ms', () => records.findByIds(ids).exec())
    if (found.size !== 3000) throw new Error(`${found.size} of 3,000 records`)
  }
  for (let run = 0; run < QUERIES; run++) {
    const type = TYPES[run % TYPES.length] ?? ''
    const after = makeDocument(somewhere(documents / 2)).updatedAt
    const query = { selector: { updatedAt: { $gt: after } }, sort: [{ updatedAt: 'asc' as const }], limit: 50 }
    await watch.time('find-50-ms', () => records.find(query).exec())
    if (run % 4 > 0) continue
    const title = `${'bdg'.charAt(run % 3)}${somewhere(26).toString(36)}`
    const wide = { selector: { type, sortKey: { $gt: title } }, sort: [{ sortKey: 'asc' as const }], limit: 1000 }
    await watch.time('find-1000-ms', () => records.find(wide).exec())
  }
  for (let run = 0; run < WRITES; run++) {
    const record = makeDocument(next++)
    await watch.time('insert-1-ms', () => records.insert(record))
  }
  for (let run = 0; run < WRITES; run++) {
    const record = await records.findOne(recordId(somewhere(documents))).exec(true)
    await watch.time('update-1-ms', () => record.patch({ title: `Changed ${run}` }))
  }
  for (let run = 0; run < QUERIES; run++) {
    // Asked with other words each time: RxDB keeps the counts it knows up to date by itself.
    const type = TYPES[run % TYPES.length] ?? ''
    const ofType = { selector: { type, sortKey: { $gt: `a${run}` } } }
    await watch.time('count-type-ms', () => records.count(ofType).exec())
    await watch.time('count-all-ms', () => records.count({ selector: { createdAt: { $gt: run } } }).exec())
  }
  const latest = records.find({ selector: {}, sort: [{ createdAt: 'desc' }], limit: 50 })
  for (let run = 0; run < QUERIES; run++) {
    const record = makeDocument(next++)
    const shown = new Promise<void>(resolve => {
      const watching = latest.$.subscribe(rows => {
        if (rows[0]?.id !== record.id) return
        resolve()
        queueMicrotask(() => watching.unsubscribe())
      })
    })
    await watch.time('live-emit-ms', () => Promise.all([records.insert(record), shown]))
  }
  await records.database.remove()
  return watch.timings
}

async function open(input: OperationsInput): Promise<RxCollection<BenchDocument>> {
  const database = await createRxDatabase({ name: input.name, storage: input.storage, multiInstance: false })
  const { records } = await database.addCollections({ records: { schema: THREE_INDEXES } })
  if (records === undefined) throw new Error('no collection')
  return records
}
