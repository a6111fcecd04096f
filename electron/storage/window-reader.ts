/**
 * Windows of rows for a grid: counts, pages and positions in a sorted, filtered, searched view, over the same connection as
 * RxDB but outside it. Reads ids and revisions from indexes; documents come from the shared cache. Never writes documents.
 */
import type { DocumentTable } from './document-table.ts'
import { decodeTextKey } from './key-encoding.ts'
import { hitsOf } from './search-query.ts'
import type { StoredDocument } from './table-layout.ts'
import { openViewIndexes } from './view-indexes.ts'
import type { CompiledView, SearchHits, View, ViewTerm } from './window-view.ts'
import { compileView, tieDirection } from './window-view.ts'

export interface WindowRow {
  readonly id: string
  readonly rev: string
}

export interface WindowReader {
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
const REMEMBERED_COUNTS = 64

export function openWindowReader(table: DocumentTable): WindowReader {
  const { file, layout } = table
  const indexes = openViewIndexes(table)
  const lists = createMemory<readonly number[]>(REMEMBERED_LISTS, table.version)
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

  function select(
    from: string,
    condition: string,
    order: string,
    limit: number,
    offset: number,
    hits?: string,
  ): number[] {
    const params = hits === undefined ? [limit, offset] : [hits, limit, offset]
    const among = hits === undefined ? '' : ' AND rid IN (SELECT value FROM json_each(?))'
    const sql = `SELECT rid FROM ${from} WHERE ${condition}${among} ORDER BY ${order} LIMIT ? OFFSET ?`
    return file.prepare(sql, 'pluck').all(...params) as number[]
  }

  /**
   * With at most one term the view is two runs of one index, rows that have the value and rows that lack it, each in
   * the index's own order: any page is found by skipping index entries.
   */
  function selectPage(view: IndexedView, from: number, to: number): number[] {
    const term = view.terms[0]
    if (!term) return select(view.from, view.where, 'id ASC', to - from, from)
    const order = `${term.sql} ${term.direction}, id ${term.direction}`
    const rows = select(view.from, `${view.where} AND ${term.sql} IS NOT NULL`, order, to - from, from)
    if (rows.length === to - from) return rows
    const filled = rows.length > 0 ? from + rows.length : countFilled(view, term)
    const lacking = `${view.where} AND ${term.sql} IS NULL`
    const start = Math.max(from, filled)
    const missing = select(view.from, lacking, `id ${term.direction}`, to - start, start - filled)
    return [...rows, ...missing]
  }

  function countFilled(view: IndexedView, term: ViewTerm): number {
    return countWhere(`${view.where} AND ${term.sql} IS NOT NULL`, view.from)
  }

  /** Every row of the view without its search, in order; remembered until something is written. */
  function listAll(view: IndexedView): readonly number[] {
    return lists(view.key, () =>
      view.terms.length <= 1
        ? selectPage(view, 0, countAll(view))
        : select(view.from, view.where, writeOrder(view), -1, 0),
    )
  }

  function listMatches(view: IndexedView, search: SearchHits): readonly number[] {
    return lists(`${search.key} ${view.key}`, () => {
      const hits = search.rows()
      if (hits.length <= FEW_HITS)
        return select(layout.table, view.where, writeOrder(view), -1, 0, JSON.stringify(hits))
      const found = new Set(hits)
      return listAll(view).filter(rid => found.has(rid))
    })
  }

  /** The whole list where the view has a search or several terms; otherwise undefined: pages are read one by one. */
  function listOf(view: View, compiled: IndexedView): readonly number[] | undefined {
    const match = hitsOf(table, view.search)
    if (match) return listMatches(compiled, match)
    return compiled.terms.length > 1 ? listAll(compiled) : undefined
  }

  function toRows(rids: readonly number[]): WindowRow[] {
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
    const sign = term?.direction === 'DESC' ? '>' : '<'
    if (!term || row[0] === null) {
      const lacking = term ? `${view.where} AND ${term.sql} IS NULL` : view.where
      const before = term ? countFilled(view, term) : 0
      const sql = `SELECT count(*) FROM ${view.from} WHERE ${lacking} AND id ${sign} ?`
      return before + Number(file.prepare(sql, 'pluck').get(row[1]))
    }
    const sql = `SELECT count(*) FROM ${view.from} WHERE ${view.where} AND (${term.sql}, id) ${sign} (?, ?)`
    return Number(file.prepare(sql, 'pluck').get(row[0], row[1]))
  }

  return {
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
