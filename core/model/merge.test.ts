/** Rules M1-M8, M10-M13 of docs/merge-rules.md, one by one and as properties over arbitrary states. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { canonicalJson, equalValues } from './canonical.ts'
import { readStamp } from './clock.ts'
import { mergeRecords } from './merge.ts'
import { DELETION, MAX_OPEN_VERSIONS, type Cell, type RecordState, type Value, type Version } from './record.ts'
import type { Field } from './record-type.ts'

const FIELDS: readonly Field[] = [
  { id: 'site', kind: 'text', label: 'Site' },
  { id: 'depth', kind: 'number', label: 'Depth' },
  { id: 'tags', kind: 'choices', label: 'Tags', choices: ['a', 'b', 'c', 'd'].map(id => ({ id, label: id })) },
  { id: 'photos', kind: 'files', label: 'Photos' },
  { id: 'links', kind: 'link', label: 'Links' },
  { id: 'notes', kind: 'longText', label: 'Notes' },
]
const fieldOf = (id: string): Field | undefined => FIELDS.find(field => field.id === id)

const stamp = (at: number, device = 'imac'): string => `${at.toString(36).padStart(9, '0')}0000-${device}`
const cell = (value: Value, at: number, device?: string): Cell => ({ value, stamp: stamp(at, device) })
const record = (cells: { [field: string]: Cell }, versions: readonly Version[] = []): RecordState => ({
  id: 'r',
  type: 't',
  created: stamp(1),
  cells,
  versions,
})
const stampOf = (state: RecordState, field: string): string => state.cells[field]?.stamp ?? ''
const photo = (digit: string, name: string): Value => ({ hash: digit.repeat(64), name, bytes: 3, type: 'image/png' })

/** Merges both ways round and insists that the result is the same text. */
function merge(base: RecordState | undefined, a: RecordState, b: RecordState): ReturnType<typeof mergeRecords> {
  const result = mergeRecords(base, a, b, fieldOf)
  const turned = mergeRecords(base, b, a, fieldOf)
  expect(canonicalJson(turned.merged)).toBe(canonicalJson(result.merged))
  expect(canonicalJson(turned.replaced)).toBe(canonicalJson(result.replaced))
  expect(turned.combined).toEqual(result.combined)
  return result
}

describe('rules one by one', () => {
  const base = record({ site: cell('Mill', 10), depth: cell(3, 10) })

  test('M1 the same value on both sides is no clash and keeps the newer stamp', () => {
    const { merged, replaced } = merge(
      base,
      record({ site: cell('Weir', 20) }),
      record({ site: cell('Weir', 30, 'lap') }),
    )
    expect(merged.cells['site']).toEqual(cell('Weir', 30, 'lap'))
    expect(merged.versions).toEqual([])
    expect(replaced).toEqual([])
  })

  test('M1 an open version that equals what shows now is gone', () => {
    const open = { field: 'site', value: 'Weir', stamp: stamp(15) }
    const { merged } = merge(
      record(base.cells, [open]),
      record(base.cells, [open]),
      record({ ...base.cells, site: cell('Weir', 20) }, [open]),
    )
    expect(merged.versions).toEqual([])
  })

  test('M2 disjoint edits combine without a version, whatever the clocks say', () => {
    const a = record({ site: cell('Weir', 5), depth: cell(3, 10) })
    const b = record({ site: cell('Mill', 10), depth: cell(4, 900) })
    const { merged, taken } = merge(base, a, b)
    expect(merged.cells).toEqual({ site: cell('Weir', 5), depth: cell(4, 900) })
    expect(merged.versions).toEqual([])
    expect(taken).toEqual(['depth', 'site'])
  })

  test('M2 an edit that was taken back meets another without a clash', () => {
    const a = record({ ...base.cells, site: cell('Mill', 50) })
    const b = record({ ...base.cells, site: cell('Weir', 20, 'lap') })
    expect(merge(base, a, b).merged).toMatchObject({ cells: { site: cell('Weir', 20, 'lap') }, versions: [] })
  })

  test('M3 choices are merged as sets, in the order of the newer side, and both old values are history', () => {
    const from = record({ tags: cell(['a', 'b'], 10) })
    const a = record({ tags: cell(['a', 'b', 'c'], 20) })
    const b = record({ tags: cell(['d', 'a'], 30, 'lap') })
    const { merged, replaced, combined } = merge(from, a, b)
    expect(merged.cells['tags']?.value).toEqual(['d', 'a', 'c'])
    expect(stampOf(merged, 'tags') > stamp(30, 'lap')).toBe(true)
    expect(readStamp(stampOf(merged, 'tags'))).toEqual({ at: 30, counter: 0, device: 'lap' })
    expect(combined).toEqual(['tags'])
    expect(replaced.map(entry => entry.value)).toEqual([
      ['a', 'b', 'c'],
      ['d', 'a'],
    ])
  })

  test('M3 files are known by their hash: added twice is once, renamed on one side is renamed', () => {
    const from = record({ photos: cell([photo('1', 'one.png')], 10) })
    const a = record({ photos: cell([photo('1', 'gate.png'), photo('2', 'two.png')], 20) })
    const b = record({ photos: cell([photo('1', 'one.png'), photo('2', 'two.png'), photo('3', 'three.png')], 30) })
    const { merged } = merge(from, a, b)
    expect(merged.cells['photos']?.value).toEqual([
      photo('1', 'gate.png'),
      photo('2', 'two.png'),
      photo('3', 'three.png'),
    ])
  })

  test('M9 two files under one name are both kept, the older side named after its device; the order is the newer side', () => {
    const names = (from: Value, a: Value, b: Value, nameOf = (device: string) => ({ imac: 'Office iMac' })[device]) => {
      const sides = [record({ photos: cell(a, 20) }), record({ photos: cell(b, 30, 'lap') })] as const
      const { merged } = mergeRecords(record({ photos: cell(from, 10) }), sides[0], sides[1], fieldOf, nameOf)
      const turned = mergeRecords(record({ photos: cell(from, 10) }), sides[1], sides[0], fieldOf, nameOf)
      expect(turned.merged).toEqual(merged)
      expect(merged.versions).toEqual([])
      const files = (merged.cells['photos']?.value ?? []) as unknown as readonly { name: string }[]
      return files.map(({ name }) => name)
    }
    const [one, two] = [photo('1', 'gate.jpg'), photo('2', 'Gate.JPG')]
    expect(names([], [one], [two])).toEqual(['Gate.JPG', 'gate (from Office iMac).jpg'])
    expect(names([], [one], [two], () => undefined)).toEqual(['Gate.JPG', 'gate (from another device).jpg'])
    // The same file twice is M1, whatever it is called; what was there before keeps its name.
    expect(names([], [one], [photo('1', 'gate.jpg')])).toEqual(['gate.jpg'])
    expect(names([one], [one, photo('3', 'x')], [two, one])).toEqual(['Gate.JPG', 'gate.jpg', 'x'])
    expect(names([], [one, photo('3', 'gate.jpg')], [two])).toEqual([
      'Gate.JPG',
      'gate (from Office iMac).jpg',
      'gate (from Office iMac 2).jpg',
    ])
    expect(names([], [photo('1', '.env')], [photo('2', '.env')])).toEqual(['.env', '.env (from Office iMac)'])
    const long = `${'x'.repeat(195)}.jpg`
    const [, renamed] = names([], [photo('1', long)], [photo('2', long)], () => 'n'.repeat(300))
    expect(renamed).toMatch(/^x+ \(from n{60}\)\.jpg$/)
    expect(renamed?.length).toBeLessThanOrEqual(200)
  })

  test('M3 lists of links are combined; two single links that differ are a clash', () => {
    const lists = merge(undefined, record({ links: cell(['x'], 20) }), record({ links: cell(['y'], 30) }))
    expect(lists.merged.cells['links']?.value).toEqual(['y', 'x'])
    const single = merge(undefined, record({ links: cell('x', 20) }), record({ links: cell('y', 30) }))
    expect(single.merged.versions).toHaveLength(1)
  })

  test('M13 two lists under one stamp come from damage: neither is combined away', () => {
    const { merged, replaced } = merge(undefined, record({ links: cell([], 20) }), record({ links: cell(['x'], 20) }))
    expect([merged.cells['links']?.value, merged.versions.map(({ value }) => value)]).toEqual([[], [['x']]])
    expect(replaced).toEqual([])
  })

  test('M5 M6 a true clash shows the later stamp and opens one version with what was before', () => {
    const { merged, replaced } = merge(
      base,
      record({ ...base.cells, site: cell('Weir', 20) }),
      record({ ...base.cells, site: cell('Pier', 30, 'lap') }),
    )
    expect(merged.cells['site']).toEqual(cell('Pier', 30, 'lap'))
    expect(merged.versions).toEqual([{ field: 'site', value: 'Weir', stamp: stamp(20), before: 'Mill' }])
    expect(replaced).toEqual([])
  })

  test('M6 equal times fall to the device id', () => {
    const { merged } = merge(base, record({ site: cell('A', 20, 'alpha') }), record({ site: cell('B', 20, 'beta') }))
    expect(merged.cells['site']?.value).toBe('B')
    expect(merged.versions[0]?.value).toBe('A')
  })

  test('M6 clearing a field is an edit like any other', () => {
    const { merged } = merge(
      base,
      record({ ...base.cells, site: cell(null, 30) }),
      record({ ...base.cells, site: cell('Weir', 20) }),
    )
    expect(merged.cells['site']?.value).toBe(null)
    expect(merged.versions.map(version => version.value)).toEqual(['Weir'])
  })

  test('M7 without a base everything that differs counts as changed, and the version says no "before"', () => {
    const { merged } = merge(
      undefined,
      record({ site: cell('Mill', 10), depth: cell(3, 10) }),
      record({ site: cell('Weir', 20), depth: cell(3, 10) }),
    )
    expect(merged.versions).toEqual([{ field: 'site', value: 'Mill', stamp: stamp(10) }])
    expect(merged.cells['depth']).toEqual(cell(3, 10))
  })

  test('M8 deleted here and edited there lives, with the deletion open', () => {
    const gone = record({ ...base.cells, [DELETION]: cell(true, 90) })
    const { merged } = merge(base, gone, record({ ...base.cells, depth: cell(4, 20) }))
    expect(merged.cells[DELETION]).toBeUndefined()
    expect(merged.cells['depth']?.value).toBe(4)
    expect(merged.versions).toEqual([{ field: DELETION, value: true, stamp: stamp(90), before: false }])
  })

  test('M8 a deletion that meets no edit is taken, and so is a restoration', () => {
    const gone = record({ ...base.cells, [DELETION]: cell(true, 20) })
    const restored = record({ ...base.cells, [DELETION]: cell(false, 30) })
    expect(merge(base, gone, base).merged.cells[DELETION]?.value).toBe(true)
    expect(merge(gone, restored, gone).merged.cells[DELETION]?.value).toBe(false)
    expect(merge(base, gone, gone).merged).toEqual(gone)
  })

  test('M8 without a base a deletion does not swallow a record that differs', () => {
    const gone = record({ site: cell('Mill', 10), [DELETION]: cell(true, 20) })
    const { merged } = merge(undefined, gone, record({ site: cell('Weir', 15) }))
    expect(merged.cells[DELETION]).toBeUndefined()
    expect(merged.versions.map(version => version.field)).toEqual([DELETION, 'site'])
    expect(merge(undefined, gone, record({ site: cell('Mill', 10) })).merged.cells[DELETION]?.value).toBe(true)
  })

  test('M10 fields that nobody here knows are carried and merged as whole values', () => {
    const a = record({ ...base.cells, future: cell({ deep: [1, { x: null }] }, 20) })
    const b = record({ ...base.cells, ['__proto__']: cell('odd', 30) })
    const { merged } = merge(base, a, b)
    expect(merged.cells['future']).toEqual(a.cells['future'])
    expect(Object.getOwnPropertyDescriptor(merged.cells, '__proto__')?.value).toEqual(cell('odd', 30))
    expect(merge(base, a, record({ ...base.cells, future: cell('plain', 40) })).merged.versions).toHaveLength(1)
  })

  test('M11 a combined value that the type does not allow falls back to a clash', () => {
    const { merged, combined } = merge(
      record({ tags: cell(['a'], 10) }),
      record({ tags: cell(['a', 'gone'], 20) }),
      record({ tags: cell(['a', 'b'], 30) }),
    )
    expect(combined).toEqual([])
    expect(merged.cells['tags']?.value).toEqual(['a', 'b'])
    expect(merged.versions.map(version => version.value)).toEqual([['a', 'gone']])
  })

  test('M12 a settled side is not undone by one that had not heard of it', () => {
    const open = { field: 'site', value: 'Weir', stamp: stamp(15), before: 'Lock' }
    const unsettled = record(base.cells, [open])
    const settled = record({ ...base.cells, site: cell('Mill', 40) })
    const edited = record({ ...base.cells, depth: cell(9, 50) }, [open])
    const { merged } = merge(unsettled, settled, edited)
    expect(merged.versions).toEqual([])
    expect(merged.cells).toEqual({ site: cell('Mill', 40), depth: cell(9, 50) })
  })

  test('M12 two devices that settle differently clash once more, and only once', () => {
    const open = { field: 'site', value: 'Weir', stamp: stamp(15), before: 'Lock' }
    const { merged } = merge(
      record(base.cells, [open]),
      record({ ...base.cells, site: cell('Mill', 40) }),
      record({ ...base.cells, site: cell('Weir', 50) }),
    )
    expect(merged.cells['site']?.value).toBe('Weir')
    expect(merged.versions).toEqual([{ field: 'site', value: 'Mill', stamp: stamp(40), before: 'Mill' }])
  })

  test('M15 settled here, edited there meanwhile: the newest shows, whichever of the two it is, and the other waits', () => {
    const open = { field: 'site', value: 'Weir', stamp: stamp(15), before: 'Lock' }
    const clashing = record(base.cells, [open])
    const settled = record({ ...base.cells, site: cell('Weir', 40) })
    for (const at of [30, 50]) {
      const { merged } = merge(clashing, settled, record({ ...base.cells, site: cell('Pier', at, 'lap') }, [open]))
      expect(merged.cells['site']?.value).toBe(at > 40 ? 'Pier' : 'Weir')
      expect(merged.versions.map(({ value }) => value)).toEqual([at > 40 ? 'Weir' : 'Pier'])
    }
  })

  test('M13 versions beyond the cap move to history, the oldest first', () => {
    const many = (from: number): Version[] =>
      Array.from({ length: 15 }, (_, index) => ({
        field: 'site',
        value: `v${from + index}`,
        stamp: stamp(from + index),
      }))
    const { merged, replaced } = merge(base, record(base.cells, many(100)), record(base.cells, many(200)))
    expect(merged.versions).toHaveLength(MAX_OPEN_VERSIONS)
    expect(replaced.map(entry => entry.value)).toEqual(Array.from({ length: 10 }, (_, index) => `v${100 + index}`))
  })
})

describe('properties', () => {
  const device = fc.constantFrom('alpha', 'beta', 'gamma')
  const anyStamp = fc.tuple(fc.integer({ min: 2, max: 40 }), device).map(([at, name]) => stamp(at, name))
  const slot = fc.constantFrom('site', 'depth', 'tags', 'photos', 'links', 'notes', 'future', '__proto__', DELETION)
  const leaf = fc.constantFrom<Value>('Mill', 'Weir', '', 3, 0, null, true, false, 'a')
  const list = fc.subarray(['a', 'b', 'c', 'zz'])
  const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Value>
  const value: fc.Arbitrary<Value> = fc.oneof({ weight: 4, arbitrary: leaf }, { weight: 3, arbitrary: list }, json)
  const anyCell: fc.Arbitrary<Cell> = fc.record({ value, stamp: anyStamp })
  const anyVersion: fc.Arbitrary<Version> = fc.record(
    { field: slot, value, stamp: anyStamp, before: value },
    { requiredKeys: ['field', 'value', 'stamp'] },
  )
  const state = fc
    .tuple(fc.array(fc.tuple(slot, anyCell), { maxLength: 6 }), fc.array(anyVersion, { maxLength: 4 }))
    .map(([cells, versions]) => ({ ...record({}), cells: Object.fromEntries(cells), versions }))
  const maybe = fc.option(state, { nil: undefined })

  test('M6 symmetric, deterministic and total over any shape', () => {
    fc.assert(
      fc.property(maybe, state, state, (base, a, b) => void merge(base, a, b)),
      { numRuns: 2000 },
    )
  })

  test('M6 idempotent: a merge met again changes nothing and replaces nothing', () => {
    fc.assert(
      fc.property(maybe, state, state, (base, a, b) => {
        const once = merge(base, a, b).merged
        for (const again of [merge(once, once, once), merge(base, once, once), merge(undefined, once, once)]) {
          expect(canonicalJson(again.merged)).toBe(canonicalJson(once))
          expect(again.replaced).toEqual([])
        }
      }),
      { numRuns: 1000 },
    )
  })

  test('M13 no value is lost: it shows, is open, is history, or was there before', () => {
    fc.assert(
      fc.property(maybe, state, state, (base, a, b) => {
        const { merged, replaced } = merge(base, a, b)
        const kept = [
          ...Object.entries(merged.cells).map(([field, one]) => ({ field, value: one.value })),
          ...merged.versions,
          ...replaced,
          ...Object.entries(base?.cells ?? {}).map(([field, one]) => ({ field, value: one.value })),
          ...(base?.versions ?? []),
        ]
        for (const side of [a, b]) {
          const written = Object.entries(side.cells).map(([field, one]) => ({ field, value: one.value }))
          for (const one of [...written, ...side.versions]) {
            // "Not deleted" and "no value" are what a record has when nothing is said.
            if (one.value === null || (one.field === DELETION && one.value !== true)) continue
            expect(kept.some(other => other.field === one.field && equalValues(other.value, one.value))).toBe(true)
          }
        }
      }),
      { numRuns: 3000 },
    )
  })

  test('M2 disjoint edits never open a version', () => {
    const edits = fc.uniqueArray(
      fc.tuple(fc.constantFrom('site', 'depth', 'tags', 'notes', 'future', 'x', 'y'), anyCell, fc.boolean()),
      {
        selector: ([field]) => field,
      },
    )
    const plain = fc
      .array(
        fc.tuple(
          slot.filter(name => name !== DELETION),
          anyCell,
        ),
      )
      .map(cells => record(Object.fromEntries(cells)))
    fc.assert(
      fc.property(plain, edits, (base, all) => {
        const side = (mine: boolean): RecordState => ({
          ...base,
          cells: {
            ...base.cells,
            ...Object.fromEntries(all.filter(([, , left]) => left === mine).map(([field, one]) => [field, one])),
          },
        })
        const { merged } = merge(base, side(true), side(false))
        expect(merged.versions).toEqual([])
        for (const [field, one] of all) expect(equalValues(merged.cells[field]?.value, one.value)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })
})
