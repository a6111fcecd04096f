/**
 * How many documents of a table there are for each value of a few key columns, kept by SQLite's own triggers: exact within
 * every transaction, whoever writes, and read without counting. Deleted documents are not in it.
 */
import { quoteName } from './quoting.ts'
import type { SqliteFile } from './sqlite-file.ts'
import type { TableLayout } from './table-layout.ts'

export interface Tally {
  /** Every path it counts by, `_deleted` included. */
  readonly paths: ReadonlySet<string>
  /** `condition` is on the counted columns alone, as SQL. */
  count(condition: string): number
}

/**
 * Makes the tally when it does not exist, from the documents that are there.
 *
 * @throws RangeError when the schema has no index on one of `paths`
 */
export function openTally(file: SqliteFile, layout: TableLayout, paths: readonly string[]): Tally {
  const columns = paths.map(path => {
    const column = layout.keyColumns.find(each => each.path === path)
    if (!column) throw new RangeError(`${path} has no index in the schema of ${layout.name}`)
    return column.sql
  })
  const name = tallyName(layout, paths)
  const table = quoteName(name)
  const names = columns.join(', ')
  // A missing value has a place of its own, which equals no text and no number.
  const keys = (row: string) => columns.map(column => `coalesce(${row}${column}, x'')`).join(', ')
  const add = `INSERT INTO ${table} VALUES (${keys('NEW.')}, 1) ON CONFLICT DO UPDATE SET n = n + 1`
  const take = `UPDATE ${table} SET n = n - 1 WHERE (${names}) = (${keys('OLD.')})`
  const moves = `(OLD.deleted, ${keys('OLD.')}) != (NEW.deleted, ${keys('NEW.')})`
  const trigger = (when: string, condition: string, body: string) =>
    `CREATE TRIGGER ${quoteName(`${name}|${when} ${condition}`)} AFTER ${when} ON ${layout.table}
       WHEN ${condition} BEGIN ${body}; END`
  const change = `UPDATE OF deleted, ${names}`

  const existing = file.prepare('SELECT 1 FROM sqlite_master WHERE name = ?', 'pluck')
  if (existing.get(name) === undefined)
    file.write(() => {
      file.database.exec(`CREATE TABLE ${table} (${names}, n INTEGER NOT NULL, PRIMARY KEY (${names})) WITHOUT ROWID`)
      file.database.exec(
        `INSERT INTO ${table} SELECT ${keys('')}, count(*) FROM ${layout.table} WHERE deleted = 0 GROUP BY ${keys('')}`,
      )
      file.database.exec(trigger('INSERT', 'NEW.deleted = 0', add))
      file.database.exec(trigger('DELETE', 'OLD.deleted = 0', take))
      file.database.exec(trigger(change, `OLD.deleted = 0 AND ${moves}`, take))
      file.database.exec(trigger(change, `NEW.deleted = 0 AND ${moves}`, add))
    })

  return {
    paths: new Set(['_deleted', ...paths]),
    count: condition =>
      Number(file.prepare(`SELECT coalesce(sum(n), 0) FROM ${table} WHERE ${condition}`, 'pluck').get()),
  }
}

/** Its triggers go with the table that they watch. */
export function dropTallySql(layout: TableLayout, paths: readonly string[]): string {
  return `DROP TABLE IF EXISTS ${quoteName(tallyName(layout, paths))}`
}

function tallyName(layout: TableLayout, paths: readonly string[]): string {
  return `${layout.name}|tally|${paths.join(',')}`
}
