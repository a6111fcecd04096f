/**
 * A person's writes to one record: create, edit, delete, restore, duplicate. Each answers the new state and what it
 * replaced; history is written before the state (M13). Nothing here decides whether a value is allowed.
 */
import type { Undo } from './api.ts'
import { equalValues } from './canonical.ts'
import { stampAfter } from './clock.ts'
import { historyEntry } from './history.ts'
import { cellOf, type Mergeable, settleDown } from './merge.ts'
import {
  type Cause,
  type Cell,
  DELETION,
  type FieldId,
  type HistoryEntry,
  type RecordId,
  type RecordState,
  type Stamp,
  type TypeId,
  type Value,
} from './record.ts'

export type CellUndo = Extract<Undo, { kind: 'cells' }>['cells'][number]

export interface Edit<S> {
  /** The very object handed in when the edit changes nothing. */
  readonly record: S
  readonly replaced: readonly HistoryEntry[]
  /** How to take this edit back; undefined when it changed nothing. */
  readonly undo: CellUndo | undefined
}

/** Typing what is there already is no edit. The stamp is raised above the cell's own if that is from a clock far ahead. */
export function editRecord<S extends Mergeable = RecordState>(
  record: S,
  field: FieldId,
  value: Value,
  stamp: Stamp,
  cause: Cause = 'edit',
): Edit<S> {
  const old = cellOf(record, field)
  if (equalValues(old?.value, value)) return { record, replaced: [], undo: undefined }
  const cell: Cell = { value, stamp: stampAfter(stamp, old?.stamp ?? record.created) }
  const cells = { ...record.cells, [field]: cell }
  const { versions } = settleDown(record.versions, new Map(Object.entries(cells)))
  return {
    record: { ...record, cells, versions },
    replaced: old === undefined ? [] : [historyEntry(record.id, field, old, cell.stamp, cause)],
    undo: { record: record.id, field, value: old?.value ?? null, made: cell.stamp },
  }
}

/** A new record; cells without a value are left out. Its undo deletes it, if nobody has restored or deleted it since. */
export function createRecord(input: {
  readonly id: RecordId
  readonly type: TypeId
  readonly cells: { readonly [field: FieldId]: Value }
  readonly stamp: Stamp
}): { readonly record: RecordState; readonly undo: CellUndo } {
  const { id, type, stamp } = input
  const filled = Object.entries(input.cells).filter(([field, value]) => value !== null && field !== DELETION)
  const cells = Object.fromEntries(filled.map(([field, value]) => [field, { value, stamp }]))
  return {
    record: { id, type, created: stamp, cells, versions: [] },
    undo: { record: id, field: DELETION, value: true, made: stamp },
  }
}

/** A new record with the values shown in `record`; `skip` names the fields that must not be copied (computed ones). */
export function duplicateRecord(
  record: RecordState,
  input: {
    readonly id: RecordId
    readonly stamp: Stamp
    readonly skip?: (field: FieldId) => boolean
    /** What the copy has of its own. */
    readonly more?: { readonly [field: FieldId]: Value }
  },
): { readonly record: RecordState; readonly undo: CellUndo } {
  const copied = Object.entries(record.cells).filter(([field]) => !(input.skip?.(field) ?? false))
  const cells = { ...Object.fromEntries(copied.map(([field, cell]) => [field, cell.value])), ...input.more }
  return createRecord({ id: input.id, type: record.type, cells, stamp: input.stamp })
}

export function deleteRecord<S extends Mergeable = RecordState>(record: S, stamp: Stamp): Edit<S> {
  return editRecord(record, DELETION, true, stamp)
}

/** Restoring is an edit like any other. A record that was never deleted stays as it is. */
export function restoreRecord<S extends Mergeable = RecordState>(record: S, stamp: Stamp): Edit<S> {
  if (cellOf(record, DELETION)?.value !== true) return { record, replaced: [], undo: undefined }
  return editRecord(record, DELETION, false, stamp)
}
