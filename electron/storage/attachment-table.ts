/** Attachments of one collection as blobs beside its documents. Their bytes are read before a transaction begins, never inside. */
import { encodeTextKey } from './key-encoding.ts'
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
  /** Removes what belonged to documents that are gone: a document can arrive deleted and still have attachments. */
  prune(): void
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
      file.prepare(sql).run(encodeTextKey(documentId), encodeTextKey(attachmentId), digest, type, bytes)
    },
    remove({ documentId, attachmentId }) {
      const sql = `DELETE FROM ${table} WHERE document = ? AND attachment = ?`
      file.prepare(sql).run(encodeTextKey(documentId), encodeTextKey(attachmentId))
    },
    read({ documentId, attachmentId }, digest) {
      const sql = `SELECT type, data FROM ${table} WHERE document = ? AND attachment = ? AND digest = ?`
      const row = file.prepare(sql, 'raw').get(encodeTextKey(documentId), encodeTextKey(attachmentId), digest) as
        [string, Uint8Array] | undefined
      return row && new Blob([new Uint8Array(row[1])], { type: row[0] })
    },
    prune() {
      const sql = `DELETE FROM ${table} WHERE document NOT IN (SELECT id FROM ${layout.table})`
      file.write(() => file.prepare(sql).run())
    },
    drop() {
      file.write(() => file.database.exec(`DROP TABLE IF EXISTS ${table}`))
    },
  }
}
