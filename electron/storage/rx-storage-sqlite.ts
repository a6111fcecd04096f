/**
 * An RxStorage for RxDB 17 on one encrypted SQLite file per database, for Node and Electron's main process. Synchronous
 * inside; use it with `multiInstance: false`: it tells changes to instances of the same storage object only, and never
 * writes anything outside its own file.
 */
import { resolve } from 'node:path'
import type { RxStorage, RxStorageInstance, RxStorageInstanceCreationParams } from 'rxdb'
import { ensureRxStorageInstanceParamsAreCorrect, now as rxdbNow, RXDB_VERSION } from 'rxdb'
import { openAttachmentTable } from './attachment-table.ts'
import type { Checkpoint } from './change-channel.ts'
import { createChangeChannel } from './change-channel.ts'
import type { CacheBounds } from './document-cache.ts'
import type { DocumentTable } from './document-table.ts'
import { openDocumentTable } from './document-table.ts'
import type { SearchText } from './search-index.ts'
import type { SearchReader } from './search-query.ts'
import { openSearchReader } from './search-query.ts'
import type { SearchRebuild } from './search-rebuild.ts'
import { openSearchRebuild } from './search-rebuild.ts'
import type { BulkLoad, SqliteFile, SqliteFileOptions } from './sqlite-file.ts'
import { openSqliteFile } from './sqlite-file.ts'
import { StorageError, withStorageErrors } from './storage-error.ts'
import type { OpenTable, SqliteInstanceOptions, SqliteInternals } from './storage-instance.ts'
import { openStorageInstance } from './storage-instance.ts'
import type { StoredSchema } from './table-layout.ts'
import { describeTable, nameTable } from './table-layout.ts'
import type { WindowReader } from './window-reader.ts'
import { openWindowReader } from './window-reader.ts'

export interface SqliteStorageOptions extends Omit<SqliteFileOptions, 'path'> {
  /**
   * The file of every database, or a function giving each database its own. The folder must exist. With `:memory:` each
   * database lives until its last instance is closed.
   */
  readonly path: string | ((databaseName: string) => string)
  /** By collection name: the text of a document that a person can search for. */
  readonly search?: { readonly [collectionName: string]: SearchText }
  /** By collection name: paths of the schema's indexes, by whose values a window's total is known without counting. */
  readonly counted?: { readonly [collectionName: string]: readonly string[] }
  /** Bound of the cache of parsed documents, per collection. */
  readonly cache?: Partial<CacheBounds>
  /** Milliseconds; only cleanup() asks for it. */
  readonly now?: () => number
}

export interface RxStorageSqlite extends RxStorage<SqliteInternals, SqliteInstanceOptions> {
  /** The database must be open. */
  beginBulk(databaseName: string): BulkLoad
  /** Writes wait until it is released, while another connection compacts the file; reading goes on. It must be open. */
  holdWrites(databaseName: string): { release(): void }
  /** Windows of rows outside RxDB, over the same connection; the collection must be open. */
  openWindowReader(databaseName: string, collectionName: string, version?: number): WindowReader
  /** Searches of a collection that has a `search` text; the collection must be open. */
  openSearchReader(databaseName: string, collectionName: string, version?: number): SearchReader
  /** Whether a collection's search index is in step, and making it anew; the collection must be open. */
  openSearchRebuild(databaseName: string, collectionName: string, version?: number): SearchRebuild
}

interface OpenFile {
  readonly key: string
  readonly file: SqliteFile
  readonly tablesByName: Map<string, OpenTable>
  instances: number
}

const CACHE_BOUNDS: CacheBounds = { documents: 10_000, length: 16_000_000 }

/** @throws StorageError from createStorageInstance, as openSqliteFile does */
export function getRxStorageSQLite(options: SqliteStorageOptions): RxStorageSqlite {
  const filesByKey = new Map<string, OpenFile>()

  function keyOf(databaseName: string): { readonly key: string; readonly path: string } {
    const path = typeof options.path === 'string' ? options.path : options.path(databaseName)
    return path === ':memory:' ? { key: `:memory:${databaseName}`, path } : { key: resolve(path), path: resolve(path) }
  }

  function openFile(databaseName: string): OpenFile {
    const { key, path } = keyOf(databaseName)
    const known = filesByKey.get(key)
    if (known) return known
    const opened = {
      key,
      file: openSqliteFile({ ...options, path }),
      tablesByName: new Map<string, OpenTable>(),
      instances: 0,
    }
    filesByKey.set(key, opened)
    return opened
  }

  async function closeFileIfUnused(open: OpenFile): Promise<void> {
    if (open.instances > 0) return
    filesByKey.delete(open.key)
    await open.file.close()
  }

  function openTable(open: OpenFile, params: Params): OpenTable {
    const schema = params.schema
    const layout = describeTable(params.databaseName, params.collectionName, schema)
    const known = open.tablesByName.get(layout.name)
    if (known) return known
    const table = openDocumentTable(open.file, layout, schema, {
      cache: { ...CACHE_BOUNDS, ...options.cache },
      readText: options.search?.[params.collectionName],
      counted: options.counted?.[params.collectionName],
    })
    const attachments = schema.attachments ? openAttachmentTable(open.file, layout) : undefined
    open.file.keepOutline()
    const opened = { table, attachments, channel: createChangeChannel(), instances: 0, removed: false }
    open.tablesByName.set(layout.name, opened)
    return opened
  }

  function findTable(databaseName: string, collectionName: string, version: number): DocumentTable {
    const name = nameTable(databaseName, collectionName, version)
    const open = filesByKey.get(keyOf(databaseName).key)?.tablesByName.get(name)
    if (!open) throw new StorageError('closed', `${name} is not open`)
    return open.table
  }

  type Params = Pick<
    RxStorageInstanceCreationParams<unknown, SqliteInstanceOptions>,
    'databaseName' | 'collectionName' | 'options'
  > & { readonly schema: StoredSchema }

  return {
    name: 'sqlite-multiple-ciphers',
    rxdbVersion: RXDB_VERSION,
    async createStorageInstance<T>(params: RxStorageInstanceCreationParams<T, SqliteInstanceOptions>) {
      ensureRxStorageInstanceParamsAreCorrect(params)
      // A database is opened table by table, and a window that starts meanwhile is waiting for main between them.
      await turn()
      const open = openFile(params.databaseName)
      await open.file.writable()
      let opened: OpenTable
      try {
        opened = withStorageErrors(open.file.path, () =>
          // What is stored is read by path: the collection's own document type is of no use here.
          openTable(open, { ...params, schema: params.schema as unknown as StoredSchema }),
        )
      } catch (thrown) {
        await closeFileIfUnused(open)
        throw thrown
      }
      opened.instances++
      open.instances++
      const forget = () => {
        if (open.tablesByName.get(opened.table.layout.name) === opened)
          open.tablesByName.delete(opened.table.layout.name)
      }
      const instance = openStorageInstance({
        databaseName: params.databaseName,
        collectionName: params.collectionName,
        options: params.options,
        open: opened,
        now: options.now ?? rxdbNow,
        onRemove: forget,
        onClose() {
          if (--opened.instances === 0) forget()
          open.instances--
          return closeFileIfUnused(open)
        },
      })
      return instance as unknown as RxStorageInstance<T, SqliteInternals, SqliteInstanceOptions, Checkpoint>
    },
    beginBulk(databaseName) {
      const open = filesByKey.get(keyOf(databaseName).key)
      if (!open) throw new StorageError('closed', `${databaseName} is not open`)
      return open.file.beginBulk()
    },
    holdWrites(databaseName) {
      const open = filesByKey.get(keyOf(databaseName).key)
      if (!open) throw new StorageError('closed', `${databaseName} is not open`)
      return open.file.holdWrites()
    },
    openWindowReader: (databaseName, collectionName, version = 0) =>
      openWindowReader(findTable(databaseName, collectionName, version)),
    openSearchReader: (databaseName, collectionName, version = 0) =>
      openSearchReader(findTable(databaseName, collectionName, version)),
    openSearchRebuild: (databaseName, collectionName, version = 0) =>
      openSearchRebuild(findTable(databaseName, collectionName, version)),
  }
}

function turn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
