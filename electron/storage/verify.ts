/**
 * Holds a whole file against itself: SQLite's own check of every page and index, each document against its columns and
 * what its owner knows of it, search and tallies against the documents, and what documents refer to. One moment's state,
 * while others write. It changes nothing, and a damaged page is a finding, not a failure.
 */
import type Database from 'better-sqlite3-multiple-ciphers'
import type { Report } from './job-report.ts'
import { encodeTextKey } from './key-encoding.ts'
import { endsWithinPage, type KeyedFile, openKeyedDatabase } from './keyed-database.ts'
import { quoteName } from './quoting.ts'
import type { SearchText } from './search-index.ts'
import { readSqliteCode, StorageError, toStorageError, withStorageErrors } from './storage-error.ts'
import { listTables, type StoredTable } from './stored-table.ts'
import { LOOSE, readKey, type StoredDocument } from './table-layout.ts'
import type { FileMention } from './verify-files.ts'
import { findUnsearchable } from './verify-search.ts'

/** What the owner of the documents knows of them, by collection name. */
export interface Knowledge {
  readonly search?: { readonly [collection: string]: SearchText }
  /** What is wrong with a document, in a word for a log; undefined if nothing is. */
  readonly check?: { readonly [collection: string]: (document: StoredDocument) => string | undefined }
  readonly references?: readonly Reference[]
  /** Which files a document names, deleted ones too. */
  readonly files?: { readonly [collection: string]: (document: StoredDocument, found: FoundFile) => void }
}

export type FoundFile = (mention: FileMention) => void

/** Documents of `from` name documents of `to`. One that is not there is told, and is no damage. */
export interface Reference {
  readonly from: string
  readonly to: string
  read(document: StoredDocument): readonly string[]
}

export interface VerifyJob {
  readonly kind: 'verify'
  readonly file: KeyedFile
  /** The folder of the files that its documents name; without it none are looked at. */
  readonly files?: string
}

export interface Verified {
  /** Nothing is wrong; references that lead nowhere do not count. */
  readonly sound: boolean
  readonly documents: number
  /** How many findings of each kind. */
  readonly counts: { readonly [kind in Finding['kind']]: number }
  /** The first of them. */
  readonly findings: readonly Finding[]
}

/**
 * pages: SQLite cannot read the file as it should be. document: it cannot be read, or is not what its columns or its owner
 * say. search, tally: what is derived is not in step with the documents. reference: it names what is not there.
 */
export interface Finding {
  readonly kind: 'pages' | 'document' | 'search' | 'tally' | 'reference'
  readonly table: string
  readonly id: string
  readonly detail: string
}

const MOST_FINDINGS = 200
const BATCH = 500

/**
 * `found` hears of every file that a document names.
 * @throws StorageError only where nothing can be read at all (wrong key, first page damaged, busy)
 */
export function verifyFile({ file }: VerifyJob, knowledge: Knowledge, report: Report, found?: FoundFile): Verified {
  const database = openKeyedDatabase(file)
  const findings: Finding[] = []
  const counts = { pages: 0, document: 0, search: 0, tally: 0, reference: 0 }
  const find = (kind: Finding['kind'], table: string, id: string, detail: string) => {
    counts[kind]++
    if (findings.length < MOST_FINDINGS) findings.push({ kind, table, id, detail })
  }
  let documents = 0
  try {
    const tables = withStorageErrors(file.path, () => {
      database.exec('BEGIN')
      return listTables(database)
    })
    report.step('pages', 0, 0)
    checkPages(database, find)
    if (endsWithinPage(file, database)) find('pages', '', '', 'The file ends within a page')
    const totals = new Map(tables.map(table => [table, countRows(database, table)]))
    const total = [...totals.values()].reduce((sum, count) => sum + count, 0)
    for (const table of tables) {
      const look = watchDocuments(database, table, tables, knowledge, find, found)
      for (const batch of readBatches(database, table, find)) {
        for (const row of batch) look(row)
        documents += batch.length
        report.step('documents', Math.min(documents, total), total)
      }
      tolerate(find, 'tally', table.name, () => checkTallies(database, table, find))
      const readText = knowledge.search?.[table.collection]
      const { search } = table
      if (search === undefined || readText === undefined) continue
      tolerate(find, 'search', table.name, () => {
        for (const { id, detail } of findUnsearchable(database, table, search, readText, done =>
          report.step('search', done, totals.get(table) ?? 0),
        ))
          find('search', table.name, id, detail)
      })
    }
    const { reference: _harmless, ...grave } = counts
    return { sound: Object.values(grave).every(count => count === 0), documents, counts, findings }
  } finally {
    database.close()
  }
}

type Find = (kind: Finding['kind'], table: string, id: string, detail: string) => void

function checkPages(database: Database.Database, find: Find): void {
  tolerate(find, 'pages', '', () => {
    const answers = database.prepare<[], string>(`PRAGMA integrity_check(${MOST_FINDINGS})`).pluck().all()
    for (const answer of answers) if (answer !== 'ok') find('pages', '', '', answer)
  })
}

/** A page that cannot be read is a finding; everything else goes on being thrown. */
function tolerate(find: Find, kind: Finding['kind'], table: string, work: () => void): void {
  try {
    work()
  } catch (thrown) {
    const error = toStorageError(thrown, table)
    if (!(error instanceof StorageError) || error.code !== 'damaged') throw error
    find(kind, table, '', readSqliteCode(thrown) ?? error.message)
  }
}

function countRows(database: Database.Database, { table }: StoredTable): number {
  try {
    return Number(database.prepare(`SELECT count(*) FROM ${table}`).pluck().get())
  } catch (thrown) {
    if (readSqliteCode(thrown) === undefined) throw thrown
    return 0
  }
}

interface StoredRow {
  readonly rid: number
  readonly id: string
  readonly rev: string
  readonly deleted: number
  readonly lwt: number
  readonly doc: string
  readonly [key: string]: unknown
}

/** All that can be read; a damaged page ends its table, and is a finding already. */
function* readBatches(database: Database.Database, { name, table }: StoredTable, find: Find) {
  const rows = database.prepare<[number], StoredRow>(`SELECT * FROM ${table} WHERE rid > ? ORDER BY rid LIMIT ${BATCH}`)
  for (let last = Number.MIN_SAFE_INTEGER; ;) {
    let batch: StoredRow[] = []
    tolerate(find, 'document', name, () => (batch = rows.all(last)))
    const end = batch.at(-1)
    if (end === undefined) return
    yield batch
    last = end.rid
  }
}

function watchDocuments(
  database: Database.Database,
  table: StoredTable,
  tables: readonly StoredTable[],
  knowledge: Knowledge,
  find: Find,
  found: FoundFile | undefined,
): (row: StoredRow) => void {
  const readFiles = found && knowledge.files?.[table.collection]
  const check = knowledge.check?.[table.collection]
  const references = (knowledge.references ?? [])
    .filter(({ from }) => from === table.collection)
    .flatMap(({ read, to }) => {
      const target = tables.find(each => each.collection === to)
      return target
        ? [{ read, to, exists: database.prepare(`SELECT 1 FROM ${target.table} WHERE id = ?`).pluck() }]
        : []
    })
  return row => {
    let document: StoredDocument
    try {
      document = JSON.parse(row.doc) as StoredDocument
    } catch {
      return find('document', table.name, row.id, 'is no JSON')
    }
    for (const detail of compareColumns(table, row, document)) find('document', table.name, row.id, detail)
    if (found) readFiles?.(document, found)
    if (row.deleted === 1) return
    const wrong = check?.(document)
    if (wrong !== undefined) find('document', table.name, row.id, wrong)
    for (const { read, to, exists } of references)
      for (const id of read(document))
        tolerate(find, 'document', table.name, () => {
          if (exists.get(encodeTextKey(id)) === undefined) find('reference', table.name, row.id, `${to} ${id}`)
        })
  }
}

function* compareColumns(table: StoredTable, row: StoredRow, document: StoredDocument): Generator<string> {
  if (document._rev !== row.rev) yield 'rev'
  if (Number(document._deleted) !== row.deleted) yield 'deleted'
  if (document._meta.lwt !== row.lwt) yield 'lwt'
  // `id` is the primary path of every schema that is met here; where another is, the column is all there is to go by.
  if (typeof document['id'] === 'string' && encodeTextKey(document['id']) !== row.id) yield 'id'
  if (table.loose) return
  for (const column of table.keyColumns) {
    const key = readKey(document, column)
    if (key !== LOOSE && key !== (row[`k_${column.path}`] ?? null)) yield column.path
  }
}

function checkTallies(database: Database.Database, table: StoredTable, find: Find): void {
  for (const { name, columns } of table.tallies) {
    if (columns.length === 0) continue
    const names = columns.map(({ sql }) => sql).join(', ')
    const keys = columns.map(({ sql }) => `coalesce(${sql}, x'') AS ${sql}`).join(', ')
    const kept = `SELECT ${names}, n FROM ${quoteName(name)} WHERE n <> 0`
    const counted = `SELECT ${keys}, count(*) AS n FROM ${table.table} WHERE deleted = 0 GROUP BY ${names}`
    const apart = database.prepare(
      `SELECT count(*) FROM (SELECT * FROM (${kept}) EXCEPT SELECT * FROM (${counted})
       UNION ALL SELECT * FROM (SELECT * FROM (${counted}) EXCEPT SELECT * FROM (${kept})))`,
    )
    const count = Number(apart.pluck().get())
    if (count > 0) find('tally', table.name, '', `${name}: ${count}`)
  }
}
