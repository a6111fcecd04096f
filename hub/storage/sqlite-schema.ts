/**
 * Opens the hub's SQLite file and brings its tables into shape. Nothing else creates or alters tables.
 */
import Database from 'better-sqlite3-multiple-ciphers'
import { closeSync, openSync } from 'node:fs'

/** Each brings a file from its index as version to the next one. Steps that were released are never changed. */
const STEPS = [
  `
CREATE TABLE workspace (
  rid INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, epoch TEXT NOT NULL, seq INTEGER NOT NULL, hashKey TEXT NOT NULL
) STRICT;
CREATE TABLE doc (
  rid INTEGER PRIMARY KEY, workspace INTEGER NOT NULL REFERENCES workspace, collection INTEGER NOT NULL,
  id TEXT NOT NULL, seq INTEGER NOT NULL, h TEXT NOT NULL, device TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX docById ON doc (workspace, collection, id);
CREATE UNIQUE INDEX docBySeq ON doc (workspace, collection, seq);
CREATE TABLE digest (
  workspace INTEGER NOT NULL REFERENCES workspace, collection INTEGER NOT NULL, count INTEGER NOT NULL, sum BLOB NOT NULL,
  PRIMARY KEY (workspace, collection)
) STRICT, WITHOUT ROWID;
CREATE TABLE device (
  id TEXT PRIMARY KEY, workspace INTEGER NOT NULL REFERENCES workspace, name TEXT NOT NULL, pairedAt INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE token (hash BLOB PRIMARY KEY, device TEXT NOT NULL UNIQUE REFERENCES device) STRICT, WITHOUT ROWID;
CREATE TABLE invite (
  hash BLOB PRIMARY KEY, workspace INTEGER NOT NULL REFERENCES workspace, expiresAt INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`,
  'ALTER TABLE device ADD COLUMN seenAt INTEGER NOT NULL DEFAULT 0; UPDATE device SET seenAt = pairedAt',
] as const

export interface SqliteFile {
  readonly path: string
  /** Where the SQLite addon is, when the one shipped with the package does not load. */
  readonly nativeBinding?: string | undefined
  /** Fail instead of making a new file. */
  readonly mustExist?: boolean
  /** The file never grows beyond this; writing more answers `full`. */
  readonly maxBytes?: number | undefined
}

export function openSqliteFile(file: SqliteFile): Database.Database {
  // Created here so that nobody else can read it; SQLite gives -wal and -shm the mode of the database.
  closeSync(openSync(file.path, file.mustExist === true ? 'r+' : 'a', 0o600))
  const options = file.nativeBinding === undefined ? {} : { nativeBinding: file.nativeBinding }
  const database = new Database(file.path, options)
  try {
    database.pragma('journal_mode = WAL')
    // FULL: an acknowledged push survives a power cut, not only a crash.
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    // Only the administrative commands ever compete, and briefly; waiting here holds up every other request.
    database.pragma('busy_timeout = 500')
    database.pragma('cache_size = -65536')
    database.pragma('wal_autocheckpoint = 4000')
    if (file.maxBytes !== undefined) {
      const pageSize = Number(database.pragma('page_size', { simple: true }))
      database.pragma(`max_page_count = ${Math.max(1, Math.floor(file.maxBytes / pageSize))}`)
    }
    migrate(database)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Every reader starts again from 0 (rule P5). */
export function renewEpochs(database: Database.Database, random: (bytes: number) => Uint8Array): void {
  const ids = database.prepare<[], { rid: number }>('SELECT rid FROM workspace').all()
  const setEpoch = database.prepare<[string, number]>('UPDATE workspace SET epoch = ? WHERE rid = ?')
  for (const { rid } of ids) setEpoch.run(Buffer.from(random(16)).toString('base64url'), rid)
}

function migrate(database: Database.Database): void {
  database
    .transaction(() => {
      const version = Number(database.pragma('user_version', { simple: true }))
      if (version > STEPS.length)
        throw new Error(`this hub's database is of version ${version}; this program knows ${STEPS.length}`)
      for (const step of STEPS.slice(version)) database.exec(step)
      database.pragma(`user_version = ${STEPS.length}`)
    })
    .immediate()
}
