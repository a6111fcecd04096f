/**
 * A copy of a damaged file whose first page or list of tables cannot be read gets new ones, made from the outline: every
 * other page is encrypted by itself under the same key, and is put where it was. The new list lies behind the last page.
 */
import { closeSync, openSync, readSync, renameSync, statSync, writeSync } from 'node:fs'
import { type KeyedFile, openKeyedDatabase } from './keyed-database.ts'
import type { Outline } from './outline.ts'
import { quoteName } from './quoting.ts'

/** What takes the pages' places until they are copied; no table of the file. */
export const FILLER = 'salvage filler'
const MOST_BYTES = 256 * 1024 * 1024

/** Nobody may have `work` open. Pages behind the new list of tables are new and empty. */
export function replaceFirstPage(work: KeyedFile, { pageSize, entries }: Outline): void {
  const mended: KeyedFile = { ...work, path: `${work.path}.mended` }
  const pages = Math.ceil(statSync(work.path).size / pageSize)
  const database = openKeyedDatabase(mended)
  try {
    database.pragma(`page_size=${pageSize}`)
    database.pragma('journal_mode=OFF')
    database.pragma('synchronous=OFF')
    database.exec(`CREATE TABLE ${quoteName(FILLER)} (bytes)`)
    const fill = database.prepare(`INSERT INTO ${quoteName(FILLER)} (bytes) VALUES (zeroblob(?))`)
    for (let left = pages * pageSize; left > 0; left -= MOST_BYTES) fill.run(Math.min(left, MOST_BYTES))
    for (const { sql } of entries) database.exec(sql)
    database.unsafeMode(true)
    database.pragma('writable_schema=ON')
    const aim = database.prepare<[number, string, string]>(
      'UPDATE sqlite_schema SET rootpage = ? WHERE type = ? AND name = ?',
    )
    for (const { type, name, root } of entries) aim.run(root, type, name)
  } finally {
    database.close()
  }
  copyPages(work.path, mended.path, pageSize)
  renameSync(mended.path, work.path)
}

/** Every page but the first. */
function copyPages(from: string, to: string, pageSize: number): void {
  const [source, target] = [openSync(from, 'r'), openSync(to, 'r+')]
  try {
    const bytes = Buffer.alloc(256 * pageSize)
    for (let at = pageSize; ;) {
      const read = readSync(source, bytes, 0, bytes.length, at)
      if (read === 0) return
      writeSync(target, bytes, 0, read, at)
      at += read
    }
  } finally {
    closeSync(source)
    closeSync(target)
  }
}
