import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RecordType } from './record-type.ts'
import { foldWords, MOST_PARTS, parseSearch } from './search.ts'
import { bestTitlesFirst, excerptOf, markPhrases, titleRank } from './search-excerpt.ts'
import { isEmptyPlan, matchesTerms, passesChecks, planSearch, soughtPhrases } from './search-plan.ts'

const PUMP: RecordType = {
  id: 'pump',
  name: 'Pump',
  icon: 'gauge',
  fields: [
    { id: 'n', kind: 'text', label: 'Name' },
    { id: 's', kind: 'choice', label: 'Seal état', choices: [{ id: 'x'.repeat(26), label: 'Badly worn' }] },
    { id: 'd', kind: 'number', label: 'Depth', unit: 'm' },
    { id: 't', kind: 'longText', label: 'Notes' },
    { id: 'ok', kind: 'checkbox', label: 'Ready' },
    { id: 'day', kind: 'date', label: 'Day' },
  ],
}

function record(cells: { readonly [field: string]: string | number | boolean }) {
  const entries = Object.entries(cells).map(([field, value]) => [field, { value, stamp: 's' }] as const)
  return { type: 'pump', cells: Object.fromEntries(entries) }
}

function finds(typed: string, cells: Parameters<typeof record>[0]): boolean {
  const plan = planSearch(typed, [PUMP])
  const words = foldWords(Object.values(cells).map(String).join('\n'))
  return matchesTerms(plan.terms, words) && passesChecks(plan.checks, record(cells))
}

const signs = fc.string({
  unit: fc.constantFrom('"', '-', ':', ' ', '*', '(', ')', '^', 'a', 'é', 'OR', '\\', '“', '\0'),
})
const anything = fc.oneof(signs, fc.string({ unit: 'binary', maxLength: 40 }))

describe('a typed search', () => {
  it('is understood whatever it is, and holds nothing but words', () => {
    fc.assert(
      fc.property(anything, typed => {
        const parts = parseSearch(typed)
        expect(parts.length).toBeLessThanOrEqual(MOST_PARTS)
        const { terms } = planSearch(typed, [PUMP])
        for (const { words } of [...terms.all.flat(), ...terms.none])
          for (const word of words) expect(word).toMatch(/^[\p{L}\p{N}\p{M}\p{Co}]+$/u)
      }),
      { numRuns: 500 },
    )
  })

  it('has words, phrases, fields and what must not be there', () => {
    const words = (typed: string) =>
      parseSearch(typed).map(part =>
        part.kind === 'words' ? [part.phrase.words.join('+'), part.phrase.open, part.not] : part,
      )
    expect(words('north weir')).toEqual([
      ['north', true, false],
      ['weir', true, false],
    ])
    expect(words('"north weir" “old mill”')).toEqual([
      ['north+weir', false, false],
      ['old+mill', false, false],
    ])
    expect(words('-worn -"very worn" - x')).toEqual([
      ['worn', true, true],
      ['very+worn', false, true],
      ['x', true, false],
    ])
    expect(words('"north we')).toEqual([['north+we', true, false]])
    expect(words('a-b "" :: "')).toEqual([
      ['a', true, false],
      ['b', true, false],
    ])
    expect(words('-a.b')).toEqual([['a+b', true, true]])
    const field = { kind: 'field', label: 'Seal état', value: 'very worn', quoted: true, not: true }
    expect(parseSearch('-"Seal état":"very worn"')).toEqual([field])
    expect(parseSearch('day:2026-12')).toEqual([
      { kind: 'field', label: 'day', value: '2026-12', quoted: false, not: false },
    ])
  })

  it('takes a field that no type has, and a colon in a word, as words', () => {
    expect(planSearch('http://hub.example 12:30', [PUMP]).checks).toEqual([])
    expect(finds('seen:weir', { n: 'weir', t: 'last seen there' })).toBe(true)
    expect(finds('seen:weir', { n: 'weir' })).toBe(false)
    expect(finds('-seen:weir', { n: 'weir seen' })).toBe(true)
  })

  it('asks a field by its label, without regard to case and accents', () => {
    expect(finds('"SEAL ETAT":worn', { n: 'x', s: 'x'.repeat(26) })).toBe(true)
    expect(finds('"seal etat":good', { n: 'good', s: 'x'.repeat(26) })).toBe(false)
    expect(finds('depth:12', { d: 12 })).toBe(true)
    expect(finds('depth:"12 m"', { d: 12 })).toBe(true)
    expect(finds('depth:12', { d: 120 })).toBe(false)
    expect(finds('depth:12', { n: '12', d: 3 })).toBe(false)
    expect(finds('ready:no', { ok: false })).toBe(true)
    expect(finds('ready:no', { n: 'no' })).toBe(false)
    expect(finds('day:2026-12', { day: '2026-12-11' })).toBe(true)
    expect(finds('day:"11 Dec 2026"', { day: '2026-12-11' })).toBe(true)
    expect(finds('name:""', { d: 1 })).toBe(true)
    expect(finds('name:""', { n: 'x' })).toBe(false)
    expect(finds('-ready:yes', { n: 'x' })).toBe(true)
    expect(isEmptyPlan(planSearch('name:', [PUMP]))).toBe(true)
  })

  it('finds a choice by its label although the record keeps its id', () => {
    expect(finds('worn', { s: 'x'.repeat(26) })).toBe(true)
    expect(finds('-worn', { s: 'x'.repeat(26) })).toBe(false)
  })

  it('finds ß as ss and the other way round', () => {
    expect(planSearch('strasse', [PUMP]).terms.all).toEqual([
      [
        { words: ['strasse'], open: true },
        { words: ['straße'], open: true },
      ],
    ])
    expect(finds('STRASSE', { n: 'Lange Straße' })).toBe(true)
    expect(finds('straße', { n: 'Lange Strasse' })).toBe(true)
  })
})

describe('what is shown of a found record', () => {
  const phrases = (typed: string) => soughtPhrases(planSearch(typed, [PUMP]))

  it('marks the typed beginnings, and whole words where the spelling differs', () => {
    expect(markPhrases('Écluse, écluses et Straße', phrases('ecl strasse'))).toEqual([
      [0, 3],
      [8, 11],
      [19, 25],
    ])
    expect(markPhrases('the north weir, north', phrases('"north weir"'))).toEqual([[4, 14]])
  })

  it('marks only within the text, in order, whatever the text and the search', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), anything, (text, typed) => {
        let last = 0
        for (const [from, to] of markPhrases(text, phrases(typed))) {
          expect(from >= last && to > from && to <= text.length).toBe(true)
          last = to
        }
      }),
    )
  })

  it('cuts a long text around the words that were sought, and says in which field', () => {
    const text = `${'Nothing to see here. '.repeat(40)}The seal drips. ${'All is well. '.repeat(40)}`
    const excerpt = excerptOf({ n: 'Pump 4', t: text }, PUMP, 'Pump 4', phrases('drip seal'))
    expect(excerpt?.label).toBe('Notes')
    expect(excerpt?.text.length).toBeLessThan(120)
    const marked = excerpt?.marks.map(([from, to]) => excerpt.text.slice(from, to))
    expect(marked).toEqual(['seal', 'drip'])
    expect(excerptOf({ n: 'Pump 4' }, PUMP, 'Pump 4', phrases('pump'))).toBeNull()
  })

  it('puts titles that fit before those that only have the words elsewhere', () => {
    expect(['Weir', 'Weir house', 'Old weir', 'Mill'].map(title => titleRank(title, phrases('weir')))).toEqual([
      0, 1, 2, 3,
    ])
    const found = ['Mill', 'Old weir', 'Weir b', 'Weir a'].map(title => ({ title }))
    expect(bestTitlesFirst(found, phrases('weir')).map(({ title }) => title)).toEqual([
      'Weir b',
      'Weir a',
      'Old weir',
      'Mill',
    ])
  })
})
