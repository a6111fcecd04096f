/**
 * One RxStorageInstance: RxDB's interface over a document table that it may share with other instances. Keeps the promises
 * RxDB relies on: one event per successful write before it resolves, close() idempotent, nothing works after it.
 */
import type { RxStorageInstance } from 'rxdb'
import type { AttachmentBytes } from './bulk-write.ts'
import { readAttachmentBytes, writeBulk } from './bulk-write.ts'
import type { AttachmentTable } from './attachment-table.ts'
import type { ChangeChannel, Checkpoint } from './change-channel.ts'
import type { DocumentTable } from './document-table.ts'
import { withoutOutline } from './outline.ts'
import { countQuery, runQuery } from './query-run.ts'
import { StorageError } from './storage-error.ts'
import type { StoredDocument } from './table-layout.ts'

export interface SqliteInternals {
  readonly table: DocumentTable
}
export type SqliteInstanceOptions = Readonly<Record<string, never>>

export interface OpenTable {
  readonly table: DocumentTable
  readonly attachments: AttachmentTable | undefined
  readonly channel: ChangeChannel
  instances: number
  removed: boolean
}

export interface StorageInstanceDeps {
  readonly databaseName: string
  readonly collectionName: string
  readonly options: SqliteInstanceOptions
  readonly open: OpenTable
  readonly now: () => number
  /** The table is gone: the next instance of this name starts a new one. */
  onRemove(): void
  onClose(): Promise<void>
}

type Instance = RxStorageInstance<StoredDocument, SqliteInternals, SqliteInstanceOptions, Checkpoint>

/** Tombstones purged by one cleanup call; the caller calls again until it answers true. */
const PURGE_BATCH = 500
const NO_BYTES: AttachmentBytes = new Map()

export function openStorageInstance(deps: StorageInstanceDeps): Instance {
  const { open } = deps
  const { table, channel } = open
  const changes = channel.join()
  /** Writes that still wait: for an attachment's bytes, or until writing is free. */
  const pending = new Set<Promise<unknown>>()
  let closing: Promise<void> | undefined

  function assertOpen(): void {
    if (closing || open.removed)
      throw new StorageError('closed', `${table.layout.name} is ${open.removed ? 'removed' : 'closed'}`)
  }

  const instance: Instance = {
    databaseName: deps.databaseName,
    collectionName: deps.collectionName,
    schema: table.schema,
    options: deps.options,
    internals: { table },

    async bulkWrite(rows, context) {
      assertOpen()
      const target = { instance, table, attachments: open.attachments, tell: channel.tell }
      const reading = open.attachments && readAttachmentBytes(rows)
      if (reading === undefined && table.file.writable() === undefined)
        return writeBulk(target, rows, context, NO_BYTES)
      const write = async () => {
        const bytes = reading === undefined ? NO_BYTES : await reading
        await table.file.writable()
        return writeBulk(target, rows, context, bytes)
      }
      const writing = write()
      // close() lets them be written first.
      pending.add(writing)
      try {
        return await writing
      } finally {
        pending.delete(writing)
      }
    },
    async findDocumentsById(ids, withDeleted) {
      assertOpen()
      const documents = table.file.read(() => table.readByIds(ids))
      return withDeleted ? documents : documents.filter(document => !document._deleted)
    },
    async query(prepared) {
      assertOpen()
      return { documents: runQuery(table, prepared) }
    },
    async count(prepared) {
      assertOpen()
      return { count: countQuery(table, prepared), mode: 'fast' }
    },
    async getAttachmentData(documentId, attachmentId, digest) {
      assertOpen()
      const data = table.file.read(() => open.attachments?.read({ documentId, attachmentId }, digest))
      if (!data) throw new Error(`There is no attachment ${attachmentId} of ${documentId} with this digest`)
      return data
    },
    async getChangedDocumentsSince(limit, checkpoint) {
      assertOpen()
      return table.file.read(() => {
        const { rids, lastSeq } = table.changedSince(checkpoint?.seq ?? 0, limit)
        return { documents: table.readByRows(rids), checkpoint: { seq: lastSeq } }
      })
    },
    changeStream() {
      assertOpen()
      return changes.asObservable()
    },
    async cleanup(minimumDeletedTime) {
      assertOpen()
      await table.file.writable()
      const purged = table.purge(deps.now() - minimumDeletedTime, PURGE_BATCH)
      if (purged > 0) open.attachments?.prune()
      return purged < PURGE_BATCH
    },
    close() {
      closing ??= Promise.allSettled(pending).then(() => {
        channel.leave(changes)
        return deps.onClose()
      })
      return closing
    },
    async remove() {
      assertOpen()
      await Promise.allSettled(pending)
      await table.file.writable()
      open.removed = true
      deps.onRemove()
      withoutOutline(table.file.path, () => {
        open.attachments?.drop()
        table.drop()
      })
      table.file.keepOutline()
      await instance.close()
    },
  }
  return instance
}
