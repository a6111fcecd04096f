/**
 * What a file itself tells of its tables, for work on files whose collections are not open: which tables hold documents,
 * their key columns, and what is derived from them. It reads names and never a document.
 */
import type Database from 'better-sqlite3-multiple-ciphers'
import { quoteName } from './quoting.ts'
import type { ColumnKind, KeyColumn } from './table-layout.ts'
import { decodeName, readColumnLabel } from './table-layout.ts'

export interface StoredTable {
  /** `database/collection/version`, as nameTable makes it. */
  readonly name: string
  readonly collection: string
  /** Quoted. */
  readonly table: string
  readonly keyColumns: readonly KeyColumn[]
  /** Key columns decide nothing in a loose table (see table-layout). */
  readonly loose: boolean
  /** Name of its search index, if it has one. */
  readonly search: string | undefined
  readonly tallies: readonly { readonly name: string; readonly columns: readonly KeyColumn[] }[]
}

const NAME = /^(?:.*?)\/(.*)\/\d+$/s
const KINDS: { readonly [type: string]: ColumnKind } = { TEXT: 'text', REAL: 'number', INTEGER: 'boolean' }

export function listTables(database: Database.Database): readonly StoredTable[] {
  const names = database.prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all()
  if (!names.includes('storage_tables')) return []
  const rows = database
    .prepare<[], { name: string; loose: number }>('SELECT name, loose FROM storage_tables ORDER BY name')
    .all()
  return rows
    .filter(({ name }) => names.includes(name))
    .map(({ name, loose }) => {
      const keyColumns = readColumns(database, name)
      const prefix = `${name}|tally|`
      return {
        name,
        collection: decodeName(NAME.exec(name)?.[1] ?? ''),
        table: quoteName(name),
        keyColumns,
        loose: loose === 1,
        search: names.find(each => each === `${name}/search`),
        tallies: names
          .filter(each => each.startsWith(prefix))
          .map(each => ({
            name: each,
            columns: each
              .slice(prefix.length)
              .split(',')
              .flatMap(path => keyColumns.find(column => column.path === path) ?? []),
          })),
      }
    })
}

/** The key columns of a table of documents. */
export function readColumns(database: Database.Database, name: string): readonly KeyColumn[] {
  const columns = database
    .prepare<[string], { name: string; type: string }>('SELECT name, type FROM pragma_table_info(?)')
    .all(name)
  return columns.flatMap(column => {
    const kind = KINDS[column.type]
    const label = readColumnLabel(column.name)
    if (label === undefined || kind === undefined) return []
    return [{ ...label, sql: quoteName(column.name), kind }]
  })
}
