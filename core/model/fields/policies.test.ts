/** Rule M5, policy by policy, in whole records; what they come to among several devices is in merge-simulation.test.ts. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergeRecords } from '../merge.ts'
import type { RecordState, Value } from '../record.ts'
import { type Field, FIELD_KINDS, type FieldKind, POLICIES, type Policy } from '../record-type.ts'
import { kindRules } from './kinds.ts'

const stamp = (at: number, device: string): string => `${at.toString(36).padStart(9, '0')}0000-${device}`
const record = (value: Value | undefined, at: number, device = 'imac'): RecordState => ({
  id: 'r',
  type: 't',
  created: stamp(1, 'imac'),
  cells: value === undefined ? {} : { x: { value, stamp: stamp(at, device) } },
  versions: [],
})

/** Merges both ways round; `older` was written before `newer`. Answers what shows, what waits and what is history. */
function meet(kind: FieldKind, policy: string | undefined, base: Value | undefined, older: Value, newer: Value) {
  const field = { id: 'x', kind, label: 'X', ...(policy === undefined ? {} : { policy }) } as Field
  const sides = [record(older, 20, 'imac'), record(newer, 30, 'lap')] as const
  const result = mergeRecords(record(base, 10), sides[0], sides[1], () => field)
  const turned = mergeRecords(record(base, 10), sides[1], sides[0], () => field)
  expect([turned.merged, turned.replaced]).toEqual([result.merged, result.replaced])
  const { merged, replaced } = result
  return {
    shown: merged.cells['x']?.value,
    open: merged.versions.map(({ value }) => value),
    history: replaced.map(({ value }) => value),
  }
}

describe('M5 policies', () => {
  test('M5 newest keeps the newest, and the other is history', () => {
    expect(meet('text', 'newest', 'a', 'b', 'c')).toEqual({ shown: 'c', open: [], history: ['b'] })
    expect(meet('choices', 'newest', null, null, null)).toMatchObject({ shown: null, open: [] })
    expect(meet('longText', 'newest', 'a b c d e f g', 'x b c d e f g', 'a b c d e f y').shown).toBe('a b c d e f y')
    expect(meet('text', 'newest', 'a', 'b', null)).toEqual({ shown: null, open: [], history: ['b'] })
  })

  test('M5 largest and smallest go by size, whoever wrote later; no value is neither', () => {
    expect(meet('number', 'largest', 1, 12, 9)).toEqual({ shown: 12, open: [], history: [12, 9] })
    expect(meet('number', 'smallest', 1, 12, 9)).toEqual({ shown: 9, open: [], history: [12] })
    expect(meet('number', 'largest', 1, 12, null).shown).toBe(12)
    expect(meet('number', 'smallest', 1, null, 9).shown).toBe(9)
    expect(meet('date', 'largest', null, '2026-12-04', '2026-11-30').shown).toBe('2026-12-04')
    // By the moment, not by the text.
    const [late, early] = ['2026-12-04T10:00-05:00', '2026-12-04T11:00Z']
    expect(meet('dateTime', 'largest', null, late, early).shown).toBe(late)
    expect(meet('dateTime', 'smallest', null, late, early).shown).toBe(early)
  })

  test('M5 sum adds what each side added or took away, also when both did the same', () => {
    expect(meet('number', 'sum', 10, 12, 15)).toEqual({ shown: 17, open: [], history: [12, 15] })
    expect(meet('number', 'sum', 10, 12, 12)).toEqual({ shown: 14, open: [], history: [12, 12] })
    expect(meet('number', 'sum', 10, 7, 15).shown).toBe(12)
    expect(meet('number', 'sum', 0.1, 0.3, 0.2).shown).toBe(0.4)
    expect(meet('number', 'sum', 10, 12, 10)).toEqual({ shown: 12, open: [], history: [] })
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.integer(), (base, x, y) => {
        const { shown, open } = meet('number', 'sum', base / 100, (base + x) / 100, (base + y) / 100)
        expect(open).toEqual([])
        expect(shown).toBe((base + x + y) / 100)
      }),
    )
  })

  test('M5 M6 where a policy cannot tell, a person is asked', () => {
    expect(meet('number', 'sum', undefined, 3, 5)).toEqual({ shown: 5, open: [3], history: [] })
    expect(meet('number', 'sum', 10, 12, null).open).toEqual([12])
    expect(meet('number', 'sum', 0, Number.MAX_VALUE, 1e308).open).toEqual([Number.MAX_VALUE])
    expect(meet('longText', 'append', undefined, 'a\nb', 'a\nc').open).toEqual(['a\nb'])
    expect(meet('longText', 'append', 'a', 'a\nb', null).open).toEqual(['a\nb'])
  })

  test('M5 append puts what each has added one after the other', () => {
    expect(meet('longText', 'append', 'a', 'a\nb', 'a\nc')).toEqual({
      shown: 'a\nb\nc',
      open: [],
      history: ['a\nb', 'a\nc'],
    })
    expect(meet('longText', 'append', undefined, 'a', 'b').shown).toBe('a\nb')
  })

  test('M5 M11 a value that does not fit its field is not taken by itself', () => {
    expect(meet('number', 'newest', 1, 2, 'three').open).toEqual([2])
  })

  test('M5 M10 a policy of a newer version, or one that the kind does not have, asks', () => {
    for (const policy of [undefined, 'ask', 'consensus', 'sum', 'constructor']) {
      expect(meet('text', policy, 'a', 'b', 'c')).toEqual({ shown: 'c', open: ['b'], history: [] })
    }
    const computed = FIELD_KINDS.filter(kind => kindRules(kind).readOnly)
    expect(computed.flatMap(kind => kindRules(kind).policies)).toEqual([])
    expect(kindRules('hologram').policies).toEqual([])
  })

  test('M5 M13 no policy loses a value: it shows or is history, for any values of any kind', () => {
    const json = fc.jsonValue({ maxDepth: 1 }) as fc.Arbitrary<Value>
    const value = fc.oneof(fc.integer(), fc.string(), fc.constant('2026-12-04'), json)
    fc.assert(
      fc.property(
        fc.constantFrom(...FIELD_KINDS),
        fc.constantFrom<Policy>(...POLICIES),
        fc.option(value, { nil: undefined }),
        value,
        value,
        (kind, policy, base, older, newer) => {
          const { shown, open, history } = meet(kind, policy, base, older, newer)
          for (const side of [older, newer]) {
            if (side === null || JSON.stringify(side) === JSON.stringify(base)) continue
            expect([shown, ...open, ...history]).toContainEqual(side)
          }
        },
      ),
      { numRuns: 2000 },
    )
  })
})
