/**
 * Applies a person's choice to one field's clash (rule M12): a fresh stamp, and exactly the versions that were decided
 * about are closed. It never touches another field, and everything it replaces goes to history.
 */
import type { Choice, Undo } from './api.ts'
import { maxStamp, stampAfter } from './clock.ts'
import { fail, type Result, succeed } from './failure.ts'
import { historyEntry } from './history.ts'
import { cellOf, type Mergeable } from './merge.ts'
import { DELETION, type FieldId, type HistoryEntry, type RecordState, type Stamp, type Value } from './record.ts'

export interface Settled<S> {
  readonly record: S
  readonly replaced: readonly HistoryEntry[]
  readonly undo: Undo
}

/**
 * 'shown' and 'value' close all open versions of the field; 'version' and 'before' close the one they name. Fails with
 * 'stale' when there is nothing (any more) to decide.
 */
export function settle<S extends Mergeable = RecordState>(
  record: S,
  field: FieldId,
  choice: Choice,
  stamp: Stamp,
): Result<Settled<S>> {
  const open = record.versions.filter(version => version.field === field)
  const named = 'stamp' in choice ? open.filter(version => version.stamp === choice.stamp) : open
  const first = named[0]
  if (first === undefined) return fail('stale')
  const old = cellOf(record, field)
  const nothing = field === DELETION ? false : null
  const chosen = ((): Value | undefined => {
    if (choice.kind === 'shown') return old?.value ?? nothing
    if (choice.kind === 'version') return first.value
    return choice.kind === 'before' ? first.before : choice.value
  })()
  if (chosen === undefined) return fail('stale')

  const gone = [...(old === undefined ? [] : [old]), ...named]
  const made = stampAfter(stamp, gone.map(one => one.stamp).reduce(maxStamp))
  return succeed({
    record: {
      ...record,
      cells: { ...record.cells, [field]: { value: chosen, stamp: made } },
      versions: record.versions.filter(version => !named.includes(version)),
    },
    replaced: gone.map(one => historyEntry(record.id, field, one, made, 'settle')),
    undo: { kind: 'settle', record: record.id, field, made, value: old?.value ?? nothing, versions: named },
  })
}
