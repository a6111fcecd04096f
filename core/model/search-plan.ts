/**
 * What a typed search means for given record types: phrases that an index of words can look up, and checks of single fields
 * that only the record itself can answer. Pure; the two together are true of exactly the records that are meant.
 */
import { equalValues } from './canonical.ts'
import { kindRules } from './fields/kinds.ts'
import type { RecordState, TypeId, Value } from './record.ts'
import type { Field, FieldKind, RecordType } from './record-type.ts'
import { findPhrase, foldWords, otherSpelling, parseSearch, splitWords, wordParts } from './search.ts'
import type { Phrase, SearchPart } from './search.ts'

export interface SearchTerms {
  /** Of each list, one phrase at least must be found; an empty list is never found. */
  readonly all: readonly (readonly Phrase[])[]
  /** None of these may be found. */
  readonly none: readonly Phrase[]
}

export interface SearchPlan {
  /** True of every record that is meant, perhaps of more. */
  readonly terms: SearchTerms
  /** What is left to ask of a record for which the terms are true. */
  readonly checks: readonly FieldCheck[]
}

export interface FieldCheck {
  readonly targets: readonly { readonly type: TypeId; readonly field: Field }[]
  readonly value: string
  readonly quoted: boolean
  readonly not: boolean
}

type Searched = Pick<RecordState, 'type' | 'cells'>

/** Kinds whose values are text that is shown as it is kept. */
const TEXT_KINDS: readonly FieldKind[] = ['text', 'longText', 'email', 'phone', 'url', 'autoNumber', 'date']
/** A choice's id shorter than this may be a word of its own ("a"), and is not looked up for its label. */
const SURE_ID = 16

/** `types`: those whose records are searched. A field that none of them has is only words. */
export function planSearch(typed: string, types: readonly RecordType[]): SearchPlan {
  const all: (readonly Phrase[])[] = []
  const none: Phrase[] = []
  const checks: FieldCheck[] = []
  const addWords = (parts: readonly SearchPart[]): void => {
    for (const part of parts) {
      if (part.kind !== 'words') continue
      const alternatives = [...spellings(part.phrase), ...choicesNamed(part.phrase, types)]
      if (part.not) none.push(...alternatives)
      else all.push(alternatives)
    }
  }
  for (const part of parseSearch(typed)) {
    if (part.kind === 'words') addWords([part])
    else {
      const targets = fieldsNamed(part.label, types)
      const { value, quoted, not } = part
      if (targets.length === 0) addWords(wordParts(`${part.label} ${value}`, not))
      else if (quoted || value !== '') {
        const check = { targets, value, quoted, not }
        checks.push(check)
        const narrowed = not ? undefined : phrasesOf(check)
        if (narrowed !== undefined) all.push(narrowed)
      }
    }
  }
  return { terms: { all, none }, checks }
}

export function isEmptyPlan({ terms, checks }: SearchPlan): boolean {
  return terms.all.length + terms.none.length + checks.length === 0
}

export function passesChecks(checks: readonly FieldCheck[], record: Searched): boolean {
  return checks.every(check => {
    const found = check.targets.some(
      ({ type, field }) => type === record.type && holds(record.cells[field.id]?.value ?? null, field, check),
    )
    return found !== check.not
  })
}

/** Without an index: `words` are the folded words of everything the record says. */
export function matchesTerms({ all, none }: SearchTerms, words: readonly string[]): boolean {
  const has = (phrase: Phrase): boolean => findPhrase(words, foldPhrase(phrase)) >= 0
  return all.every(alternatives => alternatives.some(has)) && !none.some(has)
}

export function foldPhrase({ words, open }: Phrase): Phrase {
  return { words: words.flatMap(foldWords), open }
}

/** Every phrase whose occurrence is a reason for a record to be found. */
export function soughtPhrases({ terms, checks }: SearchPlan): readonly Phrase[] {
  const values = checks
    .filter(({ not }) => !not)
    .map(({ value, quoted }) => ({ words: foldWords(value), open: !quoted }))
  return [...terms.all.flat().map(foldPhrase), ...values].filter(({ words }) => words.length > 0)
}

function fieldsNamed(label: string, types: readonly RecordType[]): FieldCheck['targets'] {
  const wanted = foldLabel(label)
  return types.flatMap(type =>
    type.fields.filter(field => foldLabel(field.label) === wanted).map(field => ({ type: type.id, field })),
  )
}

function foldLabel(label: string): string {
  return foldWords(label).join(' ')
}

/** Records keep the ids of choices; a person knows their labels. */
function choicesNamed(phrase: Phrase, types: readonly RecordType[]): readonly Phrase[] {
  const wanted = foldPhrase(phrase)
  return types
    .flatMap(({ fields }) => fields.flatMap(({ choices }) => choices ?? []))
    .filter(({ id, label }) => id.length >= SURE_ID && findPhrase(foldWords(label), wanted) >= 0)
    .map(({ id }) => wholePhrase(id))
}

function spellings(phrase: Phrase): readonly Phrase[] {
  const other = otherSpelling(phrase)
  return other === undefined ? [phrase] : [phrase, other]
}

function wholePhrase(text: string): Phrase {
  return { words: splitWords(text), open: false }
}

/** Phrases of which every record that passes the check has one; undefined where the index cannot know. */
function phrasesOf(check: FieldCheck): readonly Phrase[] | undefined {
  const words = splitWords(check.value)
  if (words.length === 0) return undefined
  const phrases: Phrase[] = []
  for (const { field } of check.targets) {
    const typed = { words, open: !check.quoted }
    const parsed = parsedValue(field, check.value)
    if (field.kind === 'number') {
      if (typeof parsed !== 'number') return undefined
      phrases.push(wholePhrase(String(parsed)))
    } else if (field.kind === 'choice' || field.kind === 'choices') {
      const wanted = foldPhrase(typed)
      const named = (field.choices ?? []).filter(({ label }) => findPhrase(foldWords(label), wanted) >= 0)
      phrases.push(...named.map(({ id }) => wholePhrase(id)), ...spellings(typed))
    } else if (TEXT_KINDS.includes(field.kind)) {
      phrases.push(...spellings(typed))
      if (typeof parsed === 'string') phrases.push(wholePhrase(parsed))
    } else return undefined
  }
  return phrases.every(phrase => phrase.words.length > 0) ? phrases : undefined
}

function holds(value: Value, field: Field, { value: typed, quoted }: FieldCheck): boolean {
  const isEmpty = value === null || value === '' || (Array.isArray(value) && value.length === 0)
  if (quoted && typed.trim() === '') return isEmpty
  if (isEmpty) return false
  const rules = kindRules(field.kind)
  const parsed = parsedValue(field, typed)
  if (parsed !== undefined && equalValues(parsed, value)) return true
  // 12 is not the beginning of 120, and "n" may stand for "no".
  if (parsed !== undefined && (field.kind === 'number' || field.kind === 'checkbox')) return false
  const texts = [rules.summarise(value, field), rules.format(value, field)]
  const wanted = { words: foldWords(typed), open: !quoted }
  if (wanted.words.length === 0) return texts.some(text => text.includes(typed.trim()))
  return texts.some(text => findPhrase(foldWords(text), wanted) >= 0)
}

/** The value that the typed text would be in the field; undefined where it is none. */
function parsedValue(field: Field, typed: string): Value | undefined {
  const read = kindRules(field.kind).parse(typed, field)
  return read.ok && read.value !== null ? read.value : undefined
}
