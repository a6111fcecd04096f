/**
 * The storage beside its peers, in one run: raw SQLite (the floor), RxDB's memory storage (RxDB's own cost), ours plain and
 * encrypted, Dexie in Chromium, PouchDB. Then a grid of 100,000 and of 1,000,000 records. See docs/benchmarks.md.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Measurement, median, printMeasurements, printSideBySide } from './report.ts'
import { bundleBench } from './storage/bundle.ts'
import { measureGrids } from './storage/grids.ts'
import { installBenchPackages } from './storage/packages.ts'
import { drawPlot, type PlotPeer, type PlotRow } from './storage/plot.ts'
import { createRounds, type PeerName, type Results } from './storage/rounds.ts'

const BENCH = 'storage'
const SMALL = 20_000
const LARGE = 100_000
const ALL: readonly PeerName[] = ['raw', 'memory', 'plain', 'encrypted', 'dexie', 'pouch']
const PARTS = ['own', 'small', 'large', 'grid', 'million'] as const

const PLOT_PEERS: readonly PlotPeer[] = [
  { name: 'raw', label: 'raw SQLite, encrypted', colours: ['#8c959f', '#6e7681'] },
  { name: 'memory', label: 'RxDB memory', colours: ['#b8a6d9', '#8d7ab8'] },
  { name: 'plain', label: 'this storage, plain', colours: ['#7cc4e8', '#3f8fbf'] },
  { name: 'encrypted', label: 'this storage, encrypted', colours: ['#0969da', '#58a6ff'] },
  { name: 'dexie', label: 'Dexie, Chromium', colours: ['#e16f24', '#f0883e'] },
  { name: 'pouch', label: 'PouchDB, LevelDB', colours: ['#bf8700', '#d4a72c'] },
]
const PLOT_ROWS: readonly (readonly [operation: string, label: string])[] = [
  ['bulk-rps', '1,000 inserts in bulk'],
  ['insert-1-ms', 'one insert'],
  ['update-1-ms', 'one update'],
  ['live-emit-ms', 'insert to live result'],
  ['find-50-ms', 'find 50, sorted'],
  ['find-1000-ms', 'find 1,000, sorted'],
  ['uncached-ids-3000-ms', '3,000 by id, uncached'],
  ['count-type-ms', 'count a fifth'],
]

/**
 * `--only=own,small` leaves the other parts out, `--peers=memory,encrypted` the other peers; `--plot=FILE` draws the
 * comparison of the small part.
 */
const only = readList('only') ?? PARTS
const peers = ALL.filter(peer => (readList('peers') ?? ALL).includes(peer))

const scratch = await mkdtemp(join(tmpdir(), 'farfield-bench-'))
try {
  const packages = await installBenchPackages()
  const rounds = createRounds({ bundle: await bundleBench(packages), packages, scratch })
  const measurements: Measurement[] = []
  if (only.includes('own')) {
    const results = await rounds.own(
      8,
      2,
      peers.filter(peer => peer !== 'raw' && peer !== 'pouch'),
    )
    printSideBySide("RxDB's own benchmark, 3,000 documents (median ms)", columnsOf(results))
    measurements.push(...describe(results, '', 'memory'))
  }
  if (only.includes('small')) {
    const results = await rounds.operations(SMALL, 3, peers)
    printSideBySide(`${SMALL} records`, columnsOf(results))
    measurements.push(...describe(results, '-20k', 'raw'), ...compareBulk(results))
    const plot = readList('plot')?.join(',')
    if (plot !== undefined) await writeFile(plot, draw(columnsOf(results)))
  }
  if (only.includes('large')) {
    // LevelDB makes its query indexes for minutes here.
    const results = await rounds.operations(
      LARGE,
      1,
      peers.filter(peer => peer !== 'pouch'),
    )
    printSideBySide(`${LARGE} records`, columnsOf(results))
    measurements.push(...describe(results, '', 'raw'))
  }
  measurements.push(...(await measureGrids(rounds.inProcess, scratch, only)))
  printMeasurements(measurements)
} finally {
  await rm(scratch, { recursive: true, force: true })
}

/** Ours under plain names, the others with theirs in front, and how many times quicker than Dexie ours is. */
function describe(results: Results, suffix: string, floorPeer: PeerName): Measurement[] {
  const floors = results.get(floorPeer) ?? {}
  const measurements: Measurement[] = []
  for (const [peer, timings] of results)
    for (const [operation, times] of Object.entries(timings)) {
      const own = peer === 'encrypted'
      const id = nameWith(own ? operation : `${peer}-${operation}`, suffix)
      const floor = own ? (floors[operation] ?? null) : null
      measurements.push({
        bench: BENCH,
        id,
        unit: unitOf(operation),
        median: median(times),
        floor: floor && median(floor),
        runs: times.length,
      })
    }
  const own = results.get('encrypted') ?? {}
  for (const [operation, times] of Object.entries(results.get('dexie') ?? {})) {
    const mine = own[operation]
    if (mine === undefined) continue
    const ratio = isRate(operation) ? median(mine) / median(times) : median(times) / median(mine)
    const id = nameWith(`vs-dexie-${operation.replace(/-(ms|rps)$/, '')}`, suffix)
    measurements.push({ bench: BENCH, id, unit: 'x', median: ratio, floor: null, runs: times.length })
  }
  return measurements
}

/** Documents per second of processor time, as a share of what RxDB does without a disk. */
function compareBulk(results: Results): Measurement[] {
  const own = results.get('encrypted')?.['bulk-cpu-rps']
  const memory = results.get('memory')?.['bulk-cpu-rps']
  if (own === undefined || memory === undefined) return []
  const share = median(own) / median(memory)
  return [{ bench: BENCH, id: 'bulk-vs-memory', unit: 'x', median: share, floor: 1, runs: own.length }]
}

function columnsOf(results: Results): Map<string, { [operation: string]: number }> {
  return new Map(
    [...results].map(([peer, timings]) => [
      peer,
      Object.fromEntries(Object.entries(timings).map(([operation, times]) => [operation, median(times)])),
    ]),
  )
}

function draw(columns: ReadonlyMap<string, { readonly [operation: string]: number }>): string {
  const rows = PLOT_ROWS.map(([operation, label]): PlotRow => {
    const values = [...columns].flatMap(([peer, medians]) => {
      const value = medians[operation]
      if (value === undefined || value === 0) return []
      return [[peer, isRate(operation) ? 1_000_000 / value : value] as const]
    })
    return { label, values: Object.fromEntries(values) }
  })
  const note = `Median milliseconds with ${SMALL.toLocaleString('en')} records of 862 bytes and 3 indexes, one run on one machine; shorter is better, the scale is logarithmic`
  return drawPlot('Storages for RxDB side by side', note, rows, PLOT_PEERS)
}

function nameWith(operation: string, suffix: string): string {
  return operation.replace(/-(ms|rps)$/, `${suffix}-$1`).replace(/^(vs-dexie-.*?[a-z0-9])$/, `$1${suffix}`)
}

function isRate(operation: string): boolean {
  return operation.endsWith('-rps')
}

function unitOf(operation: string): string {
  if (isRate(operation)) return 'documents/s'
  return operation.endsWith('-mb') ? 'MB' : 'ms'
}

function readList(name: string): readonly string[] | undefined {
  return process.argv
    .find(each => each.startsWith(`--${name}=`))
    ?.slice(name.length + 3)
    .split(',')
}
