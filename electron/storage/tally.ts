/**
 * How many documents of a table there are for each value of a few key columns, kept with every write in its own
 * transaction and read without counting. Deleted documents are not in it. A trigger would be simpler, and costs as much
 * as half of an insert (29 µs: SQLite keeps a journal for each statement that has one).
 */
import { quoteName } from './quoting.ts'
import type { Bindable, SqliteFile } from './sqlite-file.ts'
import type { StoredDocument, TableLayout } from './table-layout.ts'
import { LOOSE, readKey } from './table-layout.ts'

export interface Tally {
  /** Every path it counts by, `_deleted` included. */
  readonly paths: ReadonlySet<string>
  /** Inside a write's transaction: forgets what a transaction that was rolled back had noted. */
  begin(): void
  /** One document takes the place of another; undefined where there was or is none. */
  note(before: StoredDocument | undefined, after: StoredDocument | undefined): void
  /** Before the transaction ends; `seq` is the table's last sequence number in it. */
  end(seq: number): void
  /** `condition` is on the counted columns alone, as SQL. */
  count(condition: string): number
}

/** A missing value has a place of its own, which equals no text and no number. */
const MISSING = Buffer.alloc(0)

/**
 * Counts anew when there is no tally yet, or when it does not know of `lastSequence`, the table's: somebody wrote without
 * it (an older version of the app does).
 *
 * @throws RangeError when the schema has no index on one of `paths`
 */
export function openTally(
  file: SqliteFile,
  layout: TableLayout,
  paths: readonly string[],
  lastSequence: () => number,
): Tally {
  const columns = paths.map(path => {
    const column = layout.keyColumns.find(each => each.path === path)
    if (!column) throw new RangeError(`${path} has no index in the schema of ${layout.name}`)
    return column
  })
  const table = quoteName(tallyName(layout, paths))
  const names = columns.map(({ sql }) => sql).join(', ')
  const upsert = `INSERT INTO ${table} (${names}, n, seq) VALUES (${columns.map(() => '?').join(', ')}, ?, ?)
    ON CONFLICT DO UPDATE SET n = n + excluded.n, seq = excluded.seq`

  file.write(() => {
    file.database.exec(
      `CREATE TABLE IF NOT EXISTS ${table} (${names}, n INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (${names})) WITHOUT ROWID`,
    )
    const last = lastSequence()
    if (file.prepare(`SELECT coalesce(max(seq), 0) FROM ${table}`, 'pluck').get() === last) return
    const keys = columns.map(({ sql }) => `coalesce(${sql}, x'')`).join(', ')
    file.database.exec(
      `DELETE FROM ${table};
       INSERT INTO ${table} SELECT ${keys}, count(*), ${last} FROM ${layout.table} WHERE deleted = 0 GROUP BY ${keys}`,
    )
  })

  let changes = new Map<string, { readonly keys: readonly Bindable[]; n: number }>()
  const add = (document: StoredDocument | undefined, n: number) => {
    if (document === undefined || document._deleted) return
    const keys = columns.map(column => {
      const key = readKey(document, column)
      return key === null || key === LOOSE ? MISSING : key
    })
    const name = keys.map(key => (key === MISSING ? '' : `${typeof key} ${String(key)}`)).join('\u0000')
    const change = changes.get(name) ?? { keys, n: 0 }
    change.n += n
    changes.set(name, change)
  }

  return {
    paths: new Set(['_deleted', ...paths]),
    begin() {
      if (changes.size > 0) changes = new Map()
    },
    note(before, after) {
      add(before, -1)
      add(after, 1)
    },
    end(seq) {
      const change = file.prepare(upsert)
      for (const { keys, n } of changes.values()) change.run(...keys, n, seq)
      changes = new Map()
    },
    count: condition =>
      Number(file.prepare(`SELECT coalesce(sum(n), 0) FROM ${table} WHERE ${condition}`, 'pluck').get()),
  }
}

export function dropTallySql(layout: TableLayout, paths: readonly string[]): string {
  return `DROP TABLE IF EXISTS ${quoteName(tallyName(layout, paths))}`
}

function tallyName(layout: TableLayout, paths: readonly string[]): string {
  return `${layout.name}|tally|${paths.join(',')}`
}
