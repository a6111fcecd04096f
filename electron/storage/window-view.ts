/**
 * A view (which rows, in which order) and its SQL. Conditions are written as literals, because SQLite uses a partial index
 * only where it can see that the query implies the index's condition.
 */
import { quoteText, toJsonPath } from './quoting.ts'
import type { KeyColumn, KeyValue, StoredDocument, TableLayout } from './table-layout.ts'
import { encodeKey, LOOSE, readKey } from './table-layout.ts'

export type Direction = 'asc' | 'desc'

/**
 * `column`: a path of the schema's indexes, in plain string or number order. `path`: any path of the document; text is
 * compared without case and diacritics. Missing values come last in both directions; ties go by id.
 */
export type SortPart =
  | { readonly column: string; readonly direction: Direction }
  | { readonly path: string; readonly kind: 'text' | 'number'; readonly direction: Direction }

/** The rows of a search, as a search reader gives them; read when they are asked for. */
export interface SearchHits {
  /** Equal for equal searches. */
  readonly key: string
  /** Row ids in no order, each once; rows of deleted documents may be among them. */
  rows(): readonly number[]
}

export interface View {
  /** Equality on paths of the schema's indexes; deleted documents are never in a view. */
  readonly where: { readonly [path: string]: string | number | boolean }
  /**
   * Words as typed; every one must begin a word of the document's text. Nothing but signs: no condition. Or the hits of a
   * search reader.
   */
  readonly search?: string | SearchHits
  readonly sort: readonly SortPart[]
}

export interface ViewTerm {
  /** NULL where the value is missing. */
  readonly sql: string
  readonly direction: 'ASC' | 'DESC'
  /** The schema's path when the term is a key column. */
  readonly column: string | undefined
  /** A query for the same of one document's JSON, its only parameter; undefined for a key column. */
  readonly ofJson: string | undefined
}

export interface CompiledView {
  readonly where: string
  /** `where` without its `deleted = 0`. */
  readonly whereAlive: string
  /** Key paths of `where`, `_deleted` included. */
  readonly wherePaths: readonly string[]
  readonly terms: readonly ViewTerm[]
  /** `where`, of a document as it would be stored. */
  matches(document: StoredDocument): boolean
  /** Equal for views that differ in nothing but their search. */
  readonly key: string
}

/** @throws RangeError for a path that has no column or cannot be read by SQLite */
export function compileView(layout: TableLayout, view: View): CompiledView {
  const conditions: string[] = []
  const wanted: (readonly [KeyColumn, KeyValue])[] = []
  for (const [path, value] of Object.entries(view.where)) {
    const column = layout.columnsByPath.get(path)
    if (!column) throw new RangeError(`${path} has no index in the schema of ${layout.name}`)
    const key = encodeKey(value, column.kind)
    wanted.push([column, key])
    if (key === LOOSE || key === null) conditions.push('0')
    else conditions.push(`${column.sql} = ${typeof key === 'string' ? quoteText(key) : key}`)
  }
  const where = ['deleted = 0', ...conditions].join(' AND ')
  const whereAlive = conditions.join(' AND ') || '1'
  const terms = view.sort.map(part => compileTerm(layout, part))
  const key = `${where} ORDER BY ${terms.map(term => `${term.sql} ${term.direction}`).join(', ')}`
  const matches = (document: StoredDocument) =>
    !document._deleted &&
    wanted.every(([column, value]) => value !== LOOSE && value !== null && readKey(document, column) === value)
  return { where, whereAlive, wherePaths: ['_deleted', ...Object.keys(view.where)], terms, matches, key }
}

function compileTerm(layout: TableLayout, part: SortPart): ViewTerm {
  const direction = part.direction === 'desc' ? 'DESC' : 'ASC'
  if ('column' in part) {
    const column = layout.columnsByPath.get(part.column)
    if (!column) throw new RangeError(`${part.column} has no index in the schema of ${layout.name}`)
    return { sql: column.sql, direction, column: part.column, ofJson: undefined }
  }
  const jsonPath = toJsonPath(part.path)
  if (jsonPath === undefined) throw new RangeError(`Cannot sort by ${part.path}`)
  // SQLite reads no JSON that is nested deeper than 1,000. (It is parsed only once for both.)
  const read = `json_extract(doc, ${quoteText(jsonPath)})`
  const value = `CASE WHEN json_valid(doc) THEN ${read} ELSE json_value(doc, ${quoteText(part.path)}) END`
  const sql = part.kind === 'text' ? `fold_text(${value})` : value
  return { sql, direction, column: undefined, ofJson: `SELECT ${sql} FROM (SELECT ? AS doc)` }
}

/** The tie-break goes the way of the last term, so that one index serves both directions. */
export function tieDirection(view: CompiledView): 'ASC' | 'DESC' {
  return view.terms.at(-1)?.direction ?? 'ASC'
}
