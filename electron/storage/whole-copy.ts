/**
 * The format of a whole copy: one SQLite file, encrypted with the key of what it is a copy of, that holds other files in
 * pieces. Written once from front to end, and read in any order; it costs the memory of a few pieces whatever its size.
 */
import { endsWithinPage, openKeyedDatabase, type KeyedFile } from './keyed-database.ts'
import { readSqliteCode, StorageError, toStorageError, withStorageErrors } from './storage-error.ts'

export interface CopiedPart {
  readonly name: string
  readonly bytes: number
}

export interface WholeCopyWriter {
  /** What `source` throws is thrown on, and nothing of the part is kept. Resolves to its bytes. @throws StorageError diskFull */
  add(name: string, source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<number>
  /** Without it the file is no whole copy. */
  finish(madeAt: number): void
  close(): void
}

export interface WholeCopyReader {
  /** As given to `finish`, in milliseconds since the epoch. */
  readonly madeAt: number
  readonly parts: readonly CopiedPart[]
  /** @throws StorageError damaged, or there is no such part */
  read(name: string): Generator<Buffer>
  close(): void
}

const VERSION = 1
/** "FarW". */
const APPLICATION_ID = 0x46_61_72_57
export const PIECE_BYTES = 1024 * 1024

/** `file` is new. A part that was begun when the process ends leaves a file that is no whole copy. */
export function createWholeCopy(file: KeyedFile): WholeCopyWriter {
  const database = openKeyedDatabase(file)
  const guard = <T>(work: () => T): T => withStorageErrors(file.path, work)
  guard(() => {
    database.pragma('page_size=65536')
    database.pragma('journal_mode=MEMORY')
    // It is flushed as a whole before it gets its name.
    database.pragma('synchronous=OFF')
    database.pragma('locking_mode=EXCLUSIVE')
    database.pragma(`application_id=${APPLICATION_ID}`)
    database.exec(`
      CREATE TABLE part (name TEXT PRIMARY KEY, bytes INTEGER NOT NULL, first INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE piece (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
      CREATE TABLE finished (version INTEGER NOT NULL, made_at INTEGER NOT NULL)`)
  })
  const keepPart = database.prepare<[string, number, number]>('INSERT INTO part (name, bytes, first) VALUES (?, ?, ?)')
  const keepPiece = database.prepare<[number, Buffer]>('INSERT INTO piece (id, data) VALUES (?, ?)')
  let next = 1
  return {
    async add(name, source) {
      const first = next
      let bytes = 0
      try {
        for await (const piece of inPieces(source)) {
          guard(() => keepPiece.run(next, piece))
          next++
          bytes += piece.length
        }
        guard(() => keepPart.run(name, bytes, first))
        return bytes
      } catch (thrown) {
        database.prepare('DELETE FROM piece WHERE id >= ?').run(first)
        next = first
        throw thrown
      }
    },
    finish: madeAt =>
      guard(() =>
        database.prepare('INSERT INTO finished (version, made_at) VALUES (?, ?)').run(VERSION, Math.round(madeAt)),
      ),
    close: () => void database.close(),
  }
}

/** @throws StorageError wrongKey: it is no whole copy, one of a newer Farfield, or one made with another key */
export function openWholeCopy(file: KeyedFile): WholeCopyReader {
  const database = openKeyedDatabase(file, { readonly: true })
  const guard = <T>(work: () => T): T => withStorageErrors(file.path, work)
  try {
    const madeAt = demandWholeCopy(file.path, () => {
      if (database.pragma('application_id', { simple: true }) !== APPLICATION_ID) return undefined
      return database.prepare<[number], number>('SELECT made_at FROM finished WHERE version = ?').pluck().get(VERSION)
    })
    if (endsWithinPage(file, database)) throw new StorageError('damaged', `${file.path} is cut.`)
    const stored = guard(() =>
      database.prepare<[], CopiedPart & { readonly first: number }>('SELECT name, bytes, first FROM part').all(),
    )
    const readPiece = database.prepare<[number], Buffer>('SELECT data FROM piece WHERE id = ?').pluck()
    return {
      madeAt,
      parts: stored.map(({ name, bytes }) => ({ name, bytes })),
      *read(name) {
        const part = stored.find(each => each.name === name)
        if (part === undefined) throw new StorageError('damaged', `${file.path} has no part ${name}.`)
        const { bytes, first } = part
        for (let read = 0, id = first; read < bytes; id++) {
          const piece = guard(() => readPiece.get(id))
          if (piece?.length !== Math.min(PIECE_BYTES, bytes - read))
            throw new StorageError('damaged', `${file.path} lacks a piece of ${name}.`)
          read += piece.length
          yield piece
        }
      },
      close: () => void database.close(),
    }
  } catch (thrown) {
    database.close()
    throw toStorageError(thrown, file.path)
  }
}

/** What another key or another kind of file answers is one and the same for whoever chose it. */
function demandWholeCopy(path: string, readMadeAt: () => number | undefined): number {
  let madeAt: number | undefined
  try {
    madeAt = readMadeAt()
  } catch (thrown) {
    const code = readSqliteCode(thrown)
    if (code !== 'SQLITE_NOTADB' && code !== 'SQLITE_ERROR') throw thrown
  }
  if (madeAt === undefined) throw new StorageError('wrongKey', `${path} is no whole copy, or has another key.`)
  return madeAt
}

async function* inPieces(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Buffer> {
  let filled = 0
  let piece = Buffer.allocUnsafe(PIECE_BYTES)
  for await (const bytes of source)
    for (let at = 0; at < bytes.byteLength;) {
      const part = bytes.subarray(at, at + PIECE_BYTES - filled)
      piece.set(part, filled)
      filled += part.byteLength
      at += part.byteLength
      if (filled < PIECE_BYTES) continue
      yield piece
      piece = Buffer.allocUnsafe(PIECE_BYTES)
      filled = 0
    }
  if (filled > 0) yield piece.subarray(0, filled)
}
