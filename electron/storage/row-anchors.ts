/**
 * Finds rows by number in an ordered run of a view without walking over all rows before them: it remembers the key of every
 * thousandth row and how many rows lie between two such keys. Keys stay where they are when rows come and go, so a write
 * changes one count and nothing else. It never decides what a view is or what its order means.
 */
import type { DocumentTable, WrittenRow } from './document-table.ts'
import type { Bindable } from './sqlite-file.ts'
import type { StoredDocument } from './table-layout.ts'

/** Rows of one view in one order of unique keys: all that have the sort's value, or all that lack it. */
export interface Run {
  /** Equal for equal runs. */
  readonly name: string
  /** Table with its index, for FROM. */
  readonly from: string
  readonly where: string
  /** Columns of the key, as SQL; together unique. */
  readonly key: readonly string[]
  readonly direction: 'ASC' | 'DESC'
  /** A document's key, or undefined where it is not in the run; not asked of documents that are deleted. */
  keyOf(document: StoredDocument): readonly Bindable[] | undefined
}

export interface RowAnchors {
  /** Row ids of rows `from` to `to` of the run; fewer where it ends. */
  page(run: Run, from: number, to: number): number[]
  /** How many rows of the run come before `key`. */
  countBefore(run: Run, key: readonly Bindable[]): number
}

interface Anchors {
  readonly run: Run
  /** Ascending in the run's order; bucket i ends with key i, which need not exist any more. */
  readonly keys: (readonly Bindable[])[]
  readonly counts: number[]
}

/** A condition that follows others. */
interface Stretch {
  readonly sql: string
  readonly values: readonly Bindable[]
}

const ALL: Stretch = { sql: '', values: [] }
const STEP = 1000
const REMEMBERED_RUNS = 16
/** With more changes than this since the last page it is cheaper to begin anew. */
const MOST_CHANGES = 500

export function createRowAnchors(table: DocumentTable): RowAnchors {
  const { file } = table
  const anchorsByRun = new Map<string, Anchors>()
  let changes: WrittenRow[] = []
  let version = table.version()
  table.onWritten(rows => {
    version++
    if (changes.length + rows.length > MOST_CHANGES) forget()
    else if (anchorsByRun.size > 0) changes.push(...rows)
  })

  function forget(): void {
    anchorsByRun.clear()
    changes = []
  }

  /** Brings every count up to date with what was written since; forgets all where that is not known. */
  function catchUp(): void {
    const now = table.version()
    if (now !== version || changes.some(change => change.previous === undefined)) forget()
    version = now
    for (const anchors of anchorsByRun.values())
      for (const { document, previous } of changes) {
        add(anchors, previous ?? undefined, -1)
        add(anchors, document, 1)
      }
    changes = []
  }

  function add(anchors: Anchors, document: StoredDocument | undefined, by: number): void {
    if (document === undefined || document._deleted) return
    const key = anchors.run.keyOf(document)
    if (key === undefined) return
    const bucket = findBucket(anchors, key)
    // Beyond the last key nothing is counted yet.
    if (bucket < anchors.counts.length) anchors.counts[bucket] = (anchors.counts[bucket] ?? 0) + by
  }

  /** The first bucket whose last key is not before `key`. SQLite compares: its order of texts is not JavaScript's. */
  function findBucket({ run, keys }: Anchors, key: readonly Bindable[]): number {
    const marks = `(${run.key.map(() => '?').join(', ')})`
    const isBefore = file.prepare(`SELECT ${marks} ${run.direction === 'ASC' ? '<' : '>'} ${marks}`, 'pluck')
    let low = 0
    let high = keys.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (isBefore.get(...(keys[middle] ?? []), ...key) === 1) low = middle + 1
      else high = middle
    }
    return low
  }

  function anchorsOf(run: Run): Anchors {
    const anchors = anchorsByRun.get(run.name) ?? { run, keys: [], counts: [] }
    anchorsByRun.delete(run.name)
    anchorsByRun.set(run.name, anchors)
    const oldest = anchorsByRun.keys().next()
    if (anchorsByRun.size > REMEMBERED_RUNS && !oldest.done) anchorsByRun.delete(oldest.value)
    return anchors
  }

  /**
   * What lies beyond `after`, or before `before`, in parts of which each is one stretch of the index: for a key of two
   * columns SQLite would compare row by row from the start where the first is an expression.
   */
  function stretches(run: Run, after: readonly Bindable[] | undefined, before?: readonly Bindable[]): Stretch[] {
    const [beyond, short] = run.direction === 'ASC' ? ['>', '<'] : ['<', '>']
    const [first = '', last = ''] = [run.key[0], run.key.at(-1)]
    const edge = (column: string, sign: string, key: readonly Bindable[] | undefined, at: number): Stretch =>
      key === undefined ? ALL : { sql: ` AND ${column} ${sign} ?`, values: [key.at(at) ?? null] }
    const inside = join(edge(last, beyond, after, -1), edge(last, short, before, -1))
    if (run.key.length === 1) return [inside]
    const tied = (key: readonly Bindable[], ...others: Stretch[]) => join(edge(first, '=', key, 0), ...others)
    if (after !== undefined && before !== undefined && after[0] === before[0]) return [tied(after, inside)]
    return [
      ...(after === undefined ? [] : [tied(after, edge(last, beyond, after, -1))]),
      join(edge(first, beyond, after, 0), edge(first, short, before, 0)),
      ...(before === undefined ? [] : [tied(before, edge(last, short, before, -1))]),
    ]
  }

  function select(run: Run, columns: string, after: readonly Bindable[] | undefined, limit: number, offset: number) {
    const order = run.key.map(column => `${column} ${run.direction}`).join(', ')
    const rows: unknown[] = []
    let skip = offset
    for (const { sql, values } of stretches(run, after)) {
      const stretch = `FROM ${run.from} WHERE ${run.where}${sql} ORDER BY ${order} LIMIT ? OFFSET ?`
      const statement = file.prepare(`SELECT ${columns} ${stretch}`, columns === 'rid' ? 'pluck' : 'raw')
      const found = statement.all(...values, limit - rows.length, skip)
      rows.push(...found)
      if (rows.length === limit) break
      // It ended within what was to be skipped, or has given all it had.
      skip = found.length > 0 ? 0 : skip - countUpTo(stretch, values, skip)
    }
    return rows
  }

  function countUpTo(stretch: string, values: readonly Bindable[], most: number): number {
    if (most === 0) return 0
    return Number(file.prepare(`SELECT count(*) FROM (SELECT 1 ${stretch})`, 'pluck').get(...values, most, 0))
  }

  /** Walks another thousand rows; false where fewer are left or a key cannot be remembered. */
  function extend({ run, keys, counts }: Anchors): boolean {
    const next = select(run, run.key.join(', '), keys.at(-1), 1, STEP - 1)[0] as Bindable[] | undefined
    if (next === undefined || !next.every(isExact)) return false
    keys.push(next)
    counts.push(STEP)
    return true
  }

  return {
    page(run, from, to) {
      catchUp()
      const anchors = anchorsOf(run)
      const { keys, counts } = anchors
      let bucket = 0
      let before = 0
      for (;;) {
        const count = counts[bucket]
        if (count === undefined) {
          if (from - before < STEP || !extend(anchors)) break
        } else {
          if (before + count > from) break
          before += count
          bucket++
        }
      }
      return select(run, 'rid', keys[bucket - 1], to - from, from - before) as number[]
    },
    countBefore(run, key) {
      catchUp()
      const anchors = anchorsOf(run)
      const { keys, counts } = anchors
      let bucket = findBucket(anchors, key)
      while (bucket === keys.length && extend(anchors)) bucket = findBucket(anchors, key)
      const after = keys[bucket - 1]
      let rest = 0
      for (const { sql, values } of stretches(run, after, key)) {
        const count = file.prepare(`SELECT count(*) FROM ${run.from} WHERE ${run.where}${sql}`, 'pluck')
        rest += Number(count.get(...values))
      }
      return counts.slice(0, bucket).reduce((sum, each) => sum + each, rest)
    },
  }
}

function join(...parts: readonly Stretch[]): Stretch {
  return { sql: parts.map(({ sql }) => sql).join(''), values: parts.flatMap(({ values }) => values) }
}

/** An integer that JavaScript cannot hold exactly would come back to SQLite as another one. */
function isExact(value: Bindable): boolean {
  return typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value)
}
