/** Makes history entries (rule M13). The id is made of what was replaced, so that the same replacement seen twice is one entry. */
import type { Cause, FieldId, HistoryEntry, RecordId, Stamp, Value } from './record.ts'

export function historyEntry(
  record: RecordId,
  field: FieldId,
  replaced: { readonly value: Value; readonly stamp: Stamp },
  replacedBy: Stamp,
  cause: Cause,
): HistoryEntry {
  const { value, stamp } = replaced
  return { id: historyId(record, field, stamp), record, field, value, stamp, replacedBy, cause }
}

/** Ids of one record's field sort as its stamps do: by time. */
export function historyId(record: RecordId, field: FieldId, stamp: Stamp): string {
  return `${record}|${field}|${stamp}`
}
