/**
 * Full-text search of one table: a contentless FTS5 index keyed by row id, written in the same transaction as the document.
 * It holds no copy of the text, and whatever a person types is only ever words to it.
 */
import { quoteName, quoteText } from './quoting.ts'
import type { SqliteFile } from './sqlite-file.ts'
import type { StoredDocument, TableLayout } from './table-layout.ts'

export type SearchText = (document: StoredDocument) => string

export interface SearchIndex {
  /** Call inside the write's transaction. `previous` is the document replaced, if any. */
  write(rid: number, document: StoredDocument, previous: StoredDocument | undefined): void
  remove(rid: number): void
  /** What a document says in the index; '' where it is not in it. */
  textOf(document: StoredDocument): string
  /** Inside a transaction: takes everything out. */
  clear(): void
  /** Call at the end of a write's transaction: merges a little of what writes have left in pieces. */
  tidy(): void
  /** A query for the row ids that have every word as a prefix, and its parameter; undefined where nothing was asked. */
  match(typed: string): { readonly sql: string; readonly param: string } | undefined
}

const WORDS = /[\p{L}\p{N}\p{M}\p{Co}]+/gu
const LETTER = /[\p{L}\p{N}\p{Co}]/u
const MOST_WORDS = 12
const REBUILD_BATCH = 1000
/** Pages merged after a write. FTS5 by itself merges 64 and more at a time, for which a bulk load's writes would stand still. */
const MERGED_PAGES = 16

/** How text is cut into words, and what is kept beside them. */
export const searchTableOptions = `tokenize = ${quoteText('unicode61 remove_diacritics 2')}, prefix = '2 3'`

/** Makes the index when it does not exist, from the documents that are there. */
export function openSearchIndex(file: SqliteFile, layout: TableLayout, readText: SearchText): SearchIndex {
  const name = `${layout.name}/search`
  const table = quoteName(name)
  const existing = file.database.prepare<[string], number>('SELECT 1 FROM sqlite_master WHERE name = ?').pluck()
  const insertSql = `INSERT OR REPLACE INTO ${table} (rowid, text) VALUES (?, ?)`
  // Literals: FTS5 wants integers, and a bound number is a float.
  const command = (name: string, value: number) => `INSERT INTO ${table} (${table}, rank) VALUES ('${name}', ${value})`
  const removeSql = `DELETE FROM ${table} WHERE rowid = ?`

  if (existing.get(name) === undefined)
    file.write(() => {
      file.database.exec(
        `CREATE VIRTUAL TABLE ${table} USING fts5 (text, content = '', contentless_delete = 1, ${searchTableOptions})`,
      )
      file.database.exec(command('automerge', 0))
      fill()
    })

  function fill(): void {
    const rows = file.prepare(
      `SELECT rid, doc FROM ${layout.table} WHERE rid > ? AND deleted = 0 ORDER BY rid LIMIT ${REBUILD_BATCH}`,
      'raw',
    )
    const insert = file.prepare(insertSql)
    for (let last = -1; ;) {
      const batch = rows.all(last) as [number, string][]
      for (const [rid, json] of batch) {
        const text = readText(JSON.parse(json) as StoredDocument)
        if (text !== '') insert.run(rid, text)
      }
      const end = batch.at(-1)
      if (!end) return
      last = end[0]
    }
  }

  return {
    write(rid, document, previous) {
      const text = document._deleted ? '' : readText(document)
      const before = previous === undefined || previous._deleted ? '' : readText(previous)
      if (text === before) return
      if (text === '') file.prepare(removeSql).run(rid)
      else file.prepare(insertSql).run(rid, text)
    },
    remove(rid) {
      file.prepare(removeSql).run(rid)
    },
    textOf: readText,
    clear() {
      file.prepare(`INSERT INTO ${table} (${table}) VALUES ('delete-all')`).run()
    },
    tidy() {
      file.prepare(command('merge', MERGED_PAGES)).run()
    },
    match(typed) {
      const words = readWords(typed).slice(0, MOST_WORDS)
      if (words.length === 0) return undefined
      return {
        sql: `SELECT rowid FROM ${table} WHERE ${table} MATCH ?`,
        param: words.map(word => `"${word}"*`).join(' '),
      }
    },
  }
}

/** What a text has of words; signs between letters part them. */
export function readWords(text: string): readonly string[] {
  return (text.match(WORDS) ?? []).filter(word => LETTER.test(word))
}

export function dropSearchIndexSql(layout: TableLayout): string {
  return `DROP TABLE IF EXISTS ${quoteName(`${layout.name}/search`)}`
}
