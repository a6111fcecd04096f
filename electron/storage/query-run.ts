/**
 * Runs RxDB's prepared queries on a document table. SQL narrows and, where it is certain, sorts; whatever SQL is not certain
 * of is decided by RxDB's own matcher and comparator, so that results equal what RxDB recomputes in memory.
 */
import type { FilledMangoQuery, PreparedQuery } from 'rxdb'
import { getQueryMatcher, getSortComparator } from 'rxdb'
import type { DocumentTable } from './document-table.ts'
import type { SqlCondition } from './mango-sql.ts'
import { translateSelector } from './mango-sql.ts'
import type { StoredDocument } from './table-layout.ts'

type Query = FilledMangoQuery<StoredDocument>

export function runQuery(table: DocumentTable, prepared: PreparedQuery<StoredDocument>): StoredDocument[] {
  const { query } = prepared
  const { skip, limit } = readBounds(query)
  if (limit === 0) return []
  const where = translate(table, query)
  const order = translateSort(table, query)
  return table.file.read(() => {
    if (where.exact && order !== undefined) return table.readByRows(selectRows(table, where, order, skip, limit))
    if (order !== undefined) return walk(table, query, selectRows(table, where, order, 0, Infinity), skip, limit)
    // Documents that RxDB's comparator calls equal stay as they were first written, whichever index found them.
    const rids = selectRows(table, where, undefined, 0, Infinity).sort((a, b) => a - b)
    const found = where.exact ? table.readByRows(rids, false) : walk(table, query, rids, 0, Infinity)
    return found.sort(getSortComparator(table.schema, query)).slice(skip, skip + limit)
  })
}

export function countQuery(table: DocumentTable, prepared: PreparedQuery<StoredDocument>): number {
  const { query } = prepared
  const { skip, limit } = readBounds(query)
  if (limit === 0) return 0
  const where = translate(table, query)
  const total = table.file.read(() => {
    if (!where.exact) return walk(table, query, selectRows(table, where, undefined, 0, Infinity), 0, Infinity).length
    const sql = `SELECT count(*) FROM ${table.layout.table}`
    // Counting live rows through the whole table would read every document: count all, take off the tombstones.
    if (where.sql === 'deleted = 0')
      return Number(table.file.prepare(`SELECT (${sql}) - (${sql} WHERE deleted = 1)`, 'pluck').get())
    return Number(table.file.prepare(`${sql} WHERE ${where.sql}`, 'pluck').get(...where.params))
  })
  return Math.max(0, Math.min(total - skip, limit))
}

function readBounds(query: Query): { readonly skip: number; readonly limit: number } {
  return { skip: query.skip ?? 0, limit: typeof query.limit === 'number' ? query.limit : Infinity }
}

function translate(table: DocumentTable, query: Query): SqlCondition {
  return translateSelector(query.selector, { columnsByPath: table.layout.columnsByPath, loose: table.isLoose() })
}

/** ORDER BY terms, or undefined where a path has no trustworthy column. Missing sorts first both here and in SQLite. */
function translateSort(table: DocumentTable, query: Query): string | undefined {
  if (table.isLoose()) return undefined
  const terms: string[] = []
  for (const part of query.sort) {
    const [path, direction] = Object.entries(part)[0] ?? []
    const column = path === undefined ? undefined : table.layout.columnsByPath.get(path)
    if (!column) return undefined
    terms.push(`${column.sql} ${direction === 'desc' ? 'DESC' : 'ASC'}`)
    // Ids are unique: nothing after them can matter.
    if (column.sql === 'id') break
  }
  return terms.join(', ')
}

function selectRows(
  table: DocumentTable,
  where: SqlCondition,
  order: string | undefined,
  skip: number,
  limit: number,
): number[] {
  const bounded = skip > 0 || limit !== Infinity
  const sql = `SELECT rid FROM ${table.layout.table} WHERE ${where.sql}${order ? ` ORDER BY ${order}` : ''}${bounded ? ' LIMIT ? OFFSET ?' : ''}`
  const params = bounded ? [...where.params, limit === Infinity ? -1 : limit, skip] : where.params
  return table.file.prepare(sql, 'pluck').all(...params) as number[]
}

/** Reads candidates one by one, so that a limit ends the reading early and a scan does not empty the cache. */
function walk(
  table: DocumentTable,
  query: Query,
  rids: readonly number[],
  skip: number,
  limit: number,
): StoredDocument[] {
  const matches = getQueryMatcher(table.schema, query)
  const found: StoredDocument[] = []
  let passed = 0
  for (const rid of rids) {
    const document = table.readRow(rid, false)
    if (!document || !matches(document)) continue
    if (passed++ < skip) continue
    found.push(document)
    if (found.length >= limit) break
  }
  return found
}
