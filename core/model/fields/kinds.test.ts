/** Every kind: what is written is read back, what fits validates, nothing throws; then the readings of each kind. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Result } from '../failure.ts'
import type { Value } from '../record.ts'
import { FIELD_KINDS, type FieldKind } from '../record-type.ts'
import { autoNumber } from './auto-number.ts'
import { parseDate } from './date.ts'
import { parseDateTime, readDateTime } from './date-time.ts'
import { fieldOf, VALID } from './kinds.suite.ts'
import { FIELD_KIND_RULES, kindRules } from './kinds.ts'
import { parseLocation } from './location.ts'
import { parseNumber } from './number.ts'

const read = (result: Result<unknown>): unknown => (result.ok ? result.value : result.failure.detail)

describe('every kind', () => {
  test.each(Object.entries(VALID))('%s: a valid value is written and read back unchanged', (kind, values) => {
    const field = fieldOf(kind as FieldKind)
    const rules = kindRules(kind)
    fc.assert(
      fc.property(values, value => {
        expect(rules.validate(value, field)).toBe(null)
        expect(rules.parse(rules.format(value, field), field)).toEqual({ ok: true, value })
      }),
    )
  })

  test.each([...FIELD_KINDS, 'from a newer version'])('%s: no value of any shape makes its rules throw', kind => {
    const rules = kindRules(kind)
    const field = fieldOf(kind as FieldKind)
    fc.assert(
      fc.property(
        fc.jsonValue() as fc.Arbitrary<Value>,
        fc.jsonValue() as fc.Arbitrary<Value>,
        fc.string(),
        (value, other, text) => {
          rules.validate(value, field)
          expect(rules.summarise(value, field)).not.toMatch(/[\r\n]/)
          expect(typeof rules.format(value, field)).toBe('string')
          expect(rules.compare(value, other, field) + rules.compare(other, value, field)).toBe(0)
          const key = rules.sortKey(value, field)
          expect(key === null || typeof key === rules.sortKind.replace('text', 'string')).toBe(true)
          const parsed = rules.parse(text, field)
          if (parsed.ok && parsed.value !== null) expect(rules.validate(parsed.value, field)).toBe(null)
          rules.merge3?.(other, value, [value])
        },
      ),
    )
  })

  test('an empty text is no value, whatever the kind, and no value is an empty text', () => {
    for (const kind of FIELD_KINDS) {
      expect(FIELD_KIND_RULES[kind].parse('  ', fieldOf(kind))).toEqual({ ok: true, value: null })
      expect(FIELD_KIND_RULES[kind].format(null, fieldOf(kind))).toBe('')
    }
  })

  test('M10 an unknown kind carries anything and is typed into by nobody', () => {
    const rules = kindRules('constructor')
    expect(rules.readOnly).toBe(true)
    expect(rules.validate({ deep: [1] }, fieldOf('text'))).toBe(null)
    expect(rules.parse('x', fieldOf('text')).ok).toBe(false)
    expect(rules.summarise({ deep: [1] }, fieldOf('text'))).toBe('{"deep":[1]}')
  })
})

describe('readings', () => {
  test.each([
    ['1 234,5', 1234.5],
    ['1,234.5', 1234.5],
    ['1.234,5', 1234.5],
    ["1'234.5", 1234.5],
    ['1\u202f234', 1234],
    ['1,234,567', 1234567],
    ['1.234.567', 1234567],
    ['12,5', 12.5],
    ['0,123', 0.123],
    ['13.405', 13.405],
    ['-5', -5],
    ['−5', -5],
    ['+5', 5],
    ['.5', 0.5],
    ['1e5', 100000],
    ['-0', 0],
    ['12.5 mm', 12.5],
    ['12.5MM', 12.5],
    ['52.520006599999995', 52.520006599999995],
    ['1,234', 'ambiguous'],
    ['12345678901234567890', 'tooPrecise'],
    ['9007199254740993', 'tooPrecise'],
    ['1.2.3', 'notNumber'],
    ['1,2,3', 'notNumber'],
    ['1 23', 'notNumber'],
    ['abc', 'notNumber'],
    ['1e999', 'notNumber'],
    ['Infinity', 'notNumber'],
    ['0x10', 'notNumber'],
    ['12 kg', 'notNumber'],
  ])('number: %s is %s', (text, expected) => {
    expect(read(parseNumber(text, fieldOf('number')))).toBe(expected)
  })

  test.each([
    ['2026-12-04', '2026-12-04'],
    ['2026/12/4', '2026-12-04'],
    ['2026-12-04T00:00:00Z', '2026-12-04'],
    ['4 Dec 2026', '2026-12-04'],
    ['Fri 4 Dec 2026', '2026-12-04'],
    ['December 4th, 2026', '2026-12-04'],
    ['4. Sept. 2026', '2026-09-04'],
    ['4.12.2026', '2026-12-04'],
    ['31/12/2026', '2026-12-31'],
    ['12/31/2026', '2026-12-31'],
    ['05/05/2026', '2026-05-05'],
    ['29.2.2024', '2024-02-29'],
    ['04/12/2026', 'ambiguous'],
    ['29.2.2026', 'notDate'],
    ['2026-13-01', 'notDate'],
    ['32/13/2026', 'notDate'],
    ['4/12/26', 'notDate'],
    ['4 Foo 2026', 'notDate'],
    ['2026-12-04T10:30', 'notDate'],
    ['soon', 'notDate'],
  ])('date: %s is %s', (text, expected) => {
    expect(read(parseDate(text))).toBe(expected)
  })

  test.each([
    ['2026-12-04T18:04', '2026-12-04T18:04'],
    ['2026-12-04 18:04:05.123456Z', '2026-12-04T18:04:05.123Z'],
    ['4 Dec 2026, 6:04 pm', '2026-12-04T18:04'],
    ['4.12.2026 12:00 am', '2026-12-04T00:00'],
    ['2026-12-04T18:04+0530', '2026-12-04T18:04+05:30'],
    ['04/12/2026 18:04', 'ambiguous'],
    ['2026-12-04', 'notDateTime'],
    ['2026-12-04 25:00', 'notDateTime'],
    ['2026-12-04 13:00 pm', 'notDateTime'],
  ])('date-time: %s is %s', (text, expected) => {
    expect(read(parseDateTime(text))).toBe(expected)
  })

  test('date-times are ordered by the moment, not by their text', () => {
    expect(readDateTime('2026-12-04T18:04+02:00')).toBe(Date.parse('2026-12-04T16:04Z'))
    expect(readDateTime('2026-12-04T18:04:05.5Z')).toBe(Date.parse('2026-12-04T18:04:05.5Z'))
    expect(readDateTime('2026-02-30T18:04Z')).toBe(null)
  })

  test.each([
    ['52.52, 13.405', { latitude: 52.52, longitude: 13.405 }],
    ['52,52; 13,405 ±12 m', { latitude: 52.52, longitude: 13.405, accuracy: 12 }],
    ['52.52 S 13.405 W', { latitude: -52.52, longitude: -13.405 }],
    ['geo:52.52,13.405;u=12', { latitude: 52.52, longitude: 13.405, accuracy: 12 }],
    ['52,52, 13,405', { latitude: 52.52, longitude: 13.405 }],
    ['-33.9 18.4', { latitude: -33.9, longitude: 18.4 }],
    ['91, 0', 'notLocation'],
    ['0, 181', 'notLocation'],
    ['52.52', 'notLocation'],
    ['here', 'notLocation'],
    ['13 E 52 N', 'notLocation'],
  ])('location: %s', (text, expected) => {
    expect(read(parseLocation(text))).toEqual(expected)
  })

  test.each<[FieldKind, string, Value]>([
    ['checkbox', 'YES', true],
    ['checkbox', 'x', true],
    ['checkbox', '0', false],
    ['checkbox', 'maybe', 'notYesNo'],
    ['choice', 'low', 'id0'],
    ['choice', 'ete', 'id3'],
    ['choice', 'twin', 'ambiguous'],
    ['choice', 'id5', 'id5'],
    ['choice', 'none', 'notChoice'],
    ['choices', 'Low, Été', ['id0', 'id3']],
    ['choices', 'Medium, or so; low', ['id1', 'id0']],
    ['choices', 'Medium, or so', ['id1']],
    ['choices', 'Low, x', 'notChoice'],
    ['email', 'mailto:a@example.org', 'a@example.org'],
    ['email', 'a@b', 'notEmail'],
    ['email', 'a b@example.org', 'notEmail'],
    ['phone', '12', 'notPhone'],
    ['phone', 'call me', 'notPhone'],
    ['url', 'example.org/x', 'https://example.org/x'],
    ['url', 'javascript:alert(1)', 'notUrl'],
    ['url', 'file:///etc/passwd', 'notUrl'],
    ['text', 'a\nb', 'lineBreak'],
    ['longText', 'a\r\nb', 'a\nb'],
    ['files', 'photo.png', 'notFiles'],
    ['files', '[{"hash":1}]', 'notFiles'],
    ['autoNumber', 'K7QX-1', 'readOnly'],
    ['lastEditedAt', '1', 'readOnly'],
  ])('%s: %s is %s', (kind, text, expected) => {
    expect(read(kindRules(kind).parse(text, fieldOf(kind)))).toEqual(expected)
  })

  test('summaries show units, labels and names, not ids', () => {
    const show = (kind: FieldKind, value: Value): string => kindRules(kind).summarise(value, fieldOf(kind))
    expect(show('number', 12.34)).toBe('12.3 mm')
    expect(show('choices', ['id0', 'gone'])).toBe('Low, gone')
    expect(show('longText', 'a\n\nb')).toBe('a b')
    expect(show('files', [{ hash: 'a'.repeat(64), name: 'gate.png', bytes: 1, type: '' }])).toBe('gate.png')
    expect(show('location', { latitude: 1, longitude: 2, accuracy: 3.4 })).toBe('1.00000, 2.00000 ±3 m')
  })

  test('sorting follows the kind: choices by the order of the type, texts without case and accents, empty last', () => {
    const sort = (kind: FieldKind, values: Value[]): Value[] =>
      values.toSorted((a, b) => kindRules(kind).compare(a, b, fieldOf(kind)))
    expect(sort('choice', ['id2', null, 'id0'])).toEqual(['id0', 'id2', null])
    expect(sort('text', ['b', 'Á', null, 'a'])).toEqual(['Á', 'a', 'b', null])
    expect(sort('number', [10, 9, null, -1])).toEqual([-1, 9, 10, null])
    const numbers = [2, 10, 1].map(count => autoNumber('k7qxabcd', count))
    expect(sort('autoNumber', numbers)).toEqual(['K7QX-1', 'K7QX-2', 'K7QX-10'])
    expect(kindRules('autoNumber').validate('K7QX-10', fieldOf('autoNumber'))).toBe(null)
  })
})
