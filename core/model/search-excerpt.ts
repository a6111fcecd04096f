/**
 * What is shown of a record that a search has found: its title and the place in one of its fields where the words are, with
 * the words marked; and how well its title fits. Pure; it never changes a text, only where it is cut.
 */
import { kindRules } from './fields/kinds.ts'
import type { FieldId, Value } from './record.ts'
import type { RecordType } from './record-type.ts'
import { findPhrase, foldWords, type Phrase } from './search.ts'

/** From (included) to (excluded), in UTF-16 units. */
export type Span = readonly [from: number, to: number]

export interface Marked {
  readonly text: string
  /** In order, not overlapping. */
  readonly marks: readonly Span[]
}

export interface Excerpt extends Marked {
  readonly label: string
}

const WORD = /[\p{L}\p{N}\p{M}\p{Co}]+/gu
/** Of an excerpt, in UTF-16 units, and how much of it goes before the first mark. */
const LENGTH = 110
const LEAD = 30
/** Longer texts are looked at in their beginning only. */
const LOOKED_AT = 100_000

/** `phrases` folded (soughtPhrases). */
export function markPhrases(text: string, phrases: readonly Phrase[]): readonly Span[] {
  const words = [...text.slice(0, LOOKED_AT).matchAll(WORD)].flatMap(match => {
    const folded = foldWords(match[0])
    return folded.length === 1 ? [{ from: match.index, raw: match[0], folded: folded[0] ?? '' }] : []
  })
  const folded = words.map(word => word.folded)
  const spans: Span[] = []
  for (const phrase of phrases) {
    for (let start = 0; start < words.length;) {
      const found = findPhrase(start === 0 ? folded : folded.slice(start), phrase)
      if (found < 0) break
      const first = words[start + found]
      const last = words[start + found + phrase.words.length - 1]
      const typed = phrase.words.at(-1) ?? ''
      if (first === undefined || last === undefined) break
      // Where folding changed the length, what was typed ends somewhere inside: the whole word is marked.
      const length = phrase.open && last.raw.length === last.folded.length ? typed.length : last.raw.length
      spans.push([first.from, last.from + length])
      start += found + phrase.words.length
      if (spans.length > 50) break
    }
  }
  return joinSpans(spans)
}

/** The field (the title aside) that has most of the phrases, around the first of them; null where none has any. */
export function excerptOf(
  values: { readonly [field: FieldId]: Value },
  type: RecordType | undefined,
  title: string,
  phrases: readonly Phrase[],
): Excerpt | null {
  let best: {
    readonly label: string
    readonly text: string
    readonly marks: readonly Span[]
    readonly found: number
  } | null = null
  for (const field of type?.fields ?? []) {
    const value = values[field.id] ?? null
    if (value === null) continue
    const rules = kindRules(field.kind)
    const text = (field.kind === 'longText' ? rules.format : rules.summarise)(value, field)
    if (text === title) continue
    const words = foldWords(text.slice(0, LOOKED_AT))
    const found = phrases.filter(phrase => findPhrase(words, phrase) >= 0).length
    if (found <= (best?.found ?? 0)) continue
    best = { label: field.label, text, marks: markPhrases(text, phrases), found }
  }
  return best === null ? null : { label: best.label, ...cutAround(best) }
}

/** 0: the title is what was typed; 1: it begins so; 2: it has all of it; 3: the words are elsewhere. */
export function titleRank(title: string, phrases: readonly Phrase[]): 0 | 1 | 2 | 3 {
  const words = foldWords(title)
  const at = phrases.map(phrase => findPhrase(words, phrase))
  if (at.length === 0 || at.some(place => place < 0)) return 3
  if (at[0] !== 0) return 2
  const typed = phrases.flatMap(phrase => phrase.words)
  return typed.length === words.length && typed.every((word, index) => word === words[index]) ? 0 : 1
}

/** Those whose title fits best first; among equals as they came. */
export function bestTitlesFirst<T extends { readonly title: string }>(
  found: readonly T[],
  phrases: readonly Phrase[],
): readonly T[] {
  const ranked = found.map(record => ({ record, rank: titleRank(record.title, phrases) }))
  return ranked.sort((a, b) => a.rank - b.rank).map(({ record }) => record)
}

function cutAround({ text, marks }: Marked): Marked {
  const flat = text.replace(/\s/g, ' ')
  const first = marks[0]?.[0] ?? 0
  if (flat.length <= LENGTH) return { text: flat, marks }
  const wanted = Math.max(0, Math.min(first - LEAD, flat.length - LENGTH))
  const start = wanted === 0 ? 0 : wordStart(flat, wanted, first)
  const end = Math.min(flat.length, start + LENGTH)
  const head = start === 0 ? '' : '… '
  const tail = end === flat.length ? '' : ' …'
  const shown = marks
    .filter(([from, to]) => from >= start && to <= end)
    .map(([from, to]): Span => [from - start + head.length, to - start + head.length])
  return { text: `${head}${flat.slice(start, end)}${tail}`, marks: shown }
}

/** The beginning of the first whole word from `at` on, but not beyond `most`. */
function wordStart(text: string, at: number, most: number): number {
  const blank = text.indexOf(' ', at)
  return blank < 0 || blank >= most ? most : blank + 1
}

function joinSpans(spans: readonly Span[]): readonly Span[] {
  const joined: Span[] = []
  for (const [from, to] of [...spans].sort((a, b) => a[0] - b[0] || a[1] - b[1])) {
    const last = joined.at(-1)
    if (last !== undefined && from <= last[1]) joined[joined.length - 1] = [last[0], Math.max(last[1], to)]
    else joined.push([from, to])
  }
  return joined
}
