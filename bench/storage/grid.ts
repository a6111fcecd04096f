/**
 * What a person waits for in a grid: opening, pages, sorting by fields of their own, searching. Farfield's own schema with
 * search and totals, encrypted; answers are taken after a write, so that nothing remembered from before helps, unless said.
 */
import { createRxDatabase, type RxCollection, type RxDatabase } from 'rxdb'
import type { RecordDocument } from '../../core/database/documents.ts'
import { searchText } from '../../core/database/states.ts'
import type { RxStorageSqlite } from '../../electron/storage/rx-storage-sqlite.ts'
import type { View } from '../../electron/storage/window-view.ts'
import { COMMON_WORD, createRandom, makeRecord, OWN_SCHEMA, RARE_WORD, recordId } from './documents.ts'
import { createStopwatch, type Timings } from './timings.ts'

/** What getRxStorageSQLite is given besides its file: what Farfield gives it. */
export const GRID_OPTIONS = {
  search: { records: (document: object) => searchText(document as Parameters<typeof searchText>[0]) },
  counted: { records: ['deleted', 'type'] },
}

export interface GridInput {
  /** A storage that shares nothing with those made before. */
  readonly openStorage: () => RxStorageSqlite
  readonly records: number
}

const TYPE = 't_pump'
const NAME = 'grid'
const BATCH = 200
const OPENINGS = 7
const PAGES = 60
const ANSWERS = 15
const FIRST_SORTS = ['f_name', 'f_region', 'f_mail', 'f_day', 'f_depth'] as const
const where = { deleted: 0, type: TYPE }
const byTitle: View = { where, sort: [{ column: 'sortKey', direction: 'asc' }] }

/** Fills the file; milliseconds per 1,000 records are of no interest here (bench app measures the import). */
export async function fillGrid(input: GridInput): Promise<void> {
  const storage = input.openStorage()
  const { database, instance } = await openRecords(storage)
  const bulk = storage.beginBulk(NAME)
  for (let from = 0; from < input.records; from += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, input.records - from) }, (_, index) => ({
      document: toStored(makeRecord(from + index, TYPE)),
    }))
    const { error } = await instance.bulkWrite(rows, 'bench-fill')
    if (error.length > 0) throw new Error(`${error.length} records were refused`)
    await bulk.breathe()
  }
  bulk.end()
  await database.close()
}

export async function timeOpening(input: GridInput): Promise<Timings> {
  const watch = createStopwatch()
  for (let run = 0; run < OPENINGS; run++) {
    const storage = input.openStorage()
    const database = await watch.time('open-ms', async () => {
      const { database } = await openRecords(storage)
      const reader = storage.openWindowReader(NAME, 'records')
      const rows = reader.documents(reader.page(byTitle, 0, 50).map(row => row.id))
      if (rows.length !== 50) throw new Error(`${rows.length} of 50 rows`)
      return database
    })
    await database.close()
  }
  return watch.timings
}

export async function timeGrid(input: GridInput): Promise<Timings> {
  const { records } = input
  const watch = createStopwatch()
  const random = createRandom(records)
  const storage = input.openStorage()
  const { database, instance, collection } = await openRecords(storage)
  const reader = storage.openWindowReader(NAME, 'records')
  let next = records
  /** The typing of a person: one record, changed. */
  const write = async () => {
    const { error } = await instance.bulkWrite([{ document: toStored(makeRecord(next++, TYPE)) }], 'bench-write')
    if (error.length > 0) throw new Error('refused')
  }
  const readPage = (view: View, from: number) => {
    const rows = reader.documents(reader.page(view, from, from + 50).map(row => row.id))
    if (rows.length !== 50) throw new Error(`${rows.length} of 50 rows at ${from}`)
  }
  const anywhere = () => Math.floor(random() * (records - 50))

  readPage(byTitle, 0)
  for (let run = 0; run < PAGES; run++) {
    const from = anywhere()
    await watch.time('page-anywhere-ms', () => readPage(byTitle, from))
  }
  for (let run = 0; run < ANSWERS; run++) {
    await write()
    const from = anywhere()
    await watch.time('page-after-write-ms', () => readPage(byTitle, from))
    await write()
    const id = recordId(anywhere())
    await watch.time('position-ms', () => {
      if (reader.position(byTitle, id) < 0) throw new Error(`${id} is not there`)
    })
    await watch.time('count-ms', () => reader.count(byTitle))
  }
  for (const field of FIRST_SORTS) {
    const kind = field === 'f_depth' ? 'number' : 'text'
    const byField: View = { where, sort: [{ path: `cells.${field}.value`, kind, direction: 'asc' }] }
    const held = watchHolding()
    await watch.time('user-field-first-ms', async () => {
      await reader.prepare(byField)
      readPage(byField, 0)
    })
    watch.note('user-field-held-ms', held.stop())
    await settle()
    for (let run = 0; run < 4; run++) {
      await write()
      await watch.time('user-field-indexed-ms', () => readPage(byField, 0))
      const from = anywhere()
      await watch.time('user-field-anywhere-ms', () => readPage(byField, from))
    }
  }
  for (const [operation, search] of [
    ['search-rare-ms', RARE_WORD],
    ['search-common-ms', COMMON_WORD],
  ] as const) {
    const found: View = { ...byTitle, search }
    for (let run = 0; run < ANSWERS; run++) {
      await write()
      await watch.time(operation, () => {
        if (reader.count(found) === 0) throw new Error(`${search} is not found`)
        reader.documents(reader.page(found, 0, 50).map(row => row.id))
      })
    }
  }
  for (let run = 0; run < ANSWERS; run++) {
    const record = makeRecord(next++, TYPE)
    await watch.time('insert-1-full-ms', () => collection.insert(record))
  }
  watch.note('memory-mb', process.memoryUsage.rss() / 1e6)
  watch.note('memory-peak-mb', (process.resourceUsage().maxRSS * 1024) / 1e6)
  await database.close()
  return watch.timings
}

async function openRecords(storage: RxStorageSqlite): Promise<{
  readonly database: RxDatabase
  readonly collection: RxCollection<RecordDocument>
  readonly instance: RxCollection<RecordDocument>['storageInstance']
}> {
  const database = await createRxDatabase({ name: NAME, storage, multiInstance: false })
  const { records } = await database.addCollections({ records: { schema: OWN_SCHEMA } })
  const collection = records as unknown as RxCollection<RecordDocument>
  return { database, collection, instance: collection.storageInstance }
}

function toStored(record: RecordDocument) {
  return { ...record, _deleted: false, _attachments: {}, _meta: { lwt: record.createdAt }, _rev: '1-bench' }
}

/** The longest time in milliseconds for which the event loop stood still until `stop`. */
function watchHolding(): { stop(): number } {
  let last = performance.now()
  let longest = 0
  const look = () => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }
  const looking = setInterval(look, 1)
  return {
    stop() {
      clearInterval(looking)
      look()
      return longest
    },
  }
}

/** Whatever goes on in the background after the first page. */
function settle(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 1500))
}
