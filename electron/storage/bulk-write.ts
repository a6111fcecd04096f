/**
 * RxDB's bulkWrite over a document table: every row succeeds or fails alone, all successful ones of a call are one
 * transaction, and the changes are told once it is committed. Reads only `{id, rev}` of what it is about to replace.
 */
import type {
  BulkWriteRow,
  CategorizeBulkWriteRowsOutput,
  RxAttachmentWriteData,
  RxStorageBulkWriteResponse,
  RxStorageInstance,
  RxStorageWriteError,
} from 'rxdb'
import { categorizeBulkWriteRows } from 'rxdb'
import type { AttachmentTable } from './attachment-table.ts'
import type { Changes, Checkpoint } from './change-channel.ts'
import type { DocumentTable, StoredRevision, WrittenRow } from './document-table.ts'
import type { StoredDocument } from './table-layout.ts'

export type WriteRow = BulkWriteRow<StoredDocument>
type Categorized = CategorizeBulkWriteRowsOutput<StoredDocument>
/** Bytes of new attachments, read before the transaction. */
export type AttachmentBytes = ReadonlyMap<RxAttachmentWriteData, Uint8Array>

export interface BulkWriteTarget {
  /** Only its schema is looked at. */
  readonly instance: RxStorageInstance<StoredDocument, unknown, unknown, Checkpoint>
  readonly table: DocumentTable
  readonly attachments: AttachmentTable | undefined
  tell(changes: Changes): void
}

/** The bytes of every new attachment in `rows`, or undefined where there are none to wait for. */
export function readAttachmentBytes(rows: readonly WriteRow[]): Promise<AttachmentBytes> | undefined {
  const waiting: Promise<readonly [RxAttachmentWriteData, Uint8Array]>[] = []
  for (const row of rows)
    for (const attachment of Object.values(row.document._attachments ?? {}))
      if ('data' in attachment)
        waiting.push(attachment.data.arrayBuffer().then(bytes => [attachment, new Uint8Array(bytes)] as const))
  return waiting.length === 0 ? undefined : Promise.all(waiting).then(pairs => new Map(pairs))
}

export function writeBulk(
  target: BulkWriteTarget,
  rows: WriteRow[],
  context: string,
  bytes: AttachmentBytes,
): RxStorageBulkWriteResponse<StoredDocument> {
  const error: RxStorageWriteError<StoredDocument>[] = []
  for (const pass of splitByDocument(rows, target.table.layout.primaryPath))
    error.push(...writePass(target, pass, context, bytes))
  return { error }
}

/** The same document twice in one call: the second row must meet the result of the first. */
function splitByDocument(rows: WriteRow[], primaryPath: string): WriteRow[][] {
  const passes: WriteRow[][] = []
  const seen = new Map<unknown, number>()
  for (const row of rows) {
    const id = row.document[primaryPath]
    const pass = seen.get(id) ?? 0
    seen.set(id, pass + 1)
    ;(passes[pass] ??= []).push(row)
  }
  return passes
}

function writePass(
  target: BulkWriteTarget,
  rows: WriteRow[],
  context: string,
  bytes: AttachmentBytes,
): RxStorageWriteError<StoredDocument>[] {
  const { table } = target
  const { primaryPath } = table.layout
  const written: WrittenRow[] = []
  let seq = 0

  const categorized = table.file.write(() => {
    table.tally?.begin()
    const stored = table.readRevisions(rows.map(row => row.document[primaryPath] as string))
    const result = categorizeBulkWriteRows<StoredDocument>(
      target.instance,
      primaryPath,
      asRevisionsOnly(stored),
      rows,
      context,
    )
    const refused = new Set(result.errors.map(failure => failure.documentId))
    seq = table.lastSequence()
    for (const row of result.bulkInsertDocs)
      if (!refused.has(row.document[primaryPath] as string)) written.push(table.insert(row.document, ++seq))
    for (const row of result.bulkUpdateDocs) {
      const revision = stored.get(row.document[primaryPath] as string)
      if (revision) written.push(table.update(revision.rid, row.document, row.previous, ++seq))
    }
    table.search?.tidy()
    table.tally?.end(seq)
    if (target.attachments) writeAttachments(target.attachments, result, refused, bytes)
    return result
  })

  table.settle(written)
  for (const failure of categorized.errors) hydrate(table, failure)
  announce(target, categorized, seq)
  return categorized.errors
}

/** categorizeBulkWriteRows looks only at `_rev` of a stored document; a refused row gets the whole one in hydrate. */
function asRevisionsOnly(stored: ReadonlyMap<string, StoredRevision>): Map<string, StoredDocument> {
  const documents = new Map<string, StoredDocument>()
  for (const [id, { rev }] of stored) documents.set(id, { _rev: rev } as StoredDocument)
  return documents
}

/** A 409 carries the full current document: RxDB re-inserts over tombstones by it, replication merges with it. */
function hydrate(table: DocumentTable, failure: RxStorageWriteError<StoredDocument>): void {
  if (!('documentInDb' in failure) || failure.documentInDb === undefined) return
  const current = table.readByIds([failure.documentId])[0]
  if (current) failure.documentInDb = current
}

function writeAttachments(
  attachments: AttachmentTable,
  result: Categorized,
  refused: ReadonlySet<string>,
  bytes: AttachmentBytes,
): void {
  for (const entry of [...result.attachmentsAdd, ...result.attachmentsUpdate]) {
    const data = bytes.get(entry.attachmentData)
    if (data && !refused.has(entry.documentId)) attachments.put(entry, entry.digest, entry.attachmentData.type, data)
  }
  for (const entry of result.attachmentsRemove) attachments.remove(entry)
}

function announce(target: BulkWriteTarget, categorized: Categorized, seq: number): void {
  const { eventBulk, errors, newestRow } = categorized
  if (errors.length > 0) {
    const refused = new Set(errors.map(failure => failure.documentId))
    eventBulk.events = eventBulk.events.filter(event => !refused.has(event.documentId))
  }
  if (newestRow === undefined || eventBulk.events.length === 0) return
  eventBulk.checkpoint = { seq }
  target.tell(eventBulk)
}
