/**
 * One open table of documents, shared by every storage instance of the same collection and version: reading, writing,
 * sequence, cache, and the order in which changes are told. Synchronous throughout; it never mutates a document.
 */
import { createDocumentCache } from './document-cache.ts'
import type { CacheBounds } from './document-cache.ts'
import { decodeTextKey, encodeTextKey } from './key-encoding.ts'
import { quoteName } from './quoting.ts'
import type { SearchIndex, SearchText } from './search-index.ts'
import { dropSearchIndexSql, openSearchIndex } from './search-index.ts'
import type { Bindable, SqliteFile } from './sqlite-file.ts'
import type { KeyColumn, StoredDocument, StoredSchema, TableLayout } from './table-layout.ts'
import { LOOSE, readColumnLabel, readKey, writeColumnSql, writeIndexesSql, writeTableSql } from './table-layout.ts'
import type { Tally } from './tally.ts'
import { dropTallySql, openTally } from './tally.ts'

export interface DocumentTable {
  readonly file: SqliteFile
  readonly layout: TableLayout
  readonly schema: StoredSchema
  readonly search: SearchIndex | undefined
  readonly tally: Tally | undefined
  /** Key columns cannot be trusted (see table-layout). */
  isLoose(): boolean
  /** Grows with every write of this table, by whomever. */
  version(): number
  /** `{rid, rev}` of the stored rows among `ids`. */
  readRevisions(ids: readonly string[]): Map<string, StoredRevision>
  /** In the order of `ids`; unknown ids are left out. */
  readByIds(ids: readonly string[]): StoredDocument[]
  /** In the order of `rids`. With `keep` false the cache is read but not filled, for scans. */
  readByRows(rids: readonly number[], keep?: boolean): StoredDocument[]
  readRow(rid: number, keep: boolean): StoredDocument | undefined
  rowOf(id: string): number | undefined
  /** Inside file.write: the sequence number to count on from. */
  lastSequence(): number
  /** Inside file.write. */
  insert(document: StoredDocument, seq: number): WrittenRow
  update(rid: number, document: StoredDocument, previous: StoredDocument | undefined, seq: number): WrittenRow
  /** After file.write: what was written becomes visible to the cache and is told. */
  settle(rows: readonly WrittenRow[]): void
  /** Told of every settled write of this connection, once per version; of nothing else that raises the version. */
  onWritten(listener: (rows: readonly WrittenRow[]) => void): void
  changedSince(seq: number, limit: number): { readonly rids: number[]; readonly lastSeq: number }
  /** Removes tombstones last written before `lwt`, at most `limit`; returns how many. */
  purge(lwt: number, limit: number): number
  drop(): void
}

export interface StoredRevision {
  readonly rid: number
  readonly rev: string
}

export interface WrittenRow {
  readonly rid: number
  readonly id: string
  readonly document: StoredDocument
  /** What it replaced: null where there was nothing, undefined where that is not known. */
  readonly previous: StoredDocument | null | undefined
  readonly length: number
}

export interface TableOptions {
  readonly cache: CacheBounds
  readonly readText: SearchText | undefined
  /** Paths to count by. */
  readonly counted: readonly string[] | undefined
}

/** So many rows are read by themselves; more share a statement, at most so many that their texts are soon let go. */
const FEW = 4
const READ_AT_ONCE = 1000

export function openDocumentTable(
  file: SqliteFile,
  layout: TableLayout,
  schema: StoredSchema,
  options: TableOptions,
): DocumentTable {
  const { table, primaryPath, keyColumns } = layout
  const cache = createDocumentCache(options.cache)
  const floors = quoteName('storage_tables')

  const looseSql = `SELECT loose FROM ${floors} WHERE name = ?`
  const listeners: ((rows: readonly WrittenRow[]) => void)[] = []
  let version = 0
  let seenForeign = file.foreignChanges()
  let loose: boolean | undefined

  file.write(() => {
    file.database.exec(
      `CREATE TABLE IF NOT EXISTS ${floors} (name TEXT PRIMARY KEY, seq INTEGER NOT NULL, loose INTEGER NOT NULL)`,
    )
    file.prepare(`INSERT OR IGNORE INTO ${floors} (name, seq, loose) VALUES (?, 0, 0)`).run(layout.name)
    file.database.exec(writeTableSql(layout))
    dropOtherColumns()
    addMissingColumns()
    for (const sql of writeIndexesSql(layout)) file.database.exec(sql)
  })
  const search = options.readText && openSearchIndex(file, layout, options.readText)
  const tally = options.counted && openTally(file, layout, options.counted, lastSequence)

  const names = ['id', 'rev', 'deleted', 'lwt', 'seq', ...keyColumns.map(column => column.sql), 'doc']
  const insertSql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map(() => '?').join(', ')})`
  const updateSql = `UPDATE ${table} SET ${names
    .slice(1)
    .map(name => `${name} = ?`)
    .join(', ')} WHERE rid = ?`
  const listed = '(SELECT value FROM json_each(?))'

  function lastSequence(): number {
    const sql = `SELECT max(coalesce((SELECT max(seq) FROM ${table}), 0), (SELECT seq FROM ${floors} WHERE name = ?))`
    return Number(file.prepare(sql, 'pluck').get(layout.name))
  }

  /** Another connection's writes make everything remembered doubtful. */
  function notice(): void {
    const now = file.foreignChanges()
    if (now === seenForeign) return
    seenForeign = now
    cache.clear()
    loose = undefined
    version++
  }

  function isLoose(): boolean {
    notice()
    loose ??= file.prepare(looseSql, 'pluck').get(layout.name) === 1
    return loose
  }

  function bind(document: StoredDocument, seq: number, json: string): Bindable[] {
    const values: Bindable[] = [document._rev, Number(document._deleted), document._meta.lwt, seq]
    for (const column of keyColumns) values.push(bindKey(document, column))
    values.push(json)
    return values
  }

  /**
   * A schema may lose an index, and gain it again later: what no write keeps up to date must not lie there until then. The
   * indexes go because some of them may be on such a column; the schema's are made again, views' when they are asked for.
   */
  function dropOtherColumns(): void {
    const kept = new Set(keyColumns.map(column => column.sql))
    const names = file.prepare('SELECT name FROM pragma_table_info(?)', 'pluck').all(layout.name) as string[]
    const others = names.filter(name => readColumnLabel(name) !== undefined && !kept.has(quoteName(name)))
    if (others.length === 0) return
    const indexes = file.prepare(
      'SELECT name FROM sqlite_master WHERE tbl_name = ? AND type = ? AND sql NOT NULL',
      'pluck',
    )
    for (const name of indexes.all(layout.name, 'index') as string[])
      file.database.exec(`DROP INDEX ${quoteName(name)}`)
    for (const name of others) file.database.exec(`ALTER TABLE ${table} DROP COLUMN ${quoteName(name)}`)
  }

  /** A schema may gain an index without a new version: its columns are filled from the documents that are there. */
  function addMissingColumns(): void {
    const names = file.prepare('SELECT name FROM pragma_table_info(?)', 'pluck').all(layout.name) as string[]
    const present = new Set(names.map(quoteName))
    const missing = keyColumns.filter(column => !present.has(column.sql))
    if (missing.length === 0) return
    for (const column of missing) file.database.exec(`ALTER TABLE ${table} ADD COLUMN ${writeColumnSql(column)}`)
    const read = file.prepare(`SELECT doc FROM ${table} WHERE rid = ?`, 'pluck')
    const fill = file.prepare(
      `UPDATE ${table} SET ${missing.map(column => `${column.sql} = ?`).join(', ')} WHERE rid = ?`,
    )
    for (const rid of file.prepare(`SELECT rid FROM ${table}`, 'pluck').all() as number[]) {
      const document = JSON.parse(String(read.get(rid))) as StoredDocument
      fill.run(...missing.map(column => bindKey(document, column)), rid)
    }
  }

  function bindKey(document: StoredDocument, column: KeyColumn): Bindable {
    const key = readKey(document, column)
    if (key !== LOOSE) return key
    if (!isLoose()) file.prepare(`UPDATE ${floors} SET loose = 1 WHERE name = ?`).run(layout.name)
    // Read again when it is next needed: this transaction may still be rolled back.
    loose = undefined
    return null
  }

  function idOf(document: StoredDocument): string {
    return document[primaryPath] as string
  }

  function readRow(rid: number, keep: boolean): StoredDocument | undefined {
    const known = cache.byRow(rid)
    if (known) return known
    const json = file.prepare(`SELECT doc FROM ${table} WHERE rid = ?`, 'pluck').get(rid)
    if (typeof json !== 'string') return undefined
    const document = JSON.parse(json) as StoredDocument
    if (keep) cache.put(rid, idOf(document), document, json.length)
    return document
  }

  /** Many rows by one statement: a third quicker than one by one. */
  function readRows(rids: readonly number[], keep: boolean): Map<number, StoredDocument> {
    const sql = `SELECT t.rid, t.doc FROM json_each(?) AS wanted CROSS JOIN ${table} AS t ON t.rid = wanted.value`
    return parseRows(file.prepare(sql, 'raw').all(JSON.stringify(rids)) as [number, string][], keep)
  }

  function parseRows(rows: readonly (readonly [rid: number, json: string])[], keep: boolean) {
    const documentsByRow = new Map<number, StoredDocument>()
    for (const [rid, json] of rows) {
      const document = JSON.parse(json) as StoredDocument
      documentsByRow.set(rid, document)
      if (keep) cache.put(rid, idOf(document), document, json.length)
    }
    return documentsByRow
  }

  function readByRows(rids: readonly number[], keep = true): StoredDocument[] {
    notice()
    const documents: StoredDocument[] = []
    for (let from = 0; from < rids.length; from += READ_AT_ONCE) {
      const part = rids.slice(from, from + READ_AT_ONCE)
      const known = part.map(rid => cache.byRow(rid))
      const unknown = part.filter((_, index) => known[index] === undefined)
      const read = unknown.length > FEW ? readRows(unknown, keep) : undefined
      for (const [index, rid] of part.entries()) {
        const document = known[index] ?? (read ? read.get(rid) : readRow(rid, keep))
        if (document) documents.push(document)
      }
    }
    return documents
  }

  function lookUp(id: string): number | undefined {
    const rid = cache.rowOf(id) ?? file.prepare(`SELECT rid FROM ${table} WHERE id = ?`, 'pluck').get(encodeTextKey(id))
    return typeof rid === 'number' ? rid : undefined
  }

  function readByIds(ids: readonly string[]): StoredDocument[] {
    notice()
    const documentsById = new Map<string, StoredDocument>()
    const unknown: string[] = []
    for (const id of ids) {
      const rid = cache.rowOf(id)
      const document = rid === undefined ? undefined : cache.byRow(rid)
      if (document) documentsById.set(id, document)
      else unknown.push(id)
    }
    if (unknown.length <= FEW)
      for (const id of unknown) {
        const rid = lookUp(id)
        const document = rid === undefined ? undefined : readRow(rid, true)
        if (document) documentsById.set(id, document)
      }
    const sql = `SELECT t.rid, t.doc FROM json_each(?) AS wanted CROSS JOIN ${table} AS t ON t.id = wanted.value`
    for (let from = 0; unknown.length > FEW && from < unknown.length; from += READ_AT_ONCE) {
      const keys = unknown.slice(from, from + READ_AT_ONCE).map(encodeTextKey)
      const rows = file.prepare(sql, 'raw').all(JSON.stringify(keys)) as [number, string][]
      for (const document of parseRows(rows, true).values()) documentsById.set(idOf(document), document)
    }
    const documents: StoredDocument[] = []
    for (const id of ids) {
      const document = documentsById.get(id)
      if (document) documents.push(document)
    }
    return documents
  }

  function readRevisions(ids: readonly string[]): Map<string, StoredRevision> {
    const found = new Map<string, StoredRevision>()
    const only = ids[0]
    const rows =
      ids.length === 1 && only !== undefined
        ? file.prepare(`SELECT id, rid, rev FROM ${table} WHERE id = ?`, 'raw').all(encodeTextKey(only))
        : file
            .prepare(`SELECT id, rid, rev FROM ${table} WHERE id IN ${listed}`, 'raw')
            .all(JSON.stringify(ids.map(encodeTextKey)))
    for (const [key, rid, rev] of rows as [string, number, string][]) found.set(decodeTextKey(key), { rid, rev })
    return found
  }

  return {
    file,
    layout,
    schema,
    search,
    tally,
    isLoose,
    version() {
      notice()
      return version
    },
    readRevisions,
    readByIds,
    readByRows,
    readRow,
    rowOf(id) {
      notice()
      return lookUp(id)
    },
    lastSequence,
    insert(document, seq) {
      const json = JSON.stringify(document)
      const id = idOf(document)
      const { lastInsertRowid } = file.prepare(insertSql).run(encodeTextKey(id), ...bind(document, seq, json))
      const rid = Number(lastInsertRowid)
      search?.write(rid, document, undefined)
      tally?.note(undefined, document)
      return { rid, id, document, previous: null, length: json.length }
    },
    update(rid, document, previous, seq) {
      const json = JSON.stringify(document)
      tally?.note(previous ?? readRow(rid, false), document)
      file.prepare(updateSql).run(...bind(document, seq, json), rid)
      search?.write(rid, document, previous)
      return { rid, id: idOf(document), document, previous, length: json.length }
    },
    settle(rows) {
      version++
      for (const row of rows) cache.put(row.rid, row.id, row.document, row.length)
      for (const tell of listeners) tell(rows)
    },
    onWritten(listener) {
      listeners.push(listener)
    },
    changedSince(seq, limit) {
      notice()
      const sql = `SELECT rid, seq FROM ${table} WHERE seq > ? ORDER BY seq LIMIT ?`
      const rows = file.prepare(sql, 'raw').all(seq, limit) as [number, number][]
      return { rids: rows.map(row => row[0]), lastSeq: rows.at(-1)?.[1] ?? seq }
    },
    purge(lwt, limit) {
      const rids = file.write(() => {
        const sql = `SELECT rid FROM ${table} WHERE deleted = 1 AND lwt <= ? ORDER BY lwt LIMIT ?`
        const found = file.prepare(sql, 'pluck').all(lwt, limit) as number[]
        if (found.length === 0) return found
        // A number once given out must not be given out again, or a checkpoint would hide the next write.
        file
          .prepare(`UPDATE ${floors} SET seq = max(seq, (SELECT max(seq) FROM ${table})) WHERE name = ?`)
          .run(layout.name)
        const remove = file.prepare(`DELETE FROM ${table} WHERE rid = ?`)
        for (const rid of found) {
          remove.run(rid)
          search?.remove(rid)
        }
        return found
      })
      for (const rid of rids) cache.drop(rid)
      if (rids.length > 0) version++
      return rids.length
    },
    drop() {
      file.write(() => {
        file.database.exec(`DROP TABLE IF EXISTS ${table}`)
        file.database.exec(dropSearchIndexSql(layout))
        if (options.counted) file.database.exec(dropTallySql(layout, options.counted))
        file.prepare(`DELETE FROM ${floors} WHERE name = ?`).run(layout.name)
      })
      cache.clear()
      version++
    },
  }
}
