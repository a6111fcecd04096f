/** A person's writes and decisions on one record: edits, settling (M12), history (M13), and taking them back. */
import { describe, expect, test } from 'vitest'
import { createClock } from './clock.ts'
import {
  type CellUndo,
  createRecord,
  deleteRecord,
  duplicateRecord,
  type Edit,
  editRecord,
  restoreRecord,
} from './edit.ts'
import { DELETION, isDeleted, type RecordState, type Version } from './record.ts'
import { settle, type Settled } from './settle.ts'
import { undoCell, undoSettle } from './undo.ts'

let time = 1_000_000
const clock = createClock({ device: 'imac', now: () => (time += 10) })
const open: Version = { field: 'site', value: 'Weir', stamp: clock.stamp(), before: 'Lock' }
const second: Version = { field: 'site', value: 'Pier', stamp: clock.stamp() }
const elsewhere: Version = { field: 'depth', value: 7, stamp: clock.stamp(), before: 1 }
const { record: plain } = createRecord({
  id: 'r',
  type: 't',
  cells: { site: 'Mill', depth: 2, note: null },
  stamp: clock.stamp(),
})
const clashing: RecordState = { ...plain, versions: [elsewhere, open, second] }

const stampOf = (state: RecordState): string => state.cells['site']?.stamp ?? ''

/** The undo of an edit that changed something. */
function undoOf(edit: Edit<RecordState>): CellUndo {
  if (edit.undo === undefined) throw new Error('nothing to undo')
  return edit.undo
}

function settled(
  record: RecordState,
  ...rest: Parameters<typeof settle> extends [unknown, ...infer R] ? R : never
): Settled<RecordState> {
  const result = settle(record, ...rest)
  if (!result.ok) throw new Error(result.failure.code)
  return result.value
}

describe('edits', () => {
  test('M13 an edit sends what it replaced to history, under an id made of what was replaced', () => {
    const stamp = clock.stamp()
    const { record, replaced } = editRecord(plain, 'site', 'Weir', stamp)
    expect(record.cells['site']).toEqual({ value: 'Weir', stamp })
    expect(replaced).toEqual([
      {
        id: `r|site|${plain.created}`,
        record: 'r',
        field: 'site',
        value: 'Mill',
        stamp: plain.created,
        replacedBy: stamp,
        cause: 'edit',
      },
    ])
    expect(editRecord(plain, 'new', 1, clock.stamp()).replaced).toEqual([])
  })

  test('M1 typing what is there already is no edit', () => {
    expect(editRecord(plain, 'site', 'Mill', clock.stamp()).record).toBe(plain)
    expect(editRecord(plain, 'never filled', null, clock.stamp()).record).toBe(plain)
  })

  test('M1 typing the other version closes it, and no other', () => {
    expect(editRecord(clashing, 'site', 'Weir', clock.stamp()).record.versions).toEqual([elsewhere, second])
  })

  test('M6 an edit is later than the value it replaces, even where that came from a clock far ahead', () => {
    const future = createClock({ device: 'zebra', now: () => 4e12 }).stamp()
    const ahead = editRecord(plain, 'site', 'Future', future).record
    const { record } = editRecord(ahead, 'site', 'Now', clock.stamp())
    expect(stampOf(record) > future).toBe(true)
    expect(stampOf(record).endsWith('-imac')).toBe(true)
  })

  test('M13 undo is a new edit, its undo is the redo, and it refuses what was written since', () => {
    const edit = editRecord(plain, 'site', 'Weir', clock.stamp())
    const undone = undoCell(edit.record, undoOf(edit), clock.stamp())
    if (!undone.ok) throw new Error('refused')
    expect(undone.value.record.cells['site']?.value).toBe('Mill')
    expect(stampOf(undone.value.record) > undoOf(edit).made).toBe(true)
    expect(undone.value.replaced.map(entry => entry.value)).toEqual(['Weir'])
    const redone = undoCell(undone.value.record, undone.value.undo, clock.stamp())
    expect(redone.ok && redone.value.record.cells['site']?.value).toBe('Weir')
    expect(undoCell(undone.value.record, undoOf(edit), clock.stamp())).toEqual({
      ok: false,
      failure: { code: 'stale' },
    })
  })

  test('deleting and restoring are edits; undo of a new record deletes it', () => {
    const gone = deleteRecord(plain, clock.stamp())
    expect(isDeleted(gone.record)).toBe(true)
    expect(isDeleted(restoreRecord(gone.record, clock.stamp()).record)).toBe(false)
    expect(restoreRecord(plain, clock.stamp()).record).toBe(plain)
    const made = createRecord({ id: 'n', type: 't', cells: {}, stamp: clock.stamp() })
    const undone = undoCell(made.record, made.undo, clock.stamp())
    expect(undone.ok && isDeleted(undone.value.record)).toBe(true)
    expect(undoCell(gone.record, { ...made.undo, made: plain.created }, clock.stamp()).ok).toBe(false)
  })

  test('a new record leaves out cells without a value; a duplicate copies what shows and nothing else', () => {
    expect(Object.keys(plain.cells)).toEqual(['site', 'depth'])
    const gone = deleteRecord(clashing, clock.stamp()).record
    const stamp = clock.stamp()
    const { record } = duplicateRecord(gone, { id: 'copy', stamp, skip: field => field === 'depth' })
    expect(record).toEqual({
      id: 'copy',
      type: 't',
      created: stamp,
      cells: { site: { value: 'Mill', stamp } },
      versions: [],
    })
  })
})

describe('M12 settling', () => {
  test('M12 "shown" writes a fresh stamp and closes that field only', () => {
    const stamp = clock.stamp()
    const { record, replaced } = settled(clashing, 'site', { kind: 'shown' }, stamp)
    expect(record.cells['site']).toEqual({ value: 'Mill', stamp })
    expect(record.versions).toEqual([elsewhere])
    expect(replaced.map(entry => [entry.value, entry.cause])).toEqual([
      ['Mill', 'settle'],
      ['Weir', 'settle'],
      ['Pier', 'settle'],
    ])
  })

  test('M12 taking a version, or what was before it, closes exactly that version', () => {
    const taken = settled(clashing, 'site', { kind: 'version', stamp: open.stamp }, clock.stamp()).record
    expect(taken.cells['site']?.value).toBe('Weir')
    expect(taken.versions).toEqual([elsewhere, second])
    const before = settled(clashing, 'site', { kind: 'before', stamp: open.stamp }, clock.stamp()).record
    expect(before.cells['site']?.value).toBe('Lock')
    expect(before.versions).toEqual([elsewhere, second])
  })

  test('M12 a value of their own closes the field', () => {
    const { record } = settled(clashing, 'depth', { kind: 'value', value: 5 }, clock.stamp())
    expect(record.cells['depth']?.value).toBe(5)
    expect(record.versions).toEqual([open, second])
  })

  test('M12 what is no longer open cannot be settled', () => {
    const stale = { ok: false, failure: { code: 'stale' } }
    expect(settle(plain, 'site', { kind: 'shown' }, clock.stamp())).toEqual(stale)
    expect(settle(clashing, 'site', { kind: 'version', stamp: elsewhere.stamp }, clock.stamp())).toEqual(stale)
    expect(settle(clashing, 'site', { kind: 'before', stamp: second.stamp }, clock.stamp())).toEqual(stale)
  })

  test('M8 "delete anyway" deletes, "keep" keeps with a fresh stamp', () => {
    const asked = { ...plain, versions: [{ field: DELETION, value: true, stamp: open.stamp, before: false }] }
    expect(isDeleted(settled(asked, DELETION, { kind: 'version', stamp: open.stamp }, clock.stamp()).record)).toBe(true)
    const kept = settled(asked, DELETION, { kind: 'shown' }, clock.stamp()).record
    expect(kept.cells[DELETION]?.value).toBe(false)
    expect(kept.versions).toEqual([])
  })

  test('M12 M13 settling can be taken back and done again, unless the field was written since', () => {
    const first = settled(clashing, 'site', { kind: 'version', stamp: open.stamp }, clock.stamp())
    if (first.undo.kind !== 'settle') throw new Error('not a settlement')
    const undone = undoSettle(first.record, first.undo, clock.stamp())
    if (!undone.ok) throw new Error('refused')
    expect(undone.value.record.cells['site']?.value).toBe('Mill')
    expect(undone.value.record.versions).toEqual(clashing.versions)
    expect(undone.value.replaced.map(entry => entry.value)).toEqual(['Weir'])
    const redone = undoSettle(undone.value.record, undone.value.undo, clock.stamp())
    if (!redone.ok) throw new Error('refused')
    expect(redone.value.record.cells['site']?.value).toBe('Weir')
    expect(redone.value.record.versions).toEqual([elsewhere, second])
    const again = undoSettle(redone.value.record, redone.value.undo, clock.stamp())
    expect(again.ok && again.value.record.versions).toEqual(clashing.versions)
    const later = editRecord(first.record, 'site', 'Quay', clock.stamp()).record
    expect(undoSettle(later, first.undo, clock.stamp())).toEqual({ ok: false, failure: { code: 'stale' } })
  })
})
