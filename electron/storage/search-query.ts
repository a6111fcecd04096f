/**
 * Looks words and phrases up in a table's search index: every row that has them, those of them that pass a check of the
 * document itself, or the best of them. Whatever the words are, they are only ever words to FTS5. It never writes.
 */
import type { DocumentTable } from './document-table.ts'
import { quoteName } from './quoting.ts'
import { readWords } from './search-index.ts'
import type { StoredDocument } from './table-layout.ts'
import type { SearchHits, View } from './window-view.ts'
import { compileView } from './window-view.ts'

export interface SearchPhrase {
  /** Side by side. What a word is, is for the index: signs between letters part words. */
  readonly words: readonly string[]
  /** The last word may go on. */
  readonly open: boolean
}

export interface SearchTerms {
  /** Of each list, one phrase at least must be found; an empty list is never found. */
  readonly all: readonly (readonly SearchPhrase[])[]
  /** None of these may be found. */
  readonly none: readonly SearchPhrase[]
}

export interface SearchReader {
  hits(terms: SearchTerms): SearchHits
  /**
   * The hits whose document passes, read in steps between which everything else has its turn. Where there are no terms,
   * every document of `where` is read. The answer is remembered until something is written.
   */
  checked(
    terms: SearchTerms,
    check: { readonly key: string; readonly passes: (document: StoredDocument) => boolean },
    where: View['where'],
  ): Promise<SearchHits>
  /**
   * Up to `limit` documents, best first: those whose text begins with the first phrase, then by bm25, or, where more than
   * COMMON rows match, the newest, for weighing that many would take longer than it is worth.
   */
  best(terms: SearchTerms, where: View['where'], limit: number): readonly StoredDocument[]
}

/** More matches than this are not weighed. */
const COMMON = 2000
/** Documents checked before everything else has its turn: about 2 ms of reading. */
const STEP = 100
const REMEMBERED = 4

export function openSearchReader(table: DocumentTable, turn: () => Promise<void> = nextTurn): SearchReader {
  const { file, layout } = table
  const index = quoteName(`${layout.name}/search`)
  const checkedByKey = new Map<string, { readonly version: number; readonly rows: Promise<readonly number[]> }>()

  function readRows(terms: SearchTerms): readonly number[] {
    if (table.search === undefined) return []
    const { match, without } = writeMatch(terms)
    if (match === '') return []
    if (match !== undefined)
      return file.prepare(`SELECT rowid FROM ${index} WHERE ${index} MATCH ?`, 'pluck').all(match) as number[]
    const all = `SELECT rid FROM ${layout.table} WHERE deleted = 0`
    if (without === undefined) return file.prepare(all, 'pluck').all() as number[]
    const others = `${all} AND rid NOT IN (SELECT rowid FROM ${index} WHERE ${index} MATCH ?)`
    return file.prepare(others, 'pluck').all(without) as number[]
  }

  function hits(terms: SearchTerms): SearchHits {
    return { key: JSON.stringify(terms), rows: () => file.read(() => readRows(terms)) }
  }

  async function check(
    rows: readonly number[],
    passes: (document: StoredDocument) => boolean,
  ): Promise<readonly number[]> {
    const passed: number[] = []
    for (let from = 0; from < rows.length; from += STEP) {
      if (from > 0) await turn()
      file.read(() => {
        for (const rid of rows.slice(from, from + STEP)) {
          const document = table.readRow(rid, false)
          if (document !== undefined && !document._deleted && passes(document)) passed.push(rid)
        }
      })
    }
    return passed
  }

  function selectRanked(match: string, where: string, limit: number): number[] {
    const found = `SELECT 1 FROM ${index} WHERE ${index} MATCH ? LIMIT ${COMMON + 1}`
    const count = Number(file.prepare(`SELECT count(*) FROM (${found})`, 'pluck').get(match))
    const order = count > COMMON ? 'found.rowid DESC' : 'found.rank'
    const sql = `SELECT found.rowid FROM ${index} AS found JOIN ${layout.table} ON rid = found.rowid
      WHERE found.${index} MATCH ? AND ${where} ORDER BY ${order} LIMIT ?`
    return file.prepare(sql, 'pluck').all(match, limit) as number[]
  }

  return {
    hits,
    async checked(terms, { key: checkKey, passes }, where) {
      const condition = compileView(layout, { where, sort: [] }).where
      const key = `${JSON.stringify(terms)} ${checkKey} ${condition}`
      const version = table.version()
      const known = checkedByKey.get(key)
      if (known?.version === version) return rowsOf(`${key} ${version}`, await known.rows)
      const isNarrowed = terms.all.length + terms.none.length > 0
      const candidates = file.read(() =>
        isNarrowed
          ? readRows(terms)
          : (file.prepare(`SELECT rid FROM ${layout.table} WHERE ${condition}`, 'pluck').all() as number[]),
      )
      const rows = check(candidates, passes)
      checkedByKey.delete(key)
      checkedByKey.set(key, { version, rows })
      const oldest = checkedByKey.keys().next()
      if (checkedByKey.size > REMEMBERED && !oldest.done) checkedByKey.delete(oldest.value)
      return rowsOf(`${key} ${version}`, await rows)
    },
    best: (terms, where, limit) =>
      file.read(() => {
        const { match } = writeMatch(terms)
        if (table.search === undefined || match === undefined || match === '') return []
        const condition = compileView(layout, { where, sort: [] }).where
        const first = terms.all[0]?.find(isPhrase)
        const begins =
          first === undefined ? [] : selectRanked(`^${writePhrase(first)} AND (${match})`, condition, limit)
        const rids = new Set([...begins, ...selectRanked(match, condition, limit)])
        return table.readByRows([...rids].slice(0, limit))
      }),
  }
}

/** A search as typed, every word a beginning, or one that was read already. Undefined where nothing was asked. */
export function hitsOf(table: DocumentTable, search: View['search']): SearchHits | undefined {
  if (typeof search !== 'string') return search
  const match = table.search?.match(search)
  return match && { key: match.param, rows: () => table.file.prepare(match.sql, 'pluck').all(match.param) as number[] }
}

function rowsOf(key: string, rows: readonly number[]): SearchHits {
  return { key, rows: () => rows }
}

/** `match`: undefined where nothing must be found, '' where nothing can be. `without`: what must not be, where that is all. */
function writeMatch({ all, none }: SearchTerms): { readonly match?: string; readonly without?: string } {
  if (all.some(phrases => !phrases.some(isPhrase))) return { match: '' }
  const wanted = all.map(phrases => `(${writeEither(phrases)})`).join(' AND ')
  const unwanted = writeEither(none)
  if (wanted === '') return unwanted === '' ? {} : { without: unwanted }
  return { match: unwanted === '' ? wanted : `(${wanted}) NOT (${unwanted})` }
}

function writeEither(phrases: readonly SearchPhrase[]): string {
  return phrases.filter(isPhrase).map(writePhrase).join(' OR ')
}

/** A string of FTS5's own, of letters alone: nothing in it is an operator. */
function writePhrase({ words, open }: SearchPhrase): string {
  return `"${readWords(words.join(' ')).join(' ')}"${open ? '*' : ''}`
}

function isPhrase({ words }: SearchPhrase): boolean {
  return readWords(words.join(' ')).length > 0
}

function nextTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
