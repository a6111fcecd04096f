/**
 * Opens a connection to one SQLite file and gives it its key and its functions, and nothing else: no check, no table. The
 * first read shows whether the key was right. It never writes by itself.
 */
import { statSync } from 'node:fs'
import Database from 'better-sqlite3-multiple-ciphers'
import { readJsonValue } from './json-value.ts'
import { chooseAddon } from './native-addon.ts'
import { foldText } from './text-folding.ts'

export interface KeyedFile {
  /** A file in an existing folder, or `:memory:`. */
  readonly path: string
  /** 32 random bytes, never a passphrase. Without it the file is plain. */
  readonly key?: Uint8Array
  /** AEGIS-256: authenticated, so that a flipped bit is an error and never a wrong value. */
  readonly cipher?: 'aegis'
  /** A build of the driver's addon, for runtimes whose Node-API is too old for the packaged one (native-addon.ts). */
  readonly nativeBinding?: string
}

/** @throws UnsupportedRuntimeError */
export function openKeyedDatabase(
  file: KeyedFile,
  how: {
    readonly readonly?: boolean
    /** One that is not there is not made. A read-only one never is. */
    readonly existing?: boolean
  } = {},
): Database.Database {
  const nativeBinding = chooseAddon(file.nativeBinding)
  const database = new Database(file.path, {
    ...(nativeBinding === undefined ? {} : { nativeBinding }),
    ...(how.readonly === true ? { readonly: true } : {}),
    ...(how.readonly === true || how.existing === true ? { fileMustExist: true } : {}),
  })
  try {
    // SQLite takes no key for a database in memory; nothing of it reaches a disk.
    if (file.key !== undefined && file.path !== ':memory:') {
      database.pragma(`cipher='${file.cipher ?? 'aegis'}'`)
      database.pragma(`key="x'${Buffer.from(file.key).toString('hex')}'"`)
    }
    // Sorts and temporary tables must not reach the disk: SQLite would write them there unencrypted.
    database.pragma('temp_store=MEMORY')
    // Indexes of views call them.
    database.function('fold_text', { deterministic: true }, foldText)
    database.function('json_value', { deterministic: true }, readJsonValue)
    return database
  } catch (thrown) {
    database.close()
    throw thrown
  }
}

/**
 * Whether the file is cut within its last page. SQLite takes what is there of it for the page, still encrypted and without
 * a word; only pages that are there whole are authenticated. While there is a WAL that page may be in it, so it cannot be told.
 */
export function endsWithinPage({ path }: KeyedFile, database: Database.Database): boolean {
  const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0
  return sizeOf(`${path}-wal`) === 0 && sizeOf(path) % Number(database.pragma('page_size', { simple: true })) !== 0
}
