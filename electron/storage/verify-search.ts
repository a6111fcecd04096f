/**
 * Whether a contentless search index is in step with its documents: the same rows, each with as many words as its text has
 * and found by one of them. The text itself is not in the index, so the words are cut anew by the same tokenizer, in memory.
 */
import type Database from 'better-sqlite3-multiple-ciphers'
import { quoteName } from './quoting.ts'
import { type SearchText, searchTableOptions } from './search-index.ts'
import type { StoredTable } from './stored-table.ts'
import type { StoredDocument } from './table-layout.ts'

const BATCH = 500
const SCRATCH = 'temp.verify_search'

/** @throws what SQLite throws for a damaged page */
export function* findUnsearchable(
  database: Database.Database,
  { table }: StoredTable,
  search: string,
  readText: SearchText,
  progress: (done: number) => void,
): Generator<{ readonly id: string; readonly detail: string }> {
  const sizes = quoteName(`${search}_docsize`)
  const rows = database.prepare<[number], { rid: number; id: string; doc: string; sz: Uint8Array | null }>(
    `SELECT rid, t.id AS id, doc, sz FROM ${table} t LEFT JOIN ${sizes} s ON s.id = t.rid
     WHERE rid > ? AND deleted = 0 ORDER BY rid LIMIT ${BATCH}`,
  )
  // An integer: FTS5 takes a bound number that is none for no condition at all.
  const found = database
    .prepare<[string, bigint], number>(
      `SELECT 1 FROM ${quoteName(search)} WHERE ${quoteName(search)} MATCH ? AND rowid = ?`,
    )
    .pluck()
  database.exec(`CREATE VIRTUAL TABLE ${SCRATCH} USING fts5 (text, content = '', ${searchTableOptions})`)
  const cut = database.prepare<[number, string]>(`INSERT INTO ${SCRATCH} (rowid, text) VALUES (?, ?)`)
  const measured = database
    .prepare<[number], Uint8Array>(`SELECT sz FROM temp.verify_search_docsize WHERE id = ?`)
    .pluck()
  try {
    let done = 0
    for (let last = Number.MIN_SAFE_INTEGER; ;) {
      const batch = rows.all(last)
      const end = batch.at(-1)
      if (end === undefined) break
      for (const { rid, id, doc, sz } of batch) {
        const text = textOf(doc, readText)
        // What is no document is told by whoever reads documents.
        if (text === undefined) continue
        if (text === '') {
          if (sz !== null) yield { id, detail: 'is in the index without a text' }
          continue
        }
        cut.run(rid, text)
        const expected = measured.get(rid)
        const word = probeOf(text)
        if (sz === null) yield { id, detail: 'is not in the index' }
        else if (expected === undefined || Buffer.compare(expected, sz) !== 0) yield { id, detail: 'has other words' }
        else if (word !== '' && found.get(`"${word}"`, BigInt(rid)) === undefined) yield { id, detail: 'is not found' }
      }
      database.exec(`INSERT INTO ${SCRATCH} (verify_search) VALUES ('delete-all')`)
      done += batch.length
      progress(done)
      last = end.rid
    }
    const stray = database.prepare<[], number>(
      `SELECT id FROM ${sizes} WHERE id NOT IN (SELECT rid FROM ${table} WHERE deleted = 0)`,
    )
    for (const rid of stray.pluck().all()) yield { id: String(rid), detail: 'is in the index and not there' }
  } finally {
    database.exec(`DROP TABLE IF EXISTS ${SCRATCH}`)
  }
}

function textOf(json: string, readText: SearchText): string | undefined {
  try {
    return readText(JSON.parse(json) as StoredDocument)
  } catch {
    return undefined
  }
}

/** Its longest word that every tokenizer cuts alike; '' where there is none. */
function probeOf(text: string): string {
  if (/\p{M}/u.test(text)) return ''
  const plain = (text.match(/[\p{L}\p{N}\p{Co}]+/gu) ?? []).filter(word => /^[A-Za-z0-9]+$/.test(word))
  return plain.reduce((longest, each) => (each.length > longest.length ? each : longest), '')
}
