/**
 * Where each table of a file begins, kept encrypted beside it: the file's first page and its list of tables tell that too,
 * and without them nothing else of it could be found. It holds names and SQL and never a document. Whoever moves tables
 * (compacting) or drops one does it without the outline: one that is out of step must never be read.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type Database from 'better-sqlite3-multiple-ciphers'
import type { KeyedFile } from './keyed-database.ts'
import { StorageError, toStorageError } from './storage-error.ts'

export interface Outline {
  readonly pageSize: number
  readonly entries: readonly OutlineEntry[]
}

export interface OutlineEntry {
  readonly type: string
  readonly name: string
  /** The table that it is, or belongs to. */
  readonly table: string
  readonly sql: string
  /** Its first page; 0 where it has none of its own. */
  readonly root: number
}

/** What lies beside a database under its name and belongs to it alone; whoever moves one moves the other. */
export const OUTLINE_SUFFIX = '.outline'

const HELD_SUFFIX = `${OUTLINE_SUFFIX}.held`
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Every table and index that is in the file. @throws what SQLite throws where the list of tables cannot be read */
export function readEntries(database: Database.Database): readonly OutlineEntry[] {
  return database
    .prepare<[], OutlineEntry>(
      "SELECT type, name, tbl_name AS 'table', sql, rootpage AS root FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid",
    )
    .all()
}

/** Without what is derived and made anew: search, tallies, indexes of views. */
export function withoutDerived(entries: readonly OutlineEntry[]): readonly OutlineEntry[] {
  const virtual = entries.filter(({ sql }) => /^CREATE VIRTUAL/i.test(sql)).map(({ name }) => name)
  const isDerived = ({ name, table }: OutlineEntry) =>
    name.includes('|view|') ||
    [name, table].some(
      each =>
        each.includes('|tally|') ||
        each.startsWith('sqlite_') ||
        virtual.some(search => each === search || each.startsWith(`${search}_`)),
    )
  return entries.filter(entry => (entry.type === 'table' || entry.type === 'index') && !isDerived(entry))
}

/** Writes it anew if it is not what the file says now. Only files with a key have one. */
export function keepOutline({ path, key }: KeyedFile, database: Database.Database): void {
  if (key === undefined || path === ':memory:') return
  const pageSize = Number(database.pragma('page_size', { simple: true }))
  const outline: Outline = { pageSize, entries: withoutDerived(readEntries(database)) }
  const sealed = seal(key, JSON.stringify(outline))
  const place = path + OUTLINE_SUFFIX
  if (existsSync(place) && readFileSync(place).equals(sealed)) return
  try {
    // Not flushed: one that a power cut has torn does not open, and is written again at the next start.
    writeFileSync(`${place}.part`, sealed, { mode: 0o600 })
    renameSync(`${place}.part`, place)
  } catch (thrown) {
    const error = toStorageError(thrown, place)
    if (!(error instanceof StorageError) || error.code !== 'diskFull') throw error
    // Nothing else may fail for want of it; the next start tries again.
    rmSync(`${place}.part`, { force: true })
    rmSync(place, { force: true })
  }
}

/** For `work` that moves or drops tables; after it `keepOutline`. If it throws, everything is where it was. */
export function withoutOutline(path: string, work: () => void): void {
  const [place, held] = [path + OUTLINE_SUFFIX, path + HELD_SUFFIX]
  const exists = existsSync(place)
  if (exists) renameSync(place, held)
  try {
    work()
  } catch (thrown) {
    if (exists) renameSync(held, place)
    throw thrown
  }
  rmSync(held, { force: true })
}

/** Undefined: there is none, or it is damaged. */
export function readOutline({ path, key }: KeyedFile): Outline | undefined {
  const place = path + OUTLINE_SUFFIX
  if (key === undefined || !existsSync(place)) return undefined
  const json = open(key, readFileSync(place))
  // Sealed by keepOutline, with this key.
  return json === undefined ? undefined : (JSON.parse(json) as Outline)
}

/** AES-256-GCM; the nonce follows from the text, so that the same text is the same file and no nonce serves two texts. */
function seal(key: Uint8Array, text: string): Buffer {
  const nonce = createHmac('sha256', derive(key, 'nonces')).update(text).digest().subarray(0, NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', derive(key, 'contents'), nonce)
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, body, cipher.getAuthTag()])
}

function open(key: Uint8Array, sealed: Buffer): string | undefined {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return undefined
  const cipher = createDecipheriv('aes-256-gcm', derive(key, 'contents'), sealed.subarray(0, NONCE_BYTES))
  cipher.setAuthTag(sealed.subarray(-TAG_BYTES))
  const text = cipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES))
  try {
    return Buffer.concat([text, cipher.final()]).toString('utf8')
  } catch {
    // Not what was written.
    return undefined
  }
}

function derive(key: Uint8Array, part: 'nonces' | 'contents'): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, '', `sqlite file outline, ${part}`, 32))
}
