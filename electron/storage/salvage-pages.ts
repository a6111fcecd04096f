/**
 * What SQL cannot reach in a damaged file: rows in pages that a damaged page led to, and pages in a WAL behind a broken
 * frame. It works on a copy of its own, which it changes, and reads every page through SQLite as if it were a whole table.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import type { Report } from './job-report.ts'
import { type KeyedFile, openKeyedDatabase } from './keyed-database.ts'
import { quoteName } from './quoting.ts'
import type { Row } from './salvage-rows.ts'
import { readSqliteCode } from './storage-error.ts'
import { readWal, type WalFrame } from './wal-frames.ts'

export interface KnownRows {
  /** By row: its id, and its sequence number, as the indexes still tell. */
  readonly ids: ReadonlyMap<number, string>
  readonly seqs: ReadonlyMap<number, number>
  /** One of the two indexes could be read from end to end. */
  readonly complete: boolean
  /** The largest sequence number met. */
  readonly floor: number
}

export interface OverlaidWal {
  /** Where a newest page cannot be read, an older state of it has to do. */
  stepBack(): void
}

/** Brings the newest state of each page in the WAL into the copy; the WAL itself is only read. */
export function overlayWal(work: KeyedFile, walPath: string): OverlaidWal {
  const wal = readWal(walPath)
  if (wal === undefined) return { stepBack: () => undefined }
  const { pageSize, bytes } = wal
  const framesByPage = new Map<number, WalFrame[]>()
  for (const frame of wal.frames) {
    const known = framesByPage.get(frame.page)
    if (known) known.push(frame)
    else framesByPage.set(frame.page, [frame])
  }
  const put = (frame: WalFrame) => {
    const file = openSync(work.path, 'r+')
    try {
      writeSync(file, bytes, frame.position, pageSize, (frame.page - 1) * pageSize)
    } finally {
      closeSync(file)
    }
  }
  for (const frames of framesByPage.values()) put(frames.at(-1) as WalFrame)
  return {
    stepBack() {
      if (!wal.broken) return
      for (let round = 0; round < 3; round++) {
        const bad = findUnreadable(work, [...framesByPage.keys()])
        if (bad.length === 0) return
        for (const page of bad) {
          const frames = framesByPage.get(page)
          frames?.pop()
          const older = frames?.at(-1)
          if (older !== undefined) put(older)
        }
      }
    },
  }
}

export interface PageSearch {
  readonly table: string
  /** As SQL: the row's number, then the table's columns. */
  readonly columns: readonly string[]
  readonly wanted: ReadonlySet<number>
  readonly known: KnownRows
  readonly report: Report
}

/**
 * Hands on the wanted rows that are still in some page. A page that was given up may hold what a row was long ago, and
 * another table's rows look alike: so a row counts only if its id is what an index tells, and its sequence number too.
 */
export function searchPages(work: KeyedFile, search: PageSearch, keep: (row: Row) => void): void {
  const { columns, wanted, known } = search
  const [idAt, seqAt] = [columns.indexOf('"id"'), columns.indexOf('"seq"')]
  const best = new Map<number, Row>()
  readPages(work, search, row => {
    const rid = Number(row[0])
    if (!wanted.has(rid) || known.ids.get(rid) !== row[idAt]) return
    const seq = known.seqs.get(rid)
    if (seq !== undefined && seq !== row[seqAt]) return
    const other = best.get(rid)
    if (other === undefined || Number(other[seqAt]) < Number(row[seqAt])) best.set(rid, row)
  })
  for (const row of best.values()) keep(row)
}

/** Hands on whatever is in any page if it is read as the table's; other tables' rows too, and what is long gone. */
export function readPages(
  work: KeyedFile,
  { table, columns, report }: Pick<PageSearch, 'table' | 'columns' | 'report'>,
  onRow: (row: Row) => void,
): void {
  const pages = openPages(work, table)
  try {
    for (let page = 2; page <= pages.count; page++) {
      if (page % 200 === 0) report.step('search', page, pages.count)
      for (const row of pages.rows(page, columns)) onRow(row)
    }
  } finally {
    pages.close()
  }
}

/** Reads any page of the copy as the only page of `table`. */
function openPages(work: KeyedFile, table: string) {
  const database = openKeyedDatabase(work)
  database.unsafeMode(true)
  database.pragma('journal_mode=OFF')
  database.pragma('synchronous=OFF')
  database.pragma('writable_schema=ON')
  const name = quoteName(table)
  const aim = database.prepare<[number, string]>(
    "UPDATE sqlite_schema SET rootpage = ? WHERE name = ? AND type = 'table'",
  )
  const root = Number(database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table))
  let version = Number(database.pragma('schema_version', { simple: true }))
  const point = (page: number) => {
    aim.run(page, table)
    database.pragma(`schema_version=${++version}`)
  }
  const kindOf = (page: number) => {
    point(page)
    return database.prepare('SELECT pagetype FROM dbstat WHERE name = ? LIMIT 1').pluck().get(table)
  }
  return {
    count: Number(database.pragma('page_count', { simple: true })),
    isReadable: (page: number) => attempt(() => kindOf(page)) !== undefined,
    rows(page: number, columns: readonly string[]): readonly Row[] {
      if (attempt(() => kindOf(page)) !== 'leaf') return []
      const from = `FROM ${name} NOT INDEXED`
      const all = attempt(() =>
        database
          .prepare<[], unknown[]>(`SELECT ${columns.join(', ')} ${from}`)
          .raw()
          .all(),
      )
      if (all !== undefined) return all
      // Some row's overflow pages are not whole; or it is no page of a table at all.
      const numbers = attempt(() =>
        database
          .prepare<[], number>(`SELECT ${columns[0] ?? ''} ${from}`)
          .pluck()
          .all(),
      )
      const one = database.prepare<[number], unknown[]>(
        `SELECT ${columns.join(', ')} ${from} WHERE ${columns[0] ?? ''} = ?`,
      )
      return (numbers ?? []).flatMap(number => {
        const row = attempt(() => one.raw().get(number))
        return row === undefined ? [] : [row]
      })
    },
    close() {
      point(root)
      database.close()
    },
  }
}

/** Page 1 leads to all others: without it none can be told. */
function findUnreadable(work: KeyedFile, candidates: readonly number[]): readonly number[] {
  const tables = attempt(() => {
    const database = openKeyedDatabase(work)
    try {
      database.pragma('journal_mode=DELETE')
      const first = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' LIMIT 1"
      return database.prepare<[], string>(first).pluck().all()
    } finally {
      database.close()
    }
  })
  const table = tables?.[0]
  if (table === undefined) return [1]
  const pages = openPages(work, table)
  try {
    return candidates.filter(page => page !== 1 && !pages.isReadable(page))
  } finally {
    pages.close()
  }
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (thrown) {
    if (readSqliteCode(thrown) === undefined) throw thrown
    return undefined
  }
}
