/**
 * Brings what can still be read of a damaged file into a fresh one: every row outside the damaged pages, found through its
 * table, through its indexes, or in a page that nothing leads to any more. The damaged file is only read. What is derived
 * (search, tallies, indexes of views) is left out: it is made anew when the fresh file is opened.
 */
import type Database from 'better-sqlite3-multiple-ciphers'
import { copyFileSync, constants, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { demandSound } from './backup.ts'
import type { Report } from './job-report.ts'
import { decodeTextKey } from './key-encoding.ts'
import { type KeyedFile, openKeyedDatabase } from './keyed-database.ts'
import { type OutlineEntry, readEntries, readOutline, withoutDerived } from './outline.ts'
import { quoteName } from './quoting.ts'
import { FILLER, replaceFirstPage } from './salvage-first-page.ts'
import { listRows } from './salvage-rows.ts'
import { type KnownRows, overlayWal, searchPages } from './salvage-pages.ts'
import { findStrays } from './salvage-strays.ts'
import { readColumns } from './stored-table.ts'
import { readSqliteCode, withStorageErrors } from './storage-error.ts'
import { demandRoom, makeWhole } from './whole-file.ts'

export interface SalvageJob {
  readonly kind: 'salvage'
  /** The damaged file, with what lies beside it; nobody may have it open. */
  readonly file: KeyedFile
  readonly target: string
}

export interface Salvaged {
  /** False: neither its list of tables nor the outline can be read, or not a row of all tables; there is no fresh file. */
  readonly readable: boolean
  readonly tables: readonly SalvagedTable[]
}

export interface SalvagedTable {
  readonly name: string
  readonly saved: number
  /** Rows that are known to have been there and could not be read. */
  readonly lost: number
  /** The ids of lost rows, where an index still tells them. */
  readonly lostIds: readonly string[]
  /** There may have been more: neither table nor index can tell. */
  readonly uncertain: boolean
}

/** Sequence numbers given out after the last that can still be read must not be given out again. */
const SEQUENCE_GAP = 1_000_000
const MOST_IDS = 10_000

/** @throws StorageError diskFull, or wrongKey where the whole file is damaged */
export function salvage({ file, target }: SalvageJob, report: Report): Salvaged {
  const folder = mkdtempSync(join(dirname(target), 'salvage-'))
  try {
    return withStorageErrors(target, () => {
      demandRoom(dirname(target), 2 * sizeOf(file.path) + sizeOf(`${file.path}-wal`))
      const work: KeyedFile = { ...file, path: join(folder, 'work.db') }
      copyFileSync(file.path, work.path, constants.COPYFILE_FICLONE)
      report.step('wal', 0, 0)
      const wal = overlayWal(work, `${file.path}-wal`)
      const outline = readOutline(file)
      if (outline !== undefined && !hasPlans(work)) {
        report.step('outline', 0, 0)
        replaceFirstPage(work, outline)
      }
      wal.stepBack()
      return salvageCopy(work, target, report)
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function salvageCopy(work: KeyedFile, target: string, report: Report): Salvaged {
  const source = openKeyedDatabase(work)
  try {
    const plans = readPlans(source)
    if (plans === undefined) return { readable: false, tables: [] }
    return makeWhole(target, part => {
      const fresh: KeyedFile = { ...work, path: part }
      const into = openKeyedDatabase(fresh)
      try {
        into.pragma('journal_mode=OFF')
        into.pragma('synchronous=OFF')
        into.exec('BEGIN')
        const tables = plans.map(plan => salvageTable(source, work, into, plan, report))
        if (isNothing(tables)) throw new NothingSaved()
        keepFloors(into, tables)
        report.step('indexes', 0, plans.length)
        for (const [done, { indexes }] of plans.entries()) {
          for (const sql of indexes) into.exec(sql)
          report.step('indexes', done + 1, plans.length)
        }
        into.exec('COMMIT')
        into.close()
        report.step('check', 0, 0)
        demandSound(fresh)
        return { readable: true, tables: tables.map(({ floor: _floor, isDocuments: _is, ...table }) => table) }
      } finally {
        into.close()
      }
    })
  } catch (thrown) {
    if (thrown instanceof NothingSaved) return { readable: false, tables: [] }
    throw thrown
  } finally {
    source.close()
  }
}

/** Ends the making of a fresh file that would be empty. */
class NothingSaved extends Error {}

/** The list of tables is known and not a row of them, nor which there were. */
function isNothing(tables: readonly (SalvagedTable & { readonly isDocuments: boolean })[]): boolean {
  const documents = tables.filter(({ isDocuments }) => isDocuments)
  return documents.some(({ uncertain }) => uncertain) && documents.every(({ saved }) => saved === 0)
}

interface Plan {
  readonly name: string
  readonly sql: string
  readonly columns: readonly string[]
  /** The integer key of the table's rows. */
  readonly rid: string
  readonly indexes: readonly string[]
  /** A table of documents: its unique indexes tell which rows there are. */
  readonly isDocuments: boolean
  /** Other tables of documents have as many columns, or the very same: their rows look alike, or cannot be told apart. */
  readonly hasDouble: boolean
  readonly hasTwin: boolean
}

function hasPlans(work: KeyedFile): boolean {
  const source = openKeyedDatabase(work)
  try {
    return readPlans(source) !== undefined
  } finally {
    source.close()
  }
}

/** Undefined: the schema cannot be read. */
function readPlans(source: Database.Database): readonly Plan[] | undefined {
  let entries: readonly OutlineEntry[]
  try {
    // Pages are looked for on this copy by changing it (salvage-pages).
    source.pragma('journal_mode=DELETE')
    entries = withoutDerived(readEntries(source))
  } catch (thrown) {
    if (readSqliteCode(thrown) === undefined) throw thrown
    return undefined
  }
  const plans = entries
    .filter(({ type, name }) => type === 'table' && name !== FILLER)
    .map(({ name, sql }) => {
      const info = source
        .prepare<[string], { name: string; type: string; pk: number }>(
          'SELECT name, type, pk FROM pragma_table_info(?)',
        )
        .all(name)
      const key = info.find(column => column.pk > 0 && column.type === 'INTEGER')
      const columns = info.map(column => column.name)
      return {
        name,
        sql,
        columns,
        rid: quoteName(key?.name ?? 'rowid'),
        indexes: entries.filter(each => each.type === 'index' && each.table === name).map(each => each.sql),
        isDocuments: ['rid', 'id', 'seq', 'doc'].every(column => columns.includes(column)),
      }
    })
  return plans.map(plan => {
    const others = plans.filter(each => each !== plan && each.isDocuments)
    return {
      ...plan,
      hasDouble: others.some(({ columns }) => columns.length === plan.columns.length),
      hasTwin: others.some(({ columns }) => columns.join() === plan.columns.join()),
    }
  })
}

function salvageTable(
  source: Database.Database,
  work: KeyedFile,
  into: Database.Database,
  plan: Plan,
  report: Report,
): SalvagedTable & { readonly floor: number; readonly isDocuments: boolean } {
  const { name, columns, rid, isDocuments } = plan
  const selected = [rid, ...columns.map(quoteName)]
  const idAt = 1 + columns.indexOf('id')
  into.exec(plan.sql)
  const insert = into.prepare(
    `INSERT OR IGNORE INTO ${quoteName(name)} (${selected.slice(1).join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
  )
  const saved = new Map<number, string>()
  const keep = (row: readonly unknown[]) => {
    if (insert.run(...row.slice(1)).changes === 1) saved.set(Number(row[0]), isDocuments ? String(row[idAt]) : '')
  }
  report.step('tables', 0, 0)
  const whole = listRows(source, {
    columns: selected,
    from: quoteName(name),
    key: 0,
    onRows(rows) {
      for (const row of rows) keep(row)
      report.step('tables', saved.size, 0)
    },
  })
  const told = { name, isDocuments, lost: 0, lostIds: [], floor: 0 }
  if (!isDocuments) return { ...told, saved: saved.size, uncertain: !whole }
  const known = listKnown(source, name, saved)
  if (whole) return { ...told, saved: saved.size, uncertain: false, floor: known.floor }

  const one = source
    .prepare<[number], unknown[]>(`SELECT ${selected.join(', ')} FROM ${quoteName(name)} WHERE ${rid} = ?`)
    .raw()
  const lost = () => [...new Set([...known.ids.keys(), ...known.seqs.keys()])].filter(number => !saved.has(number))
  for (const number of lost()) tryRead(() => one.get(number), keep)
  const wanted = new Set(lost())
  if (wanted.size > 0) searchPages(work, { table: name, columns: selected, wanted, known, report }, keep)
  const adopted = known.complete || plan.hasTwin ? 0 : adoptStrays()
  const gone = lost()
  const ids = gone.flatMap(number => known.ids.get(number) ?? [])
  return {
    ...told,
    saved: saved.size,
    lost: gone.length,
    lostIds: ids.slice(0, MOST_IDS).map(decodeTextKey),
    uncertain: !known.complete,
    floor: known.complete ? known.floor : Math.max(known.floor, adopted) + SEQUENCE_GAP,
  }

  /** The largest sequence number among them. */
  function adoptStrays(): number {
    const kept = into.prepare<[], { rid: number; id: string; seq: number }>(
      `SELECT rid, id, seq FROM ${quoteName(name)}`,
    )
    const strays = findStrays(work, {
      table: name,
      columns: selected,
      keyColumns: readColumns(source, name),
      hasDouble: plan.hasDouble,
      known,
      saved: kept.all(),
      report,
    })
    for (const row of strays) keep(row)
    return Number(strays[0]?.[1 + columns.indexOf('seq')] ?? 0)
  }
}

function listKnown(source: Database.Database, name: string, saved: ReadonlyMap<number, string>): KnownRows {
  const ids = new Map<number, string>()
  const seqs = new Map<number, number>()
  const read = (
    column: 'id' | 'seq',
    take: (rid: number, value: unknown) => void,
    hops?: readonly string[],
  ): boolean => {
    const from = `${quoteName(name)} INDEXED BY ${quoteName(`${name}|${column}`)}`
    try {
      return listRows(source, {
        columns: ['rid', column],
        from,
        key: 1,
        onRows(rows) {
          for (const [rid, value] of rows) take(Number(rid), value)
        },
        ...(hops === undefined ? {} : { hops }),
      })
    } catch (thrown) {
      // The index is not in the schema any more.
      if (readSqliteCode(thrown) === undefined) throw thrown
      return false
    }
  }
  // Where an index of texts is broken, ids that were read elsewhere show where it may go on.
  const idsWhole = read('id', (rid, id) => ids.set(rid, String(id)), [...saved.values()].sort())
  const seqsWhole = read('seq', (rid, seq) => seqs.set(rid, Number(seq)))
  const floor = [...seqs.values()].reduce((most, seq) => Math.max(most, seq), 0)
  return { ids, seqs, complete: idsWhole || seqsWhole, floor }
}

/** What is given out next must be above everything that was ever given out, lost rows included. */
function keepFloors(
  into: Database.Database,
  tables: readonly { name: string; floor: number; isDocuments: boolean }[],
): void {
  if (!tables.some(({ name }) => name === 'storage_tables')) return
  // Where the entry itself is lost, key columns are not to be trusted (see table-layout).
  const raise = into.prepare<[string, number]>(
    'INSERT INTO storage_tables (name, seq, loose) VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET seq = max(seq, excluded.seq)',
  )
  for (const { name, floor, isDocuments } of tables) if (isDocuments) raise.run(name, floor)
}

function tryRead<T>(read: () => T | undefined, keep: (row: T) => void): void {
  let row: T | undefined
  try {
    row = read()
  } catch (thrown) {
    if (readSqliteCode(thrown) === undefined) throw thrown
    return
  }
  if (row !== undefined) keep(row)
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0
}
