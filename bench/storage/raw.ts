/**
 * The floor: the same operations on an encrypted SQLite file with nothing above the driver. It keeps no revisions, checks
 * nothing and tells nobody.
 */
import { randomBytes } from 'node:crypto'
import Database from 'better-sqlite3-multiple-ciphers'
import { createRandom, makeDocument, recordId, TYPES } from './documents.ts'
import { createStopwatch, type Timings } from './timings.ts'

const BATCH = 200
const READS = 6
const QUERIES = 60
const WRITES = 150

export async function runRaw(path: string, documents: number, nativeBinding: string | undefined): Promise<Timings> {
  const watch = createStopwatch()
  const random = createRandom(documents)
  const database = new Database(path, nativeBinding === undefined ? {} : { nativeBinding })
  database.pragma("cipher='aegis'")
  database.pragma(`key="x'${randomBytes(32).toString('hex')}'"`)
  database.pragma('journal_mode=WAL')
  database.pragma('synchronous=NORMAL')
  database.pragma('cache_size=-65536')
  database.exec(`CREATE TABLE records (rid INTEGER PRIMARY KEY, id TEXT UNIQUE, type TEXT, sortKey TEXT, updatedAt REAL,
    createdAt REAL, doc TEXT); CREATE INDEX a ON records (type, sortKey, id); CREATE INDEX b ON records (updatedAt, id);
    CREATE INDEX c ON records (createdAt, id)`)
  const insert = database.prepare<[string, string, string, number, number, string]>(
    'INSERT INTO records (id, type, sortKey, updatedAt, createdAt, doc) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const write = (made: readonly ReturnType<typeof makeDocument>[]) => {
    for (const record of made)
      insert.run(record.id, record.type, record.sortKey, record.updatedAt, record.createdAt, JSON.stringify(record))
  }
  const bulk = database.transaction(write)
  const made = Array.from({ length: documents }, (_, index) => makeDocument(index))
  const cpu = process.cpuUsage()
  const began = performance.now()
  for (let at = 0; at < documents; at += BATCH) bulk(made.slice(at, at + BATCH))
  watch.note('bulk-rps', (documents / (performance.now() - began)) * 1000)
  const { user, system } = process.cpuUsage(cpu)
  watch.note('bulk-cpu-rps', (documents / (user + system)) * 1e6)

  const parse = (rows: unknown[]) => rows.map(row => JSON.parse(row as string) as unknown)
  const byId = database.prepare<[string]>('SELECT doc FROM records WHERE id = ?').pluck()
  for (let run = 0; run < READS; run++) {
    const ids = Array.from({ length: 3000 }, (_, index) => recordId((index * READS + run) % documents))
    await watch.time('uncached-ids-3000-ms', () => parse(ids.map(id => byId.get(id))))
  }
  const nextOnes = database
    .prepare<[number]>('SELECT doc FROM records WHERE updatedAt > ? ORDER BY updatedAt, id LIMIT 50')
    .pluck()
  const wide = database
    .prepare<[string, string]>('SELECT doc FROM records WHERE type = ? AND sortKey > ? ORDER BY sortKey, id LIMIT 1000')
    .pluck()
  const countType = database
    .prepare<[string, string]>('SELECT count(*) FROM records WHERE type = ? AND sortKey > ?')
    .pluck()
  const countAll = database.prepare<[number]>('SELECT count(*) FROM records WHERE createdAt > ?').pluck()
  const update = database.prepare<[string, string]>('UPDATE records SET doc = ? WHERE id = ?')
  for (let run = 0; run < QUERIES; run++) {
    const after = makeDocument(Math.floor((documents / 2) * random())).updatedAt
    await watch.time('find-50-ms', () => parse(nextOnes.all(after)))
    const type = TYPES[run % TYPES.length] ?? ''
    await watch.time('count-type-ms', () => countType.get(type, `a${run}`))
    await watch.time('count-all-ms', () => countAll.get(run))
    if (run % 4 > 0) continue
    const title = `${'bdg'.charAt(run % 3)}${Math.floor(random() * 26).toString(36)}`
    await watch.time('find-1000-ms', () => parse(wide.all(type, title)))
  }
  for (let run = 0; run < WRITES; run++) {
    const record = makeDocument(documents + run)
    await watch.time('insert-1-ms', () => write([record]))
    const id = recordId(Math.floor(random() * documents))
    await watch.time('update-1-ms', () => update.run(JSON.stringify({ ...record, id }), id))
  }
  database.close()
  return watch.timings
}
