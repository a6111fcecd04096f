/**
 * An edit by somebody who had an earlier value before their eyes, because the field was held still while they were in it
 * (M14): the two edits meet as if they had been made on two devices. So neither takes the other's place unseen.
 */
import { equalValues } from './canonical.ts'
import { isCombined, readStamp, stampAfter } from './clock.ts'
import { type Edit, editRecord } from './edit.ts'
import { cellOf, mergeRecords } from './merge.ts'
import type { DeviceId, FieldId, RecordState, Stamp, Value } from './record.ts'
import type { Field } from './record-type.ts'

/** What a merge has to know. */
export interface Surroundings {
  /** This device. What it wrote itself a moment ago is simply edited further. */
  readonly device: DeviceId
  readonly fieldOf: (id: FieldId) => Field | undefined
  readonly nameOf: (device: DeviceId) => string | undefined
}

/** `seen` is the value that the edit was made from. */
export function editSeen(
  record: RecordState,
  edit: { readonly field: FieldId; readonly value: Value; readonly seen: Value },
  stamp: Stamp,
  { device, fieldOf, nameOf }: Surroundings,
): Edit<RecordState> {
  const { field, value, seen } = edit
  const current = cellOf(record, field)
  const isOwn = current === undefined || (readStamp(current.stamp).device === device && !isCombined(current.stamp))
  if (isOwn || equalValues(current.value, seen)) return editRecord(record, field, value, stamp)
  if (equalValues(value, seen)) return { record, replaced: [], undo: undefined }
  const base = { ...record, cells: { ...record.cells, [field]: { value: seen, stamp: record.created } } }
  const ours = editRecord(base, field, value, stampAfter(stamp, current.stamp)).record
  const { merged, replaced } = mergeRecords(base, record, ours, fieldOf, nameOf)
  const result = cellOf(merged, field) ?? current
  // Both had come to the same.
  if (equalValues(result.value, current.value) && merged.versions.length === record.versions.length)
    return { record, replaced: [], undo: undefined }
  const made = result.stamp
  return { record: merged, replaced, undo: { record: record.id, field, value: current.value, made } }
}
