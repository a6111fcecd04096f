/** M14: what is typed into a field that was held still meets what came from elsewhere meanwhile. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createClock, isCombined } from './clock.ts'
import { editRecord } from './edit.ts'
import type { RecordState, Value } from './record.ts'
import type { Field } from './record-type.ts'
import { editSeen } from './seen-edit.ts'

let time = 1_000_000
const clockOf = (device: string) => createClock({ device, now: () => (time += 10) })
const [here, there] = [clockOf('field'), clockOf('imac')]
const FIELDS: readonly Field[] = [
  { id: 'site', kind: 'text', label: 'Site' },
  { id: 'notes', kind: 'longText', label: 'Notes' },
  { id: 'count', kind: 'number', label: 'Count', policy: 'sum' },
]
const around = { device: 'field', fieldOf: (id: string) => FIELDS.find(each => each.id === id), nameOf: () => 'Office' }
const NOTE = 'the north gate was checked and the seal is worn'
const plain: RecordState = ['site', 'notes', 'count'].reduce<RecordState>(
  (record, field) =>
    editRecord(record, field, { site: 'Mill', notes: NOTE, count: 10 }[field] ?? null, there.stamp()).record,
  { id: 'r', type: 't', created: there.stamp(), cells: {}, versions: [] },
)
const elsewhere = (field: string, value: Value): RecordState => editRecord(plain, field, value, there.stamp()).record
const typed = (record: RecordState, field: string, value: Value, seen: Value) =>
  editSeen(record, { field, value, seen }, here.stamp(), around)

describe('M14 an edit made from an earlier value', () => {
  test('M14 is an ordinary edit where nothing has changed meanwhile, or only by its own hand', () => {
    const edit = typed(plain, 'site', 'Weir', 'Mill')
    expect([edit.record.cells['site']?.value, edit.record.versions]).toEqual(['Weir', []])
    const on = typed(edit.record, 'site', 'Weir 2', 'Mill')
    expect([on.record.cells['site']?.value, on.record.versions]).toEqual(['Weir 2', []])
    expect(on.replaced.map(({ value }) => value)).toEqual(['Weir'])
  })

  test('M14 M6 a change from elsewhere waits beside it instead of being written over', () => {
    const { record, undo, replaced } = typed(elsewhere('site', 'Pier'), 'site', 'Weir', 'Mill')
    expect(record.cells['site']?.value).toBe('Weir')
    expect(record.versions).toMatchObject([{ field: 'site', value: 'Pier', before: 'Mill' }])
    expect(replaced).toEqual([])
    expect(undo).toMatchObject({ field: 'site', value: 'Pier', made: record.cells['site']?.stamp })
    // Typing goes on: the same clash, and no other.
    const on = typed(record, 'site', 'Weir 2', 'Weir')
    expect([on.record.cells['site']?.value, on.record.versions.length]).toEqual(['Weir 2', 1])
  })

  test('M14 a clock behind does not make what is typed the older one', () => {
    const slow = createClock({ device: 'field', now: () => 5 })
    const { record } = editSeen(
      elsewhere('site', 'Pier'),
      { field: 'site', value: 'Weir', seen: 'Mill' },
      slow.stamp(),
      around,
    )
    expect(record.cells['site']?.value).toBe('Weir')
  })

  test('M14 M4 in long text both stand, also while typing goes on in the held text', () => {
    const first = typed(elsewhere('notes', `Note: ${NOTE}`), 'notes', `${NOTE} o`, NOTE)
    expect(first.record.cells['notes']?.value).toBe(`Note: ${NOTE} o`)
    expect(isCombined(first.record.cells['notes']?.stamp ?? '')).toBe(true)
    const second = typed(first.record, 'notes', `${NOTE} out.`, `${NOTE} o`)
    expect(second.record.cells['notes']?.value).toBe(`Note: ${NOTE} out.`)
    expect(second.record.versions).toEqual([])
  })

  test('M14 M5 increments from both are added', () => {
    expect(typed(elsewhere('count', 12), 'count', 15, 10).record.cells['count']?.value).toBe(17)
  })

  test('M14 leaving without having typed changes nothing', () => {
    const changed = elsewhere('site', 'Pier')
    expect(typed(changed, 'site', 'Mill', 'Mill')).toEqual({ record: changed, replaced: [], undo: undefined })
    expect(typed(changed, 'site', 'Pier', 'Mill').record).toBe(changed)
  })

  test('M14 M13 whatever both wrote shows, waits or is history', () => {
    const value = fc.oneof(fc.constantFrom<Value>(null, 'Mill', 3, NOTE), fc.string(), fc.integer())
    fc.assert(
      fc.property(fc.constantFrom('site', 'notes', 'count', 'other'), value, value, (field, theirs, ours) => {
        const changed = elsewhere(field, theirs)
        const seen = plain.cells[field]?.value ?? null
        const { record, replaced } = typed(changed, field, ours, seen)
        const kept = [record.cells[field], ...record.versions, ...replaced].map(one => one?.value)
        for (const one of [theirs, ours]) if (one !== seen && one !== null) expect(kept).toContainEqual(one)
      }),
    )
  })
})
