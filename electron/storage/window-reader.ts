/**
 * Windows of rows for a grid: counts, pages and positions in a sorted, filtered, searched view, over the same connection as
 * RxDB but outside it. Reads ids and revisions from indexes; documents come from the shared cache. Never writes documents.
 */
import type { DocumentTable } from './document-table.ts'
import { decodeTextKey, encodeTextKey } from './key-encoding.ts'
import { createRowAnchors, type Run } from './row-anchors.ts'
import { hitsOf } from './search-query.ts'
import type { Bindable } from './sqlite-file.ts'
import type { StoredDocument } from './table-layout.ts'
import { LOOSE, readKey } from './table-layout.ts'
import { openViewIndexes } from './view-indexes.ts'
import type { CompiledView, SearchHits, View, ViewTerm } from './window-view.ts'
import { compileView, tieDirection } from './window-view.ts'

export interface WindowRow {
  readonly id: string
  readonly rev: string
}

export interface WindowReader {
  /**
   * Resolves once the view can be read without holding the event loop for the making of an index; undefined where it can
   * be now. Without it, or without a thread of the file, whoever reads first makes the index.
   */
  prepare(view: View): Promise<void> | undefined
  count(view: View): number
  /** Rows `from` (included) to `to` (excluded). */
  page(view: View, from: number, to: number): WindowRow[]
  ids(view: View): string[]
  /** The current documents in the order of `ids`, tombstones included; unknown ids are left out. */
  documents(ids: readonly string[]): StoredDocument[]
  /** The row number of a document in the view, -1 when it is not in it. */
  position(view: View, id: string): number
  /** Grows with every write of the collection: equal numbers mean equal answers. */
  version(): number
}

interface IndexedView extends CompiledView {
  /** The table, and the index that gives the view's order where there is one. */
  readonly from: string
}

/** A search with fewer hits is sorted by SQLite; with more, the view's list is filtered by them. */
const FEW_HITS = 500
const REMEMBERED_LISTS = 6
/** Above it marks would take more room than a Set of the few rows that there can be. */
const MOST_MARKS = 20_000_000
const REMEMBERED_COUNTS = 64
const READ_AT_ONCE = 10_000

export function openWindowReader(table: DocumentTable): WindowReader {
  const { file, layout } = table
  const indexes = openViewIndexes(table)
  const lists = createMemory<Float64Array>(REMEMBERED_LISTS, table.version)
  const anchors = createRowAnchors(table)
  const counts = createMemory<number>(REMEMBERED_COUNTS, table.version)

  function countWhere(condition: string, from = layout.table): number {
    return counts(condition, () => {
      const all = `SELECT count(*) FROM ${from}`
      const sql =
        condition === 'deleted = 0' ? `SELECT (${all}) - (${all} WHERE deleted = 1)` : `${all} WHERE ${condition}`
      return Number(file.prepare(sql, 'pluck').get())
    })
  }

  /** Every row of the view without its search. */
  function countAll(view: CompiledView): number {
    const { tally } = table
    const known = tally !== undefined && view.wherePaths.every(path => tally.paths.has(path))
    return known ? tally.count(view.whereAlive) : countWhere(view.where)
  }

  function compile(view: View): IndexedView {
    const compiled = compileView(layout, view)
    const index = compiled.terms.length > 0 ? indexes.ensure(compiled, () => countAll(compiled)) : undefined
    return { ...compiled, from: index === undefined ? layout.table : `${layout.table} INDEXED BY ${index}` }
  }

  function selectAll(view: IndexedView): number[] {
    const sql = `SELECT rid FROM ${view.from} WHERE ${view.where} ORDER BY ${writeOrder(view)}`
    return file.prepare(sql, 'pluck').all() as number[]
  }

  /** NOT INDEXED: SQLite would walk over the whole view to save itself the sorting of a few rows. */
  function selectAmong(view: IndexedView, hits: readonly number[]): number[] {
    const sql = `SELECT rid FROM ${layout.table} NOT INDEXED WHERE ${view.where}
      AND rid IN (SELECT value FROM json_each(?)) ORDER BY ${writeOrder(view)}`
    return file.prepare(sql, 'pluck').all(JSON.stringify(hits)) as number[]
  }

  /** What the sort compares, of a document as it would be stored. */
  function readTerm(term: ViewTerm, document: StoredDocument): Bindable {
    if (term.ofJson !== undefined) return file.prepare(term.ofJson, 'pluck').get(JSON.stringify(document)) as Bindable
    const column = layout.columnsByPath.get(term.column ?? '')
    const key = column && readKey(document, column)
    return key === undefined || key === LOOSE ? null : key
  }

  /**
   * With at most one term the view is two runs of one index, rows that have the value (`filled`) and rows that lack it,
   * each in the index's own order.
   */
  function runOf(view: IndexedView, filled: boolean): Run {
    const term = view.terms[0]
    const { from, where } = view
    const direction = term?.direction ?? 'ASC'
    const idOf = (document: StoredDocument) => encodeTextKey(document[layout.primaryPath] as string)
    if (!term) {
      const keyOf = (document: StoredDocument) => (view.matches(document) ? [idOf(document)] : undefined)
      return { name: view.key, from, where, key: ['id'], direction, keyOf }
    }
    return {
      name: `${filled} ${view.key}`,
      from,
      where: `${where} AND ${term.sql} IS ${filled ? 'NOT ' : ''}NULL`,
      key: filled ? [term.sql, 'id'] : ['id'],
      direction,
      keyOf(document) {
        if (!view.matches(document)) return undefined
        const value = readTerm(term, document)
        if ((value !== null) !== filled) return undefined
        return filled ? [value, idOf(document)] : [idOf(document)]
      },
    }
  }

  function selectPage(view: IndexedView, from: number, to: number): number[] {
    const rows = anchors.page(runOf(view, true), from, to)
    const term = view.terms[0]
    if (!term || rows.length === to - from) return rows
    const filled = rows.length > 0 ? from + rows.length : countFilled(view, term)
    const start = Math.max(from, filled)
    return [...rows, ...anchors.page(runOf(view, false), start - filled, to - filled)]
  }

  function countFilled(view: IndexedView, term: ViewTerm): number {
    return countWhere(`${view.where} AND ${term.sql} IS NOT NULL`, view.from)
  }

  /** Every row of the view without its search, in order; remembered until something is written. */
  function listAll(view: IndexedView): Float64Array {
    return lists(view.key, () => {
      if (view.terms.length > 1) return Float64Array.from(selectAll(view))
      // A part at a time: arrays of a million numbers are garbage that stays for long.
      const rows = new Float64Array(countAll(view))
      for (let from = 0; from < rows.length; from += READ_AT_ONCE)
        rows.set(selectPage(view, from, Math.min(from + READ_AT_ONCE, rows.length)), from)
      return rows
    })
  }

  function listMatches(view: IndexedView, search: SearchHits): Float64Array {
    return lists(`${search.key} ${view.key}`, () => {
      const hits = search.rows()
      if (hits.length <= FEW_HITS) return Float64Array.from(selectAmong(view, hits))
      return listAll(view).filter(markRows(hits))
    })
  }

  /** The whole list where the view has a search or several terms; otherwise undefined: pages are read one by one. */
  function listOf(view: View, compiled: IndexedView): Float64Array | undefined {
    const match = hitsOf(table, view.search)
    if (match) return listMatches(compiled, match)
    return compiled.terms.length > 1 ? listAll(compiled) : undefined
  }

  function toRows(rids: Iterable<number>): WindowRow[] {
    const rows: WindowRow[] = []
    const read = file.prepare(`SELECT id, rev FROM ${layout.table} WHERE rid = ?`, 'raw')
    for (const rid of rids) {
      const row = read.get(rid) as [string, string] | undefined
      if (row) rows.push({ id: decodeTextKey(row[0]), rev: row[1] })
    }
    return rows
  }

  function findPosition(view: IndexedView, rid: number): number {
    const term = view.terms[0]
    const value = term?.sql ?? 'NULL'
    const row = file
      .prepare(`SELECT ${value}, id FROM ${layout.table} WHERE rid = ? AND ${view.where}`, 'raw')
      .get(rid) as [string | number | null, string] | undefined
    if (!row) return -1
    if (!term) return anchors.countBefore(runOf(view, true), [row[1]])
    if (row[0] === null) return countFilled(view, term) + anchors.countBefore(runOf(view, false), [row[1]])
    return anchors.countBefore(runOf(view, true), row)
  }

  return {
    prepare: view =>
      file.read(() => {
        const compiled = compileView(layout, view)
        return indexes.prepare(compiled, () => countAll(compiled))
      }),
    count: view =>
      file.read(() => {
        const compiled = compile(view)
        const match = hitsOf(table, view.search)
        return match ? listMatches(compiled, match).length : countAll(compiled)
      }),
    page: (view, from, to) =>
      file.read(() => {
        const start = Math.max(0, from)
        if (to <= start) return []
        const compiled = compile(view)
        return toRows(listOf(view, compiled)?.slice(start, to) ?? selectPage(compiled, start, to))
      }),
    ids: view =>
      file.read(() => {
        const compiled = compile(view)
        return toRows(listOf(view, compiled) ?? listAll(compiled)).map(row => row.id)
      }),
    documents: ids => file.read(() => table.readByIds(ids)),
    position: (view, id) =>
      file.read(() => {
        const rid = table.rowOf(id)
        if (rid === undefined) return -1
        const compiled = compile(view)
        return listOf(view, compiled)?.indexOf(rid) ?? findPosition(compiled, rid)
      }),
    version: () => table.version(),
  }
}

/** Whether a row is among `rids`. A mark for each row number up to the last one takes a tenth of a Set's room and time. */
function markRows(rids: readonly number[]): (rid: number) => boolean {
  const last = rids.reduce((most, rid) => Math.max(most, rid), 0)
  if (last > MOST_MARKS) {
    const found = new Set(rids)
    return rid => found.has(rid)
  }
  const marks = new Uint8Array(last + 1)
  for (const rid of rids) marks[rid] = 1
  return rid => marks[rid] === 1
}

function writeOrder(view: CompiledView): string {
  const terms = view.terms.map(term => `(${term.sql}) IS NULL, ${term.sql} ${term.direction}`)
  return [...terms, `id ${tieDirection(view)}`].join(', ')
}

/** Answers by key, forgotten with the first write after them; the least recently asked goes first. */
function createMemory<T>(most: number, readVersion: () => number): (key: string, compute: () => T) => T {
  const answers = new Map<string, T>()
  let version = -1
  return (key, compute) => {
    const now = readVersion()
    if (now !== version) answers.clear()
    version = now
    const known = answers.get(key)
    const answer = known ?? compute()
    answers.delete(key)
    answers.set(key, answer)
    const oldest = answers.keys().next()
    if (answers.size > most && !oldest.done) answers.delete(oldest.value)
    return answer
  }
}
