/**
 * A record's timeline where it is longest: 10,000 changes of one record among 500,000 entries, encrypted, read through the
 * workspace as the page does; and what an entry costs on the disk. `--entries N` makes it smaller.
 */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClock } from '../core/model/clock.ts'
import { historyEntry } from '../core/model/history.ts'
import { newId } from '../core/model/id.ts'
import { readTimeline } from '../core/database/timeline.ts'
import { openWorkspace, type Workspace } from '../core/database/workspace.ts'
import { getRxStorageSQLite } from '../electron/storage/rx-storage-sqlite.ts'
import { openSqliteFile } from '../electron/storage/sqlite-file.ts'
import { type Measurement, median, printMeasurements, say } from './report.ts'

const BENCH = 'history'
const ENTRIES = Number(process.argv.find((_, at, all) => all[at - 1] === '--entries') ?? 500_000)
const OF_ONE_RECORD = 10_000
const OTHERS = 25_000
const FIELDS = ['name', 'state', 'notes', 'flow']
const BATCH = 200
const PAGE = 50
const RUNS = 40
const NAME = 'workspace'

const scratch = await mkdtemp(join(tmpdir(), 'farfield-bench-'))
try {
  printMeasurements(await measure(join(scratch, 'history.db')))
} finally {
  await rm(scratch, { recursive: true, force: true })
}

async function measure(path: string): Promise<Measurement[]> {
  const nativeBinding = process.env['FARFIELD_SQLITE_ADDON']
  const file = { path, key: new Uint8Array(randomBytes(32)), ...(nativeBinding === undefined ? {} : { nativeBinding }) }
  const storage = getRxStorageSQLite(file)
  const open = (): Promise<Workspace> =>
    openWorkspace({ storage, name: NAME, now: Date.now, random: randomBytes, report: error => say(String(error)) })
  const filling = await open()
  const before = (await stat(path)).size
  const bulk = storage.beginBulk(NAME)
  const id = await fill(filling, () => bulk.breathe())
  bulk.end()
  await filling.close()
  const bytes = ((await stat(path)).size - before) / ENTRIES

  const workspace = await open()
  const { tables, nameOf } = workspace.context
  const time = async (field: string | null, from: number): Promise<number> => {
    const began = performance.now()
    const frame = await readTimeline({ tables, nameOf }, { id, field, from, to: from + PAGE })
    const took = performance.now() - began
    if (frame.items.length !== PAGE) throw new Error(`a page of ${frame.items.length} entries out of ${frame.total}`)
    return took
  }
  // Every run reads a page that none has read before: nothing comes from the cache of parsed documents.
  const runs = Array.from({ length: RUNS }, (_, run) => run)
  const first: number[] = []
  const deep: number[] = []
  const ofField: number[] = []
  for (const run of runs) first.push(await time(null, run * PAGE))
  for (const run of runs) deep.push(await time(null, OF_ONE_RECORD - (run + 1) * PAGE))
  for (const run of runs) ofField.push(await time('notes', run * PAGE))
  await workspace.close()
  const floor = readFloor()
  const one = (name: string, values: readonly number[]): Measurement => ({
    bench: BENCH,
    id: name,
    unit: 'ms',
    median: median(values),
    floor,
    runs: values.length,
  })
  return [
    one('timeline-ms', first),
    one('timeline-deep-ms', deep),
    one('timeline-field-ms', ofField),
    { bench: BENCH, id: 'entry-bytes', unit: 'bytes', median: bytes, floor: null, runs: 1 },
  ]

  /** The least work there is: one page of documents by the index of the table, and parsing them. */
  function readFloor(): number {
    const raw = openSqliteFile(file)
    const table = `"${NAME}/history/0"`
    const sql = `SELECT doc FROM ${table} WHERE deleted = 0 AND k_record = ? ORDER BY k_replacedBy DESC LIMIT ? OFFSET ?`
    const statement = raw.database.prepare(sql).pluck()
    const times = runs.map(run => {
      const began = performance.now()
      for (const json of statement.all(id, PAGE, run * PAGE)) JSON.parse(String(json))
      return performance.now() - began
    })
    void raw.close()
    return median(times)
  }
}

/** The long record's changes lie among all the others', as they would. Answers its id. */
async function fill(workspace: Workspace, breathe: () => Promise<void>): Promise<string> {
  const { tables } = workspace.context
  const devices = [newId(randomBytes), newId(randomBytes)]
  let now = Date.UTC(2025, 0, 1)
  const clocks = devices.map(device => createClock({ device, now: () => now }))
  const others = Array.from({ length: OTHERS }, () => newId(randomBytes))
  const long = newId(randomBytes)
  const share = Math.max(1, Math.floor(ENTRIES / OF_ONE_RECORD))
  const lastStamps = new Map<string, string>()
  for (let from = 0; from < ENTRIES; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, ENTRIES - from) }, (_, at) => {
      const n = from + at
      now += 20_000
      const record = n % share === 0 ? long : (others[n % OTHERS] ?? long)
      const field = FIELDS[Math.floor(n / share) % FIELDS.length] ?? ''
      const stamp = clocks[n % 2]?.stamp() ?? ''
      const slot = `${record}|${field}`
      const was = lastStamps.get(slot) ?? stamp
      now += 20_000
      const next = clocks[n % 2]?.stamp() ?? ''
      lastStamps.set(slot, next)
      const value = field === 'notes' ? `Seal of pump ${n} worn, replace it on the next visit.` : `value ${n}`
      return {
        ...historyEntry(record, field, { value, stamp: was }, next, 'edit'),
        unsent: 0 as const,
        sent: 'f'.repeat(64),
      }
    })
    await tables.history.insert(batch)
    await breathe()
    if (from % 50_000 === 0) say(`${from} of ${ENTRIES} entries`)
  }
  return long
}
