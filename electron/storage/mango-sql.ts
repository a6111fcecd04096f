/**
 * Translates a mango selector to SQL that is true for at least every document RxDB's own matcher accepts (a superset), and
 * says whether it is true for exactly those. It must never be narrower: what it cannot say becomes TRUE, not exact.
 */
import type { Bindable } from './sqlite-file.ts'
import { toJsonPath } from './quoting.ts'
import type { KeyColumn, KeyValue } from './table-layout.ts'
import { encodeKey, LOOSE } from './table-layout.ts'

export interface SqlCondition {
  readonly sql: string
  readonly params: readonly Bindable[]
  readonly exact: boolean
  /** Comparisons in `sql`; one where it is not given. */
  readonly terms?: number
}

export interface Columns {
  readonly columnsByPath: ReadonlyMap<string, KeyColumn>
  /** True when key columns cannot be trusted (see table-layout). */
  readonly loose: boolean
}

const ANYTHING: SqlCondition = { sql: '1', params: [], exact: false }
const ALL: SqlCondition = { sql: '1', params: [], exact: true }
const NONE: SqlCondition = { sql: '0', params: [], exact: true }
/** Longer lists of numbers are decided by the matcher; texts travel as one JSON parameter. */
const LONGEST_LIST = 200
/** SQLite refuses an expression that is nested deeper than 1,000, and a chain of ANDs is as deep as it is long. */
const MOST_TERMS = 500
const LONE_SURROGATE = /\p{Surrogate}/u

export function translateSelector(selector: unknown, columns: Columns): SqlCondition {
  if (!isPlainObject(selector)) return ANYTHING
  return joinAnd(
    Object.entries(selector).map(([key, value]) => {
      if (key === '$and' || key === '$or' || key === '$nor') return translateList(key, value, columns)
      if (key.startsWith('$')) return ANYTHING
      return translateField(key, value, columns)
    }),
  )
}

function translateList(key: '$and' | '$or' | '$nor', value: unknown, columns: Columns): SqlCondition {
  if (!Array.isArray(value) || value.length === 0) return ANYTHING
  const parts = value.map(part => translateSelector(part, columns))
  if (key === '$and') return joinAnd(parts)
  const either = joinOr(parts)
  return key === '$or' ? either : negate(either)
}

function translateField(path: string, matcher: unknown, columns: Columns): SqlCondition {
  const column = columns.loose && path !== '_deleted' ? undefined : columns.columnsByPath.get(path)
  const operators =
    isPlainObject(matcher) && Object.keys(matcher).some(key => key.startsWith('$')) ? matcher : { $eq: matcher }
  // $options belongs to $regex; anything else without a dollar sign makes the matcher throw, which is its business.
  return joinAnd(
    Object.entries(operators).map(([operator, operand]) =>
      column === undefined
        ? translateJson(path, operator, operand)
        : translateColumn(column, path, operator, operand, columns),
    ),
  )
}

function translateColumn(
  column: KeyColumn,
  path: string,
  operator: string,
  operand: unknown,
  columns: Columns,
): SqlCondition {
  switch (operator) {
    case '$eq':
      return equals(column, operand)
    case '$ne':
      return negate(equals(column, operand))
    case '$gt':
      return compares(column, '>', operand)
    case '$gte':
      return compares(column, '>=', operand)
    case '$lt':
      return compares(column, '<', operand)
    case '$lte':
      return compares(column, '<=', operand)
    case '$in':
      return isOneOf(column, operand)
    case '$nin':
      return negate(isOneOf(column, operand))
    case '$exists':
      return { sql: `${column.sql} IS ${operand ? 'NOT ' : ''}NULL`, params: [], exact: true }
    case '$not':
      return isPlainObject(operand) ? negate(translateField(path, operand, columns)) : ANYTHING
    default:
      return ANYTHING
  }
}

/** A column holds its own kind or nothing (missing), so a value of another kind equals nothing. */
function equals(column: KeyColumn, operand: unknown): SqlCondition {
  if (operand === null || operand === undefined) return { sql: `${column.sql} IS NULL`, params: [], exact: true }
  if (typeof operand === 'number' && !Number.isFinite(operand)) return column.kind === 'number' ? ANYTHING : NONE
  if (operand instanceof RegExp) return ANYTHING
  const key = encodeKey(operand, column.kind)
  return key === LOOSE || key === null ? NONE : compare(column, '=', key)
}

function compares(column: KeyColumn, sign: string, operand: unknown): SqlCondition {
  if (operand === undefined || (typeof operand === 'number' && !Number.isFinite(operand))) return ANYTHING
  const key = encodeKey(operand, column.kind)
  return key === LOOSE || key === null ? NONE : compare(column, sign, key)
}

/** Booleans as literals, so that partial indexes on them apply. */
function compare(column: KeyColumn, sign: string, key: Exclude<KeyValue, symbol>): SqlCondition {
  if (column.kind === 'boolean') return { sql: `${column.sql} ${sign} ${key}`, params: [], exact: true }
  return { sql: `${column.sql} ${sign} ?`, params: [key], exact: true }
}

function isOneOf(column: KeyColumn, operand: unknown): SqlCondition {
  if (!Array.isArray(operand) || (operand.length > LONGEST_LIST && column.kind !== 'text')) return ANYTHING
  const keys: Bindable[] = []
  let withMissing = false
  for (const value of operand as readonly unknown[]) {
    if (value instanceof RegExp || value === undefined || (typeof value === 'number' && !Number.isFinite(value)))
      return ANYTHING
    if (value === null) withMissing = true
    else {
      const key = encodeKey(value, column.kind)
      if (key !== LOOSE && key !== null) keys.push(key)
    }
  }
  const listed: SqlCondition = keys.length === 0 ? NONE : { ...listKeys(column, keys), exact: true }
  return withMissing ? joinOr([listed, { sql: `${column.sql} IS NULL`, params: [], exact: true }]) : listed
}

/** Numbers stay parameters: as JSON text they could be read one bit apart. */
function listKeys(column: KeyColumn, keys: readonly Bindable[]): Omit<SqlCondition, 'exact'> {
  if (column.kind === 'text' && keys.length > 8)
    return { sql: `${column.sql} IN (SELECT value FROM json_each(?))`, params: [JSON.stringify(keys)] }
  return { sql: `${column.sql} IN (${keys.map(() => '?').join(', ')})`, params: keys, terms: keys.length }
}

/**
 * Paths without a column are narrowed only where that is certain; arrays anywhere on the path match by their elements, so
 * they always stay in.
 */
function translateJson(path: string, operator: string, operand: unknown): SqlCondition {
  const jsonPath = toJsonPath(path)
  if (jsonPath === undefined || path.startsWith('_')) return ANYTHING
  const value = `json_extract(doc, '${jsonPath.replaceAll("'", "''")}')`
  if (typeof operand === 'string' && !LONE_SURROGATE.test(operand) && operator === '$eq')
    return orArrays(path, { sql: `${value} = ?`, params: [operand], exact: false })
  if (typeof operand !== 'number' || !Number.isFinite(operand)) return ANYTHING
  const sign = { $eq: '=', $gt: '>', $gte: '>=', $lt: '<', $lte: '<=' }[operator]
  if (sign === undefined) return ANYTHING
  return orArrays(path, {
    // SQLite and JavaScript may read a long decimal one bit apart: leave room for it.
    sql: sign === '=' ? `abs(${value} - ?) <= ?` : `${value} ${sign} ?`,
    params:
      sign === '=' ? [operand, slack(operand)] : [operand + (sign.startsWith('<') ? slack(operand) : -slack(operand))],
    exact: false,
  })
}

function slack(value: number): number {
  return Math.abs(value) * 1e-14 + 1e-300
}

function orArrays(path: string, condition: SqlCondition): SqlCondition {
  const segments = path.split('.')
  const arrays = segments.map((_, index) => {
    const part = toJsonPath(segments.slice(0, index + 1).join('.')) ?? '$'
    return `json_type(doc, '${part.replaceAll("'", "''")}') = 'array'`
  })
  // SQLite reads no JSON that is nested deeper than 1,000: such a document stays in. (It is parsed only once for both.)
  const sql = `CASE WHEN json_valid(doc) THEN ${condition.sql} OR ${arrays.join(' OR ')} ELSE 1 END`
  return { ...condition, sql, terms: arrays.length + 2 }
}

function joinAnd(parts: readonly SqlCondition[]): SqlCondition {
  const kept = parts.filter(part => part.sql !== '1')
  const exact = parts.every(part => part.exact)
  const terms = countTerms(kept)
  if (kept.length === 0) return exact ? ALL : ANYTHING
  if (terms > MOST_TERMS) return ANYTHING
  return { sql: kept.map(part => part.sql).join(' AND '), params: kept.flatMap(part => part.params), exact, terms }
}

function joinOr(parts: readonly SqlCondition[]): SqlCondition {
  const exact = parts.every(part => part.exact)
  const terms = countTerms(parts)
  if (parts.some(part => part.sql === '1')) return exact ? ALL : ANYTHING
  if (terms > MOST_TERMS) return ANYTHING
  return {
    sql: `(${parts.map(part => `(${part.sql})`).join(' OR ')})`,
    params: parts.flatMap(part => part.params),
    exact,
    terms,
  }
}

/** The complement of a superset is too narrow, so only an exact condition can be negated. NULL counts as false. */
function negate(condition: SqlCondition): SqlCondition {
  if (!condition.exact) return ANYTHING
  const terms = countTerms([condition]) + 1
  return { sql: `((${condition.sql}) IS NOT TRUE)`, params: condition.params, exact: true, terms }
}

function countTerms(parts: readonly SqlCondition[]): number {
  return parts.reduce((sum, part) => sum + (part.terms ?? 1), 0)
}

function isPlainObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof RegExp)
}
