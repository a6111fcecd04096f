import { describe, expect, it } from 'vitest'
import type { Clash, CsvInspection, RecordView } from '../../core/model/api.ts'
import type { RecordType } from '../../core/model/record-type.ts'
import { FIRST_ROUTE, reduceRoute } from '../route.ts'
import { guessTargets, nameFromFile, planImport, setTarget } from './import/mapping.ts'
import { refusedCsv } from './import/refused-csv.ts'
import { bothValue, cardsOf, openClashes, recordsOf, writtenAhead } from './needs-you/resolution.ts'
import { columnsOf, nextSort } from './records/columns.ts'
import { moveCell } from './records/grid-move.ts'
import { changeType, problemOf, tidy, withKind } from './types/type-draft.ts'

const TYPE: RecordType = {
  id: 't',
  name: 'Site',
  icon: 'house',
  fields: [
    { id: 'a', kind: 'text', label: 'Name' },
    { id: 'b', kind: 'number', label: 'Height', unit: 'm' },
    { id: 'c', kind: 'choice', label: 'State', choices: [{ id: '1', label: 'Fine' }] },
  ],
}

describe('grid keys', () => {
  const size = { rows: 100, columns: 5, page: 20 }
  it('moves within the grid and up into its header, never outside', () => {
    const at = { row: 0, column: 4 }
    expect(moveCell(at, 'ArrowUp', false, size)).toEqual({ row: -1, column: 4 })
    expect(moveCell({ row: -1, column: 4 }, 'ArrowUp', false, size)).toEqual({ row: -1, column: 4 })
    expect(moveCell(at, 'ArrowRight', false, size)).toEqual(at)
    expect(moveCell(at, 'End', true, size)).toEqual({ row: 99, column: 4 })
    expect(moveCell({ row: 95, column: 0 }, 'PageDown', false, size)).toEqual({ row: 99, column: 0 })
    expect(moveCell({ row: 5, column: 0 }, 'PageUp', false, size)).toEqual({ row: 0, column: 0 })
    expect(moveCell(at, 'x', false, size)).toBeUndefined()
  })

  it('sorts up, then down, by the same column', () => {
    const [first] = columnsOf({ ...TYPE, count: 0 })
    if (first === undefined) throw new Error('no column')
    const up = nextSort({ field: '$createdAt', descending: true }, first)
    expect([up, nextSort(up, first)]).toEqual([
      { field: 'a', descending: false },
      { field: 'a', descending: true },
    ])
  })
})

describe('record-type draft', () => {
  it('moves a field without losing one, and not past the ends', () => {
    const ids = (type: RecordType) => type.fields.map(field => field.id).join('')
    expect(ids(changeType(TYPE, { do: 'move', id: 'a', by: 1 }))).toBe('bac')
    expect(ids(changeType(TYPE, { do: 'move', id: 'c', by: 1 }))).toBe('abc')
  })

  it('keeps the id and the name of a field whose kind changes, and only fitting options', () => {
    const [, height] = TYPE.fields
    if (height === undefined) throw new Error('no field')
    expect(withKind(height, 'choice', () => [{ id: 'n', label: '' }])).toEqual({
      id: 'b',
      kind: 'choice',
      label: 'Height',
      choices: [{ id: 'n', label: '' }],
    })
  })

  it('says what is missing and trims what is there', () => {
    expect(problemOf({ ...TYPE, name: ' ' })).not.toBe('')
    expect(problemOf({ ...TYPE, fields: [] })).not.toBe('')
    expect(problemOf(TYPE)).toBe('')
    const field = { id: 'x', kind: 'choice', label: ' State ', choices: [{ id: '1', label: ' ' }] } as const
    expect(tidy({ ...TYPE, fields: [field] }).fields[0]).toEqual({ ...field, label: 'State', choices: [] })
  })
})

describe('import mapping', () => {
  const inspection: CsvInspection = {
    encoding: 'utf-8',
    delimiter: ',',
    columns: ['name', 'HEIGHT', 'Name (2)', 'Opened'],
    duplicates: ['name'],
    sample: [],
    kinds: ['text', 'number', 'text', 'date'],
  }

  it('finds fields by their label, whatever the case, and leaves the rest out', () => {
    expect(guessTargets(inspection, TYPE.fields)).toEqual([
      { to: 'field', id: 'a' },
      { to: 'field', id: 'b' },
      { to: 'out' },
      { to: 'out' },
    ])
  })

  it('makes a field of every column for a new type, and plans the mapping to them', () => {
    let n = 0
    const empty = { ...TYPE, fields: [] }
    const { type, mapping } = planImport(empty, inspection.columns, guessTargets(inspection, null), () => `n${++n}`)
    expect(type.fields.map(field => field.kind)).toEqual(['text', 'number', 'text', 'date'])
    expect(mapping).toEqual(['n1', 'n2', 'n3', 'n4'])
  })

  it('never lets two columns go into one field', () => {
    const targets = setTarget(guessTargets(inspection, TYPE.fields), 3, { to: 'field', id: 'a' })
    expect(targets[0]).toEqual({ to: 'out' })
  })

  it('names a new type after the file', () => {
    expect(nameFromFile('site_visits-2026.csv')).toBe('Site visits 2026')
  })

  it('writes the report so that a spreadsheet cannot take it for a formula', () => {
    const text = refusedCsv([{ line: 3, column: 'A, "B"', reason: 'notNumber', excerpt: '=1+1' }])
    expect(text.split('\r\n')[1]).toBe(`3,"A, ""B""",This is not a number.,'=1+1`)
  })
})

describe('needs you', () => {
  const cell = (value: string, device: string) => ({ value, stamp: `${value}-s`, at: 1, device, deviceName: device })
  const record: RecordView = {
    id: 'r',
    rev: '1',
    type: 't',
    title: 'Crane',
    deleted: false,
    unsent: false,
    created: { at: 1, device: 'd', deviceName: 'Office iMac' },
    cells: { a: cell('left', 'Field laptop') },
    versions: [
      { field: 'a', value: 'right', stamp: 'v1', before: 'base', at: 1, device: 'd', deviceName: 'Office iMac' },
      { field: 'b', value: 3, stamp: 'v2', at: 1, device: 'd', deviceName: 'Office iMac' },
    ],
  }
  const clashes: readonly Clash[] = [{ record, combinedFields: 2 }]

  it('lists one record per badge count, and one choice per field', () => {
    const open = openClashes(clashes)
    expect(open.map(clash => clash.field)).toEqual(['a', 'b'])
    expect(recordsOf(open)).toHaveLength(clashes.length)
  })

  it('shows both devices with Before between them', () => {
    const [first, second] = openClashes(clashes)
    if (first === undefined || second === undefined) throw new Error('no clash')
    expect(cardsOf(first).map(card => [card.digit, card.value])).toEqual([
      ['1', 'left'],
      ['0', 'base'],
      ['2', 'right'],
    ])
    // M7: where no base is known, Before cannot be chosen.
    expect(cardsOf(second)[1]?.choice).toBeNull()
  })

  it('says when a device wrote in the future: its clock is more than two minutes ahead', () => {
    const [first] = openClashes(clashes)
    if (first === undefined) throw new Error('no clash')
    const [minutes, cards] = [60_000, cardsOf(first)]
    expect(writtenAhead(cards, 1)).toBeUndefined()
    expect(writtenAhead(cards, 1 - 2 * minutes)).toBeUndefined()
    expect(writtenAhead(cards, -2 * minutes)?.deviceName).toBe('Field laptop')
  })

  it('offers Both only where it means something', () => {
    const [first] = openClashes(clashes)
    if (first === undefined) throw new Error('no clash')
    expect(bothValue({ id: 'a', kind: 'longText', label: 'Notes' }, cardsOf(first))).toBe('left\n\nright')
    expect(bothValue({ id: 'a', kind: 'text', label: 'Name' }, cardsOf(first))).toBeUndefined()
  })
})

describe('route', () => {
  it('closes the record when another list is opened, and leaves full view with it', () => {
    const opened = reduceRoute(reduceRoute(FIRST_ROUTE, { to: 'record', record: 'r' }), { to: 'full', full: true })
    expect(opened.place).toMatchObject({ record: 'r', full: true })
    expect(reduceRoute(opened, { to: 'record', record: null }).place).toMatchObject({ record: null, full: false })
    expect(reduceRoute(opened, { to: 'records', type: 't' }).place).toMatchObject({ record: null, view: { type: 't' } })
  })

  it('ignores list changes that come after the list was left', () => {
    const settings = reduceRoute(FIRST_ROUTE, { to: 'settings', section: 'general' })
    expect(reduceRoute(settings, { to: 'record', record: 'r' })).toBe(settings)
  })
})
