/**
 * How a collection's documents lie in SQLite: one table per database, collection and schema version, with a real column for
 * every path that the schema indexes. A value that does not have its path's declared kind makes the whole table `loose`:
 * then key columns decide nothing any more and every query is checked against the documents.
 */
import type { RxDocumentData, RxJsonSchema } from 'rxdb'
import { getPrimaryFieldOfPrimaryKey, getSchemaByObjectPath } from 'rxdb'
import { encodeTextKey } from './key-encoding.ts'
import { quoteName } from './quoting.ts'

/** Any stored document; its own fields are read by path. */
export type StoredDocument = RxDocumentData<{ readonly [field: string]: unknown }>
export type StoredSchema = RxJsonSchema<StoredDocument>

export type ColumnKind = 'text' | 'number' | 'boolean'

export interface KeyColumn {
  readonly path: string
  /** Its path, or its path made distinct from another one that SQLite cannot tell from it. */
  readonly label: string
  /** Quoted, ready for SQL. */
  readonly sql: string
  readonly kind: ColumnKind
}

export interface TableLayout {
  readonly name: string
  readonly table: string
  readonly primaryPath: string
  /** Every path that SQL can compare exactly, `id`, `deleted` and `lwt` included. */
  readonly columnsByPath: ReadonlyMap<string, KeyColumn>
  /** The columns made from the schema's indexes, in the order in which bindKeys gives their values. */
  readonly keyColumns: readonly KeyColumn[]
  /** Index columns by path, without the ones that the table serves otherwise. */
  readonly indexes: readonly (readonly string[])[]
}

export function describeTable(databaseName: string, collectionName: string, schema: StoredSchema): TableLayout {
  const primaryPath: string = getPrimaryFieldOfPrimaryKey(schema.primaryKey)
  const columnsByPath = new Map<string, KeyColumn>([
    [primaryPath, { path: primaryPath, label: primaryPath, sql: 'id', kind: 'text' }],
    ['_deleted', { path: '_deleted', label: '_deleted', sql: 'deleted', kind: 'boolean' }],
    ['_meta.lwt', { path: '_meta.lwt', label: '_meta.lwt', sql: 'lwt', kind: 'number' }],
  ])
  const indexedPaths = [...new Set((schema.indexes ?? []).flat().map(String))]
  const indexes: string[][] = []
  const keyColumns: KeyColumn[] = []
  for (const entry of schema.indexes ?? []) {
    const paths = typeof entry === 'string' ? [entry] : entry.map(String)
    for (const path of paths) {
      if (columnsByPath.has(path)) continue
      const kind = readKind(schema, path)
      if (kind === undefined) continue
      const label = labelOf(path, indexedPaths)
      const column = { path, label, sql: quoteName(`k_${label}`), kind }
      columnsByPath.set(path, column)
      keyColumns.push(column)
    }
    const usable = paths.every(path => columnsByPath.has(path))
    if (!usable || !paths.some(path => keyColumns.some(column => column.path === path))) continue
    indexes.push(paths)
  }
  const name = nameTable(databaseName, collectionName, schema.version)
  return { name, table: quoteName(name), primaryPath, columnsByPath, keyColumns, indexes }
}

/** One name for each table of a file, whatever letters are in the names: SQLite knows no difference of case. */
export function nameTable(databaseName: string, collectionName: string, version: number): string {
  return `${encodeName(databaseName)}/${encodeName(collectionName)}/${version}`
}

/** Names that begin with `sqlite_` are SQLite's own; lone surrogates would all become the same character. */
const UNFIT = /[A-Z%/\p{Cc}\p{Surrogate}]|^s(?=qlite_)/gu

function encodeName(name: string): string {
  return name.replace(UNFIT, char => `%${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

export function decodeName(encoded: string): string {
  return encoded.replace(/%([0-9a-f]{4})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}

/** Depends only on which paths differ by case alone, so that a column keeps its name while other indexes come and go. */
function labelOf(path: string, paths: readonly string[]): string {
  const folded = path.toLowerCase()
  if (!paths.some(other => other !== path && other.toLowerCase() === folded)) return path
  return `${path}~${Buffer.from(path).toString('hex')}`
}

/** The path and label of a key column by its name in the table; undefined for every other column. */
export function readColumnLabel(columnName: string): Pick<KeyColumn, 'path' | 'label'> | undefined {
  if (!columnName.startsWith('k_')) return undefined
  const label = columnName.slice(2)
  return { label, path: label.replace(/~(?:[0-9a-f]{2})+$/, '') }
}

function readKind(schema: StoredSchema, path: string): ColumnKind | undefined {
  const part = getSchemaByObjectPath(schema, path) as { readonly type?: unknown } | undefined
  switch (part?.type) {
    case 'string':
      return 'text'
    case 'number':
    case 'integer':
      return 'number'
    case 'boolean':
      return 'boolean'
    default:
      return undefined
  }
}

const COLUMN_TYPES: { readonly [kind in ColumnKind]: string } = { text: 'TEXT', number: 'REAL', boolean: 'INTEGER' }

/**
 * `seq` orders every write of the table and never repeats, whatever the clock says. The document comes last, so that the
 * columns before it are found without reading its overflow pages.
 */
export function writeTableSql(layout: TableLayout): string {
  const columns = layout.keyColumns.map(column => `${writeColumnSql(column)}, `).join('')
  return `CREATE TABLE IF NOT EXISTS ${layout.table} (rid INTEGER PRIMARY KEY, id TEXT NOT NULL, rev TEXT NOT NULL,
    deleted INTEGER NOT NULL, lwt REAL NOT NULL, seq INTEGER NOT NULL, ${columns}doc TEXT NOT NULL)`
}

export function writeColumnSql(column: KeyColumn): string {
  return `${column.sql} ${COLUMN_TYPES[column.kind]}`
}

export function writeIndexesSql(layout: TableLayout): readonly string[] {
  const { table } = layout
  const indexName = (part: string) => quoteName(`${layout.name}|${part}`)
  return [
    `CREATE UNIQUE INDEX IF NOT EXISTS ${indexName('id')} ON ${table} (id)`,
    `CREATE UNIQUE INDEX IF NOT EXISTS ${indexName('seq')} ON ${table} (seq)`,
    `CREATE INDEX IF NOT EXISTS ${indexName('tombstones')} ON ${table} (lwt) WHERE deleted = 1`,
    ...layout.indexes.map(paths => {
      const columns = paths.map(path => layout.columnsByPath.get(path)?.sql).join(', ')
      return `CREATE INDEX IF NOT EXISTS ${quoteName(schemaIndexName(layout, paths))} ON ${table} (${columns})`
    }),
  ]
}

export function schemaIndexName(layout: TableLayout, paths: readonly string[]): string {
  return `${layout.name}|${paths.map(path => layout.columnsByPath.get(path)?.label ?? path).join(',')}`
}

/** What a key column holds for a document; LOOSE where the value is not of the column's kind. */
export const LOOSE = Symbol('loose')
export type KeyValue = string | number | null | typeof LOOSE

export function readKey(document: StoredDocument, column: KeyColumn): KeyValue {
  return encodeKey(readPath(document, column.path), column.kind)
}

export function encodeKey(value: unknown, kind: ColumnKind): KeyValue {
  if (value === undefined) return null
  if (kind === 'text') return typeof value === 'string' ? encodeTextKey(value) : LOOSE
  if (kind === 'number') return typeof value === 'number' && Number.isFinite(value) ? value : LOOSE
  return typeof value === 'boolean' ? Number(value) : LOOSE
}

/** An array on the way would mean "any of its elements", which no column can hold: it reads as LOOSE does. */
function readPath(document: StoredDocument, path: string): unknown {
  if (!path.includes('.')) return document[path]
  let value: unknown = document
  for (const segment of path.split('.')) {
    if (Array.isArray(value)) return null
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as { readonly [key: string]: unknown })[segment]
  }
  return value
}
