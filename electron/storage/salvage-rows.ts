/**
 * Lists the rows of a table or an index in the order of a key, over damaged pages: where a page cannot be read, it looks
 * for the next key behind it that can. Rows whose page is whole and whose overflow pages are not are skipped one by one.
 */
import type Database from 'better-sqlite3-multiple-ciphers'
import { readSqliteCode } from './storage-error.ts'

export type Row = readonly unknown[]

export interface RowList {
  /** As SQL. */
  readonly columns: readonly string[]
  /** A table, perhaps with an index to read it by. */
  readonly from: string
  /** Which of the columns it goes by: numbers, or texts with `hops`. */
  readonly key: number
  onRows(rows: readonly Row[]): void
  /** Keys that may exist, in order. Between texts nothing can be counted off. */
  readonly hops?: readonly string[]
}

type Key = number | string
type Probe = (from: Key) => boolean

const BATCH = 500
const LAST = Number.MAX_SAFE_INTEGER

/** True when nothing was skipped. */
export function listRows(source: Database.Database, list: RowList): boolean {
  const { from, hops } = list
  const key = list.columns[list.key] ?? ''
  // A search for what is greater than a number begins at the number itself, perhaps on the page that cannot be read.
  const [comparison, first, next] = hops === undefined ? ['>=', -LAST, addOne] : ['>', '', same]
  const prepare = (columns: string, limit: number) =>
    source
      .prepare<[Key], unknown[]>(
        `SELECT ${columns} FROM ${from} WHERE ${key} ${comparison} ? ORDER BY ${key} LIMIT ${limit}`,
      )
      .raw()
  const columns = list.columns.join(', ')
  const [many, single, keyOnly] = [prepare(columns, BATCH), prepare(columns, 1), prepare(key, 1)]
  const probe: Probe = at => attempt(() => keyOnly.all(at)) !== undefined
  let at: Key = first
  let careful = 0
  let whole = true
  for (;;) {
    const rows = attempt(() => (careful > 0 ? single : many).all(at))
    if (rows !== undefined) {
      const end = rows.at(-1)
      if (end === undefined) return whole
      list.onRows(rows)
      at = next(end[list.key] as Key)
      careful = Math.max(0, careful - 1)
      continue
    }
    if (careful === 0) {
      // Somewhere in these: one by one past it.
      careful = BATCH
      continue
    }
    whole = false
    careful = BATCH
    // The row may be there, and only the pages that it goes on in are not.
    const broken = attempt(() => keyOnly.all(at))
    if (broken !== undefined && broken[0] === undefined) return whole
    const known = broken?.[0]?.[0] as Key | undefined
    const start: Key | undefined =
      known === undefined
        ? hops === undefined
          ? findNumber(probe, at as number)
          : findText(probe, at as string, hops)
        : next(known)
    if (start === undefined) return false
    at = start
  }
}

const same = (key: Key): Key => key
const addOne = (key: Key): Key => Number(key) + 1

/** The smallest number from which can be read again, where it cannot from `at`; undefined when nothing is behind it. */
function findNumber(probe: Probe, at: number): number | undefined {
  let low = at
  for (let step = 1; ; step *= 2) {
    let high = Math.max(low, -1) + step
    if (high >= LAST) return undefined
    if (!probe(high)) {
      low = high
      continue
    }
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2)
      if (probe(middle)) high = middle
      else low = middle
    }
    return high
  }
}

function findText(probe: Probe, last: string, hops: readonly string[]): string | undefined {
  return hops.find(hop => hop > last && probe(hop))
}

/** Undefined where SQLite cannot read. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (thrown) {
    if (readSqliteCode(thrown) === undefined) throw thrown
    return undefined
  }
}
