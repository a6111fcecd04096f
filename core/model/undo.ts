/**
 * Takes back what an edit or a settlement did to one record, as a new edit with a fresh stamp (M13). It refuses ('stale')
 * when the field has been written since, so that undo never overwrites somebody else's work.
 */
import type { Undo } from './api.ts'
import { stampAfter } from './clock.ts'
import { type CellUndo, editRecord } from './edit.ts'
import { fail, type Result, succeed } from './failure.ts'
import { historyEntry } from './history.ts'
import { cellOf, type Mergeable, settleDown } from './merge.ts'
import type { Cause, HistoryEntry, RecordState, Stamp } from './record.ts'

export type SettleUndo = Extract<Undo, { kind: 'settle' }>

export interface Undone<S, U> {
  readonly record: S
  readonly replaced: readonly HistoryEntry[]
  /** Takes the undo back: the redo. */
  readonly undo: U
}

/** A cell that was never filled counts as made when the record was. */
export function undoCell<S extends Mergeable = RecordState>(
  record: S,
  undo: CellUndo,
  stamp: Stamp,
  cause: Cause = 'edit',
): Result<Undone<S, CellUndo>> {
  const current = cellOf(record, undo.field)
  if ((current?.stamp ?? record.created) !== undo.made) return fail('stale')
  const edit = editRecord(record, undo.field, undo.value, stamp, cause)
  if (edit.undo === undefined) return fail('stale')
  return succeed({ record: edit.record, replaced: edit.replaced, undo: edit.undo })
}

/** Shows the earlier value again and opens the versions that were closed; a redo (`closes`) closes them again. */
export function undoSettle<S extends Mergeable = RecordState>(
  record: S,
  undo: SettleUndo,
  stamp: Stamp,
): Result<Undone<S, SettleUndo>> {
  const current = cellOf(record, undo.field)
  if (current === undefined || current.stamp !== undo.made) return fail('stale')
  const closes = undo.closes ?? []
  const closed = record.versions.filter(one => one.field === undo.field && closes.includes(one.stamp))
  const made = stampAfter(stamp, current.stamp)
  const cells = { ...record.cells, [undo.field]: { value: undo.value, stamp: made } }
  const kept = record.versions.filter(one => !closed.includes(one))
  const { versions, overflow } = settleDown([...kept, ...undo.versions], new Map(Object.entries(cells)))
  const redo: SettleUndo = {
    kind: 'settle',
    record: record.id,
    field: undo.field,
    made,
    value: current.value,
    versions: closed,
    ...(undo.versions.length > 0 ? { closes: undo.versions.map(one => one.stamp) } : {}),
  }
  const gone = [current, ...closed].map(one => historyEntry(record.id, undo.field, one, made, 'settle'))
  const moved = overflow.map(one => historyEntry(record.id, one.field, one, made, 'settle'))
  return succeed({ record: { ...record, cells, versions }, replaced: [...gone, ...moved], undo: redo })
}
