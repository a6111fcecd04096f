/** Record types as mergeable state (M10), starter types, samples, titles and validation. */
import { describe, expect, test } from 'vitest'
import { canonicalJson } from './canonical.ts'
import { createClock } from './clock.ts'
import { deleteRecord } from './edit.ts'
import { FIELD_KIND_RULES } from './fields/kinds.ts'
import type { Merge } from './merge.ts'
import type { Cell, Value } from './record.ts'
import type { Field, RecordType, TypeState } from './record-type.ts'
import { createTypeState, editTypeState, mergeTypes, readTypeState } from './record-types.ts'
import { sampleCells } from './samples.ts'
import { countMisfits, isRecordState, isState, validateRecord } from './schema.ts'
import { STARTER_TYPES } from './starter-types.ts'
import { titleOf } from './title.ts'

let time = 1_000_000
const clock = createClock({ device: 'imac', now: () => (time += 10) })
const TYPE: RecordType = {
  id: 'inspection',
  name: 'Inspection',
  icon: 'clipboard-check',
  fields: [
    { id: 'site', kind: 'text', label: 'Site', required: true },
    { id: 'result', kind: 'choice', label: 'Result', choices: [{ id: 'ok', label: 'Passed' }] },
    { id: 'depth', kind: 'number', label: 'Depth', unit: 'm' },
  ],
}
const base = createTypeState(TYPE, clock.stamp())
function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('not there')
  return value
}

const fieldIn = (type: RecordType, id: string): Field => found(type.fields.find(field => field.id === id))
const change = (id: string, more: Partial<Field>): RecordType => ({
  ...TYPE,
  fields: TYPE.fields.map(field => (field.id === id ? { ...field, ...more } : field)),
})
const edited = (next: RecordType, from: TypeState = base): TypeState => editTypeState(from, next, clock.stamp()).state

function merged(
  a: TypeState,
  b: TypeState,
  from: TypeState | undefined = base,
): Merge<TypeState> & { type: RecordType } {
  const result = mergeTypes(from, a, b)
  expect(canonicalJson(mergeTypes(from, b, a).merged)).toBe(canonicalJson(result.merged))
  return { ...result, type: found(readTypeState(result.merged)) }
}

describe('M10 record types', () => {
  test('M10 a type is read back as it was written, and writing it again changes nothing', () => {
    expect(readTypeState(base)).toEqual(TYPE)
    expect(editTypeState(base, TYPE, clock.stamp()).state).toBe(base)
    for (const type of STARTER_TYPES) expect(readTypeState(createTypeState(type, clock.stamp()))).toEqual(type)
  })

  test('M10 an edit touches only its own slots; a removed field keeps its slot and goes to history', () => {
    const renamed = editTypeState(base, change('site', { label: 'Place' }), clock.stamp())
    expect(renamed.replaced.map(entry => entry.field)).toEqual(['f:site'])
    const without = edited({ ...TYPE, fields: TYPE.fields.slice(1) })
    expect(without.cells['f:site']?.value).toBe(null)
    expect(readTypeState(without)?.fields.map(field => field.id)).toEqual(['result', 'depth'])
  })

  test('M10 fields added on two laptops are both there', () => {
    const add = (id: string): TypeState =>
      edited({ ...TYPE, fields: [...TYPE.fields, { id, kind: 'text', label: id }] })
    const { type, merged: state } = merged(add('x'), add('y'))
    expect(type.fields.map(field => field.id)).toEqual(['site', 'result', 'depth', 'y', 'x'])
    expect(state.versions).toEqual([])
  })

  test('M10 the label here and the unit there both stand; so do choices added on both', () => {
    const both = merged(edited(change('depth', { label: 'Water depth' })), edited(change('depth', { unit: 'cm' })))
    expect(fieldIn(both.type, 'depth')).toMatchObject({ label: 'Water depth', unit: 'cm' })
    const add = (id: string): TypeState =>
      edited(
        change('result', {
          choices: [
            { id: 'ok', label: 'Passed' },
            { id, label: id },
          ],
        }),
      )
    const choices = merged(add('failed'), add('later'))
    expect(fieldIn(choices.type, 'result').choices?.map(choice => choice.id)).toEqual(['ok', 'later', 'failed'])
    expect(choices.merged.versions).toEqual([])
  })

  test('M10 two new labels for one field are an ordinary clash', () => {
    const { merged: state, type } = merged(
      edited(change('site', { label: 'Place' })),
      edited(change('site', { label: 'Location' })),
    )
    expect(fieldIn(type, 'site').label).toBe('Location')
    expect(state.versions.map(version => version.field)).toEqual(['f:site'])
  })

  test('M8 a type deleted here and changed there lives', () => {
    const gone = deleteRecord<TypeState>(base, clock.stamp()).record
    expect(readTypeState(gone)).toBeUndefined()
    expect(merged(gone, edited(change('site', { label: 'Place' }))).type).toBeDefined()
    expect(readTypeState(edited(TYPE, gone))).toEqual(TYPE)
  })

  test('M1 two laptops that began with the same starter type share it without a clash', () => {
    const [first] = STARTER_TYPES
    const { merged: state } = merged(
      createTypeState(found(first), clock.stamp()),
      createTypeState(found(first), clock.stamp()),
      undefined,
    )
    expect(state.versions).toEqual([])
  })

  test('M10 what a newer version put into a type survives an edit by this one', () => {
    const newer: { [slot: string]: Cell } = {
      ...base.cells,
      theme: { value: { hue: 3 }, stamp: clock.stamp() },
      'f:site': {
        value: { ...(base.cells['f:site']?.value as { [key: string]: Value }), mask: '##' },
        stamp: clock.stamp(),
      },
      'f:scan': { value: { id: 'scan', kind: 'barcode', label: 'Scan', digits: 13 }, stamp: clock.stamp() },
    }
    const state = { ...base, cells: newer }
    const type = found(readTypeState(state))
    expect(fieldIn(type, 'scan').kind).toBe('barcode')
    const site: Field = { id: 'site', kind: 'text', label: 'Place' }
    const next = edited({ ...type, fields: [site, ...type.fields.filter(field => field.id !== 'site')] }, state)
    expect(next.cells['f:site']?.value).toEqual({ ...site, mask: '##' })
    expect(next.cells['f:scan']).toEqual(newer['f:scan'])
    expect(next.cells['theme']).toEqual(newer['theme'])
  })

  test('M10 damaged slots are left out instead of breaking the type', () => {
    const bad = [null, 3, {}, { id: 4, kind: 'text' }, { id: 'x', kind: 'choice', choices: [1] }]
    const cells = bad.map((value, index): [string, Cell] => [`f:${index}`, { value, stamp: clock.stamp() }])
    const type = readTypeState({
      ...base,
      cells: { ...Object.fromEntries(cells), order: { value: 'x', stamp: clock.stamp() } },
    })
    expect(type).toEqual({
      id: 'inspection',
      name: '',
      icon: 'file-text',
      fields: [{ id: 'x', kind: 'choice', label: '' }],
    })
  })
})

describe('validation, titles, samples', () => {
  const record = (cells: { [field: string]: Value }): { cells: { [field: string]: Cell } } => ({
    cells: Object.fromEntries(Object.entries(cells).map(([field, value]) => [field, { value, stamp: clock.stamp() }])),
  })

  test('M11 validation names every field that does not fit and leaves unknown fields alone', () => {
    expect(validateRecord(TYPE, record({ depth: 'deep', result: 'gone', other: {} }))).toEqual([
      { field: 'site', reason: 'required' },
      { field: 'result', reason: 'notChoice' },
      { field: 'depth', reason: 'notNumber' },
    ])
    expect(validateRecord(TYPE, record({ site: 'Mill', depth: null }))).toEqual([])
    expect(validateRecord(TYPE, record({ site: 'x'.repeat(1024 * 1024 + 1) }))).toEqual([
      { field: 'site', reason: 'tooLarge' },
    ])
    expect(countMisfits([3, 'x', null], fieldIn(TYPE, 'depth'))).toBe(1)
  })

  test('the shape of a state from outside is checked before anything walks it', () => {
    const state = {
      id: 'r',
      type: 't',
      created: clock.stamp(),
      cells: { site: { value: [1], stamp: clock.stamp() } },
      versions: [],
    }
    expect(isRecordState(state)).toBe(true)
    expect(isState(base) && !isRecordState(base)).toBe(true)
    let deep: unknown = 1
    for (let level = 0; level < 100; level++) deep = [deep]
    const bad = [
      null,
      [],
      'x',
      {},
      { ...state, id: '' },
      { ...state, created: 'x' },
      { ...state, cells: [] },
      { ...state, versions: {} },
      { ...state, cells: { a: { value: undefined, stamp: clock.stamp() } } },
      { ...state, cells: { a: { value: 1, stamp: 5 } } },
      { ...state, cells: { a: { value: deep, stamp: clock.stamp() } } },
      { ...state, versions: [{ field: 1, value: 1, stamp: clock.stamp() }] },
    ]
    expect(bad.filter(isRecordState)).toEqual([])
  })

  test('a title is the first text with a value, else the first thing known, else nothing', () => {
    expect(titleOf(TYPE, record({ depth: 3, site: 'Mill\nroad' }))).toBe('Mill road')
    expect(titleOf(TYPE, record({ depth: 3 }))).toBe('3 m')
    expect(titleOf(TYPE, record({}))).toBe('')
    expect(titleOf(TYPE, record({ site: 'x'.repeat(500) }))).toHaveLength(200)
  })

  test('starter types have unique ids and known kinds, and their samples are valid and repeatable', () => {
    expect(new Set(STARTER_TYPES.map(type => type.id)).size).toBe(STARTER_TYPES.length)
    for (const type of STARTER_TYPES) {
      const ids = [
        type.id,
        ...type.fields.flatMap(field => [field.id, ...(field.choices ?? []).map(choice => choice.id)]),
      ]
      expect(ids.filter(id => !/^[a-z2-7]{26}$/.test(id))).toEqual([])
      expect(new Set(ids).size).toBe(ids.length)
      expect(type.fields.filter(field => !Object.hasOwn(FIELD_KIND_RULES, field.kind))).toEqual([])
      const seeded = (): ((bytes: number) => Uint8Array) => {
        let seed = 7
        return bytes => Uint8Array.from({ length: bytes }, () => (seed = (seed * 75 + 74) % 65537) & 255)
      }
      const samples = sampleCells(type, seeded(), 40)
      expect(sampleCells(type, seeded(), 40)).toEqual(samples)
      for (const cells of samples) expect(validateRecord(type, record(cells))).toEqual([])
    }
  })
})
