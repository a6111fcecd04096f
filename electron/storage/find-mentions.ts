/**
 * Every file that the documents of a whole database file name, deleted ones too. For a file that nobody has open; it changes
 * no document, and rather fails than leaves one out.
 */
import type { Report } from './job-report.ts'
import { endsWithinPage, type KeyedFile, openKeyedDatabase } from './keyed-database.ts'
import { StorageError, withStorageErrors } from './storage-error.ts'
import { listTables } from './stored-table.ts'
import type { StoredDocument } from './table-layout.ts'
import type { FoundFile, Knowledge } from './verify.ts'

export interface MentionsJob {
  readonly kind: 'mentions'
  readonly file: KeyedFile
}

export interface Mentioned {
  readonly hashes: readonly string[]
}

const TOLD_EVERY = 500

export function findMentioned({ file }: MentionsJob, knowledge: Knowledge, report: Report): Mentioned {
  const hashes = new Set<string>()
  readMentions(file, knowledge, report, ({ hash }) => hashes.add(hash))
  return { hashes: [...hashes] }
}

/** @throws StorageError damaged where anything of it cannot be read, or it is no database of documents */
export function readMentions(file: KeyedFile, knowledge: Knowledge, report: Report, found: FoundFile): void {
  withStorageErrors(file.path, () => {
    // Not read-only: what was in its WAL when it was set aside goes where it belongs, instead of leaving files beside it.
    const database = openKeyedDatabase(file, { existing: true })
    try {
      const tables = listTables(database)
      if (tables.length === 0 || endsWithinPage(file, database))
        throw new StorageError('damaged', `${file.path} holds no documents, or not all it had.`)
      let documents = 0
      for (const { table, collection } of tables) {
        const readFiles = knowledge.files?.[collection]
        if (readFiles === undefined) continue
        for (const doc of database.prepare<[], string>(`SELECT doc FROM ${table}`).pluck().iterate()) {
          if (documents++ % TOLD_EVERY === 0) report.step('mentions', documents, 0)
          readFiles(parse(doc, file.path), found)
        }
      }
    } finally {
      database.close()
    }
  })
}

function parse(doc: string, path: string): StoredDocument {
  try {
    return JSON.parse(doc) as StoredDocument
  } catch (cause) {
    throw new StorageError('damaged', `A document in ${path} is no JSON.`, cause)
  }
}
