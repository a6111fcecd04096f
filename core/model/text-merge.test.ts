/** Rule M4 over random notes: nothing lost, nothing doubled, the same whichever side comes first; and both guards. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mergeRecords } from './merge.ts'
import { below, countWords, edits, applyEdits, note, notePair, seeded, sentence } from './note-pairs.suite.ts'
import type { RecordState, Value } from './record.ts'
import type { Field } from './record-type.ts'
import { appendText, mergeText } from './text-merge.ts'
import { tokensOf } from './text-tokens.ts'

const BASE = 'The north gate was checked. The seal was worn and the crew ordered a new one. Pressure normal.'

describe('M4 notes', () => {
  test('M4 of 3,000 pairs of notes none loses an edit, none depends on the order, and most ask nobody', () => {
    const random = seeded(1)
    let merged = 0
    for (let run = 0; run < 3000; run += 1) {
      const { base, a, b, both } = notePair(random)
      const text = mergeText(base, a, b)
      expect(mergeText(base, b, a)).toBe(text)
      if (text === undefined) continue
      merged += 1
      expect(text).toBe(both)
    }
    expect(merged).toBeGreaterThanOrEqual(1800)
  })

  test('M4 slide guard: where every place looks like every other, no word is lost or doubled', () => {
    const random = seeded(2)
    for (let run = 0; run < 1500; run += 1) {
      const { base, a, b, both } = notePair(random, ['pump', 'ok', 'the', 'checked'])
      const text = mergeText(base, a, b)
      if (text === undefined || both === undefined) continue
      expect([...countWords(text)].sort()).toEqual([...countWords(both)].sort())
    }
  })

  test('M4 two people who wrote nearly the same are asked, and never find it twice', () => {
    const random = seeded(3)
    let same = 0
    for (let run = 0; run < 1000; run += 1) {
      const base = note(random, 4)
      const stop = [...base.matchAll(/\. |\.\n/g)][below(random, 4)]?.index ?? base.length - 1
      const written = sentence(random)
      const words = written.split(' ')
      const other = words.toSpliced(1 + below(random, words.length - 1), below(random, 2), ...(run % 2 ? ['x7'] : []))
      const put = (text: string): string => `${base.slice(0, stop + 1)} ${text}${base.slice(stop + 1)}`
      const merged = mergeText(base, put(written), put(other.join(' ')))
      if (other.join(' ') === written) same += 1
      expect(merged).toBe(other.join(' ') === written ? put(written) : undefined)
    }
    expect(same).toBeLessThan(500)
  })
})

describe('M4 rules', () => {
  const changed = (from: string, to: string): string => BASE.replace(from, to)

  test('M4 edits in different places are combined', () => {
    expect(mergeText(BASE, changed('north', 'south'), changed('normal', '2.1 bar'))).toBe(
      'The south gate was checked. The seal was worn and the crew ordered a new one. Pressure 2.1 bar.',
    )
    expect(mergeText(BASE, BASE, BASE)).toBe(BASE)
    expect(mergeText(BASE, changed('north', 'south'), BASE)).toBe(changed('north', 'south'))
    expect(mergeText(`\n${BASE}`, `Gate.\n${BASE}`, `\n${BASE} End.`)).toBe(`Gate.\n${BASE} End.`)
  })

  test('M4 distance guard: fewer than four words between two edits are for a person', () => {
    const near = mergeText(BASE, changed('seal', 'valve'), changed('and the', 'but the'))
    expect(near).toBeUndefined()
    expect(mergeText(BASE, changed('The seal', 'The valve'), changed('crew', 'office'))).toBe(
      changed('The seal', 'The valve').replace('crew', 'office'),
    )
    expect(mergeText('a b c d e f', 'x b c d e f', 'a b c d y f')).toBeUndefined()
    expect(mergeText('a b c d e f', 'x b c d e f', 'a b c d e y')).toBe('x b c d e y')
  })

  test('M4 slide guard: a word among its likes might be any of them', () => {
    const base = 'one two x x x x x x three four five six seven'
    // Taken out of the likes by one, changed next to either end of them by the other: it might have been the nearest.
    expect(mergeText(base, base.replace('x x', 'x'), base.replace('two', '2'))).toBeUndefined()
    expect(mergeText(base, base.replace('x x', 'x'), base.replace('three', '3'))).toBeUndefined()
    expect(mergeText(base, base.replace('x x', 'x'), base.replace('seven', '7'))).toBe(
      'one two x x x x x three four five six 7',
    )
  })

  test('M4 the same edit made on both sides is there once', () => {
    const both = changed('worn', 'torn')
    expect(mergeText(BASE, both, both.replace('Pressure', 'Flow'))).toBe(both.replace('Pressure', 'Flow'))
  })

  test('M4 two texts put in at one place, or at the end, are for a person', () => {
    expect(mergeText(BASE, `${BASE}\nSeal ordered.`, `${BASE}\nCrew on site.`)).toBeUndefined()
    expect(mergeText('', 'Seal ordered.', 'Crew on site.')).toBeUndefined()
  })

  test('M4 texts without blanks between words are compared sign by sign', () => {
    const base = '阀门已检查。压力正常。密封件磨损。'
    expect(mergeText(base, base.replace('检', '核'), base.replace('磨', '破'))).toBe(
      '阀门已核查。压力正常。密封件破损。',
    )
  })

  test('M4 whatever a text holds, it is cut and put together without a change, and merging never throws', () => {
    const few = fc.constantFrom('a', 'b', ' ', '\n', '.', '\ud800', '门', '́')
    const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: few, maxLength: 40 }))
    fc.assert(fc.property(text, one => tokensOf(one).join('') === one))
    fc.assert(
      fc.property(text, text, text, (base, a, b) => {
        expect(mergeText(base, a, b)).toBe(mergeText(base, b, a))
        expect(mergeText(base, a, base)).toBe(a)
        expect(mergeText(base, a, a)).toBe(a)
        expect(appendText(base, a, base)).toBe(a)
        expect(appendText(base, a, a)).toBe(a)
      }),
    )
  })

  test('M4 rewritten and repetitive texts of 5,000 lines end in a person being asked, or in both edits', () => {
    const random = seeded(4)
    const [base, a, b] = [note(random, 5000), note(random, 5000), note(random, 5000)]
    expect(mergeText(base, a, b)).toBeUndefined()
    const same = 'ok\n'.repeat(5000)
    expect(mergeText(same, `Gate one\n${same}`, `${same}Gate two`) === `Gate one\n${same}Gate two`).toBe(true)
    const long = `${base}\nEnd.`
    expect(mergeText(long, `Top. ${long}`, `${long} Bottom.`) === `Top. ${long} Bottom.`).toBe(true)
  })
})

describe("policy 'append'", () => {
  test('M5 what both wrote at the end stands one after the other, the earlier first', () => {
    expect(appendText(BASE, `${BASE}\nSeal ordered.`, `${BASE}\nCrew on site.`)).toBe(
      `${BASE}\nSeal ordered.\nCrew on site.`,
    )
    expect(appendText('', 'Seal ordered.', 'Crew on site.')).toBe('Seal ordered.\nCrew on site.')
    expect(appendText('a\n', 'a\nb\n', 'a\nc\n')).toBe('a\nb\nc\n')
    expect(appendText(BASE, `${BASE}\nOn.`, `${BASE}\nOn.`)).toBe(`${BASE}\nOn.`)
    expect(appendText(BASE, `${BASE}\nOn.`, `${BASE}\nOn. And off.`)).toBe(`${BASE}\nOn. And off.`)
    // A line that came by two ways, whatever stands before it by now.
    expect(appendText('a', 'a\nb\nc', 'a\nb\nd')).toBe('a\nb\nc\nd')
    expect(appendText('a', 'a\nb\nc', 'a\nd\nb')).toBe('a\nb\nc\nd')
    expect(appendText('a', 'a\nb', 'a\nd\nd')).toBe('a\nb\nd\nd')
    const edited = BASE.replace('north', 'south')
    expect(appendText(BASE, `${edited}\nOn.`, `${BASE}\nOff.`)).toBe(`${edited}\nOn.\nOff.`)
    expect(appendText(BASE, `${edited}\nOn.`, `${BASE.replace('north', 'west')}\nOff.`)).toBeUndefined()
  })

  test('M5 whatever is added at the ends of notes is all there, in order', () => {
    const random = seeded(6)
    for (let run = 0; run < 300; run += 1) {
      const base = note(random, 3)
      const [one, two] = [`\n1 ${sentence(random)}`, `\n2 ${sentence(random)}`]
      const inside = edits(random, base).filter(({ end }) => end < base.length)
      expect(appendText(base, applyEdits(base, inside) + one, base + two)).toBe(applyEdits(base, inside) + one + two)
    }
  })
})

describe('M4 in a record', () => {
  const field: Field = { id: 'notes', kind: 'longText', label: 'Notes' }
  const stamp = (at: number, device: string): string => `${at.toString(36).padStart(9, '0')}0000-${device}`
  const record = (value: Value, at: number, device: string): RecordState => ({
    id: 'r',
    type: 't',
    created: stamp(1, 'imac'),
    cells: { notes: { value, stamp: stamp(at, device) } },
    versions: [],
  })
  const merge = (base: RecordState | undefined, a: RecordState, b: RecordState) => mergeRecords(base, a, b, () => field)

  test('M4 M13 a combined text has a stamp of its own, later than both, and both texts are history', () => {
    const [left, right] = [BASE.replace('north', 'south'), BASE.replace('normal', 'low')]
    const { merged, replaced, combined } = merge(
      record(BASE, 2, 'imac'),
      record(left, 20, 'imac'),
      record(right, 30, 'lap'),
    )
    expect(merged.cells['notes']?.value).toBe(left.replace('normal', 'low'))
    expect((merged.cells['notes']?.stamp ?? '') > stamp(30, 'lap')).toBe(true)
    expect(merged.versions).toEqual([])
    expect(combined).toEqual(['notes'])
    expect(replaced.map(({ value, cause }) => [value, cause])).toEqual([
      [left, 'merge'],
      [right, 'merge'],
    ])
  })

  test('M4 M6 M7 a text taken away whole, and texts without a known base, are for a person', () => {
    const base = record(BASE, 2, 'imac')
    const edited = record(`Again. ${BASE}`, 20, 'imac')
    expect(merge(base, edited, record(null, 30, 'lap')).merged.versions).toHaveLength(1)
    expect(merge(undefined, edited, record(`${BASE} Twice.`, 30, 'lap')).merged.versions).toHaveLength(1)
  })

  test('M11 two texts that together are more than a field holds are for a person', () => {
    const half = `${'x'.repeat(600_000)} `
    const base = record(BASE, 2, 'imac')
    const { merged } = merge(base, record(half + BASE, 20, 'imac'), record(`${BASE} ${half}`, 30, 'lap'))
    expect(merged.versions).toHaveLength(1)
  })
})
