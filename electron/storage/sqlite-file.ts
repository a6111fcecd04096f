/**
 * Opens one SQLite file, encrypted when a key is given, with settings that survive a crash. Knows nothing of documents.
 * It never deletes or overwrites a file that it cannot read: that is the caller's decision, with setAside.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import type Database from 'better-sqlite3-multiple-ciphers'
import { createFileThread, type FileThread, type ThreadScript } from './file-thread.ts'
import { type KeyedFile, openKeyedDatabase } from './keyed-database.ts'
import { keepOutline, OUTLINE_SUFFIX } from './outline.ts'
import { quoteName } from './quoting.ts'
import { readSqliteCode, StorageError, toStorageError, withStorageErrors } from './storage-error.ts'
import { readWal } from './wal-frames.ts'

export type Synchronous = 'full' | 'normal'
export type SqliteCheck = 'quick' | 'full' | 'none'

export interface SqliteFileOptions extends KeyedFile {
  /** `full` (default): a resolved write survives a power cut. `normal`: it survives a crash of the process. */
  readonly synchronous?: Synchronous
  /**
   * `quick` (default) reads the schema, every table's first page and what a crash has left in the WAL; `full` reads every
   * page (about 1 s per 400 MB). `none`: this process has the file open already, and writes to it.
   */
  readonly check?: SqliteCheck
  /** What takes long runs in a thread made from this; without it, here. */
  readonly thread?: ThreadScript
}

/** A bulk load: fewer waits for the disk, and none of main for a checkpoint. */
export interface BulkLoad {
  /** Lets everything else that waits have its turn, and a checkpoint under way finish. */
  breathe(): Promise<void>
  /** What was written becomes as durable as everything else. */
  end(): void
}

export type Bindable = string | number | bigint | Uint8Array | null
export type Statement = Database.Statement<Bindable[]>

export interface SqliteFile {
  readonly path: string
  readonly database: Database.Database
  /** A cached statement; the same text always gives the same object, so set `pluck` or `raw` only where it is written. */
  prepare(sql: string, shape?: 'row' | 'pluck' | 'raw'): Statement
  /** Runs inside BEGIN IMMEDIATE; any failure rolls everything back and is thrown as a StorageError where it is one. */
  write<T>(work: () => T): T
  /** Maps the file's failures of a read to StorageError. */
  read<T>(work: () => T): T
  /** Grows when another connection has changed the file, and only then. */
  foreignChanges(): number
  /** synchronous=NORMAL until its end; those that overlap are counted. */
  beginBulk(): BulkLoad
  /** Another connection is about to write for long: whoever asks for `writable` waits until it is released. */
  holdWrites(): { release(): void }
  /** Undefined while writing is free, so that nobody waits without need. */
  writable(): Promise<void> | undefined
  /** Whether `writeElsewhere` has a thread to run in. */
  hasThread(): boolean
  /**
   * Runs statements in the file's thread; writes that ask for `writable` wait meanwhile, reading goes on. Rejects where the
   * thread or a statement failed, which then has changed nothing.
   */
  writeElsewhere(sql: string): Promise<void>
  /** Copies the WAL into the file, here and now. */
  checkpoint(): void
  /** Tables have been made: what is kept beside the file in case its first page is lost (outline.ts) follows. */
  keepOutline(): void
  /** Rejects never; resolves once nothing holds the file any more. */
  close(): Promise<void>
}

const KEY_BYTES = 32
const CACHED_STATEMENTS = 400
const CACHE_KIB = 65_536
/**
 * WAL between checkpoints: pages that many transactions touch are then copied into the file less often. Each WAL that
 * begins anew makes its first writer wait for the disk (some 30 ms), which a thread cannot take over: so a longer one there.
 */
const CHECKPOINT_PAGES = { here: 4000, inThread: 8000 }
/** SQLite makes a checkpoint of its own only if the thread cannot keep up. */
const BACKSTOP_PAGES = 4 * CHECKPOINT_PAGES.inThread

/** @throws StorageError wrongKey, damaged, diskFull or busy; UnsupportedRuntimeError */
export function openSqliteFile(options: SqliteFileOptions): SqliteFile {
  const { path } = options
  const key = path === ':memory:' ? undefined : options.key
  if (key !== undefined && key.byteLength !== KEY_BYTES) throw new RangeError(`A key has ${KEY_BYTES} bytes`)
  const existed = path !== ':memory:' && existsSync(path) && statSync(path).size > 0
  const check = options.check ?? 'quick'
  if (check !== 'none' && existed && readWal(`${path}-wal`)?.broken === true)
    throw new StorageError('damaged', `The WAL of ${path} is damaged: whole transactions are behind a broken frame.`)
  const database = openKeyedDatabase(options)
  try {
    if (check !== 'none') checkReadable(database, check)
    database.pragma('journal_mode=WAL')
    const pages = options.thread === undefined ? CHECKPOINT_PAGES.here : BACKSTOP_PAGES
    database.pragma(`wal_autocheckpoint=${pages}`)
    database.pragma(`cache_size=-${CACHE_KIB}`)
    database.pragma(`synchronous=${options.synchronous ?? 'full'}`)
    if (key !== undefined) rememberKey(path, key)
    if (check !== 'none') keepOutline(options, database)
  } catch (thrown) {
    database.close()
    if (existed && readSqliteCode(thrown) === 'SQLITE_NOTADB' && !isKnownKey(path, key))
      throw new StorageError('wrongKey', `The key given is not the key of ${path}.`, thrown)
    throw toStorageError(thrown, path)
  }
  // By name: callers' options may hold more than a thread can be given.
  const same: SqliteFileOptions = {
    path,
    check: 'none',
    ...(key === undefined ? {} : { key }),
    ...(options.cipher === undefined ? {} : { cipher: options.cipher }),
    ...(options.nativeBinding === undefined ? {} : { nativeBinding: options.nativeBinding }),
  }
  const thread = options.thread && path !== ':memory:' ? createFileThread(options.thread, same) : undefined
  return createSqliteFile(options, database, thread)
}

function createSqliteFile(
  options: SqliteFileOptions,
  database: Database.Database,
  fileThread: FileThread | undefined,
): SqliteFile {
  const { path, synchronous = 'full' } = options
  const statements = new Map<string, Statement>()
  const dataVersion = database.prepare('PRAGMA data_version').pluck()
  let relaxed = 0

  function prepare(sql: string, shape: 'row' | 'pluck' | 'raw' = 'row'): Statement {
    const name = shape + sql
    const known = statements.get(name)
    if (known) return known
    const statement = database.prepare<Bindable[]>(sql)
    if (shape === 'pluck') statement.pluck()
    if (shape === 'raw') statement.raw()
    if (statements.size >= CACHED_STATEMENTS) {
      const oldest = statements.keys().next()
      if (!oldest.done) statements.delete(oldest.value)
    }
    statements.set(name, statement)
    return statement
  }

  const walState = database.prepare('PRAGMA wal_checkpoint(NOOP)')
  let underWay: Promise<void> | undefined
  let thread = fileThread
  function checkpoint(): void {
    withStorageErrors(path, () => database.pragma('wal_checkpoint(PASSIVE)'))
  }
  /** SQLite makes its own again; what is wrong with the disk or the file shows at the next write. */
  function doWithoutThread(): void {
    thread = undefined
    if (database.open) database.pragma(`wal_autocheckpoint=${CHECKPOINT_PAGES.here}`)
  }
  function checkpointElsewhere(): void {
    underWay ??= thread
      ?.checkpoint()
      .catch(doWithoutThread)
      .finally(() => {
        underWay = undefined
      })
  }
  /** Never throws: it follows a write that is committed, and must not make it look as if it had failed. */
  function checkpointIfLong(): void {
    if (thread === undefined || underWay !== undefined) return
    try {
      // NOOP only counts pages.
      const { log, checkpointed } = walState.get() as { readonly log: number; readonly checkpointed: number }
      if (log - checkpointed > CHECKPOINT_PAGES.inThread) checkpointElsewhere()
    } catch {
      doWithoutThread()
    }
  }

  let held: Promise<void> | undefined
  function holdWrites(): { release(): void } {
    let release = () => {}
    const before = held
    const own = new Promise<void>(resolve => (release = resolve))
    const all = before === undefined ? own : Promise.all([before, own]).then(() => undefined)
    held = all
    return {
      release() {
        release()
        if (held === all) held = undefined
      },
    }
  }
  async function untilFree(): Promise<void> {
    while (held !== undefined) await held
  }
  async function writeElsewhere(sql: string): Promise<void> {
    while (held !== undefined) {
      await held
      // Those who have waited for their write go first.
      await new Promise(resolve => setImmediate(resolve))
    }
    const hold = holdWrites()
    try {
      if (thread === undefined) throw new StorageError('closed', `${path} has no thread`)
      await thread.execute(sql)
    } finally {
      hold.release()
    }
  }
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const rollback = database.prepare('ROLLBACK')

  return {
    path,
    database,
    prepare,
    write: work =>
      withStorageErrors(path, () => {
        begin.run()
        try {
          const result = work()
          commit.run()
          checkpointIfLong()
          return result
        } catch (thrown) {
          // SQLite may have rolled back by itself (disk full, damage).
          if (database.inTransaction) rollback.run()
          throw thrown
        }
      }),
    read: work => withStorageErrors(path, work),
    holdWrites,
    writable: () => (held === undefined ? undefined : untilFree()),
    hasThread: () => thread !== undefined,
    writeElsewhere,
    foreignChanges: () => Number(dataVersion.get()),
    beginBulk() {
      if (relaxed++ === 0 && synchronous === 'full') database.pragma('synchronous=normal')
      let ended = false
      return {
        async breathe() {
          await underWay
          // Twice: an immediate asked for while the loop polls runs before any timer does.
          await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
        },
        end() {
          if (ended) return
          ended = true
          if (--relaxed > 0 || synchronous !== 'full' || !database.open) return
          database.pragma('synchronous=full')
          if (thread === undefined) checkpoint()
          else checkpointElsewhere()
        },
      }
    },
    checkpoint,
    keepOutline: () => withStorageErrors(path, () => keepOutline(options, database)),
    async close() {
      // The last connection to close empties the WAL, and should be this one.
      await fileThread?.close()
      statements.clear()
      if (database.open) database.close()
    },
  }
}

/** Page 1, the schema and the first row of every table; the cipher authenticates every other page when it is read. */
function checkReadable(database: Database.Database, depth: 'quick' | 'full'): void {
  const tables = database
    .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'")
    .pluck()
  for (const table of tables.all()) database.prepare(`SELECT 1 FROM ${quoteName(table)} NOT INDEXED LIMIT 1`).get()
  if (depth === 'quick') return
  const answer = database.pragma('quick_check(1)', { simple: true })
  if (answer !== 'ok') throw new StorageError('damaged', `The database file is damaged: ${String(answer)}`)
}

/**
 * A wrong key and a damaged first page look the same to SQLite. A keyed hash of a constant, kept beside the file, tells
 * them apart; it says nothing about a key of 32 random bytes.
 */
function keyCheckPath(path: string): string {
  return `${path}.key-check`
}

function hashKey(key: Uint8Array): Buffer {
  return createHmac('sha256', key).update('sqlite file key check 1').digest()
}

function rememberKey(path: string, key: Uint8Array): void {
  const hash = hashKey(key)
  const file = keyCheckPath(path)
  if (existsSync(file) && readFileSync(file).equals(hash)) return
  writeFileSync(file, hash, { mode: 0o600 })
}

function isKnownKey(path: string, key: Uint8Array | undefined): boolean {
  if (key === undefined) return false
  const file = keyCheckPath(path)
  if (!existsSync(file)) return false
  const hash = readFileSync(file)
  const expected = hashKey(key)
  return hash.length === expected.length && timingSafeEqual(hash, expected)
}

/**
 * Renames a damaged database with its -wal, -shm and outline to `<name>.damaged-<time>` so that a fresh one can be made in its place
 * and the old one can still be salvaged. Deletes nothing; returns the new path of the main file.
 */
export function setAside(path: string, now: Date): string {
  const stamp = now.toISOString().replaceAll(':', '-')
  let target = `${path}.damaged-${stamp}`
  for (let copy = 2; existsSync(target); copy++) target = `${path}.damaged-${stamp}-${copy}`
  // The key check goes last: after a crash in between, the next start still knows damage from a wrong key.
  for (const suffix of ['-wal', '-shm', OUTLINE_SUFFIX, '', '.key-check'])
    if (existsSync(path + suffix)) renameSync(path + suffix, target + suffix)
  return target
}
