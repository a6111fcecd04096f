/** Attachments of one collection as blobs beside its documents. Their bytes are read before a transaction begins, never inside. */
import { quoteName } from './quoting.ts'
import type { SqliteFile } from './sqlite-file.ts'
import type { TableLayout } from './table-layout.ts'

export interface AttachmentKey {
  readonly documentId: string
  readonly attachmentId: string
}

export interface AttachmentTable {
  /** Inside file.write. */
  put(key: AttachmentKey, digest: string, type: string, bytes: Uint8Array): void
  remove(key: AttachmentKey): void
  read(key: AttachmentKey, digest: string): Blob | undefined
  drop(): void
}

export function openAttachmentTable(file: SqliteFile, layout: TableLayout): AttachmentTable {
  const table = quoteName(`${layout.name}/attachments`)
  file.write(() =>
    file.database.exec(
      `CREATE TABLE IF NOT EXISTS ${table} (document TEXT NOT NULL, attachment TEXT NOT NULL, digest TEXT NOT NULL,
         type TEXT NOT NULL, data BLOB NOT NULL, PRIMARY KEY (document, attachment))`,
    ),
  )
  return {
    put({ documentId, attachmentId }, digest, type, bytes) {
      const sql = `INSERT OR REPLACE INTO ${table} (document, attachment, digest, type, data) VALUES (?, ?, ?, ?, ?)`
      file.prepare(sql).run(documentId, attachmentId, digest, type, bytes)
    },
    remove({ documentId, attachmentId }) {
      file.prepare(`DELETE FROM ${table} WHERE document = ? AND attachment = ?`).run(documentId, attachmentId)
    },
    read({ documentId, attachmentId }, digest) {
      const sql = `SELECT type, data FROM ${table} WHERE document = ? AND attachment = ? AND digest = ?`
      const row = file.prepare(sql, 'raw').get(documentId, attachmentId, digest) as [string, Uint8Array] | undefined
      return row && new Blob([new Uint8Array(row[1])], { type: row[0] })
    },
    drop() {
      file.write(() => file.database.exec(`DROP TABLE IF EXISTS ${table}`))
    },
  }
}
