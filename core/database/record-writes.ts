/**
 * How a person's edit reaches a record: read, change, keep what was replaced, compare and set. Atomic per record; repeated
 * on the newest state when somebody else wrote in between, so that no write is lost.
 */
import { DELETION } from '../model/record.ts'
import type { HistoryEntry, RecordId, RecordState } from '../model/record.ts'
import { type Context, keepHistory } from './context.ts'
import type { RecordDocument } from './documents.ts'
import { toDocument, toState } from './states.ts'

export interface Write<T> {
  readonly record: RecordState
  readonly replaced: readonly HistoryEntry[]
  readonly outcome: T
}

/** Records taken through one `change` at a time: a paste over ten thousand rows must not hold the storage in one go. */
const CHUNK = 200

/** `change` answers null to leave a record alone; it may be asked again for the same record. Missing records are skipped. */
export async function writeRecords<T>(
  { tables, typeOf }: Context,
  ids: readonly RecordId[],
  change: (record: RecordState) => Write<T> | null,
): Promise<ReadonlyMap<RecordId, T>> {
  const outcomes = new Map<RecordId, T>()
  for (let from = 0; from < ids.length; from += CHUNK) {
    const written = await tables.records.change(
      ids.slice(from, from + CHUNK),
      document => {
        const write = change(toState(document))
        if (write === null) return null
        const next = toDocument(write.record, typeOf(write.record.type), { unsent: 1, sent: document.sent })
        return { document: next, replaced: write.replaced, outcome: write.outcome }
      },
      changes =>
        keepHistory(
          tables,
          changes.flatMap(({ replaced }) => replaced),
        ),
    )
    for (const [id, { outcome }] of written) outcomes.set(id, outcome)
  }
  return outcomes
}

export async function insertRecords({ tables, typeOf }: Context, records: readonly RecordState[]): Promise<void> {
  const documents: RecordDocument[] = records.map(record =>
    toDocument(record, typeOf(record.type), { unsent: 1, sent: '' }),
  )
  for (let from = 0; from < documents.length; from += CHUNK) {
    await tables.records.insert(documents.slice(from, from + CHUNK))
  }
}

/** Fields a person may not write by themselves; deleting has calls of its own. */
export function isReserved(field: string): boolean {
  return field === DELETION || field === '' || field.length > 64
}
