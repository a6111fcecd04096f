/** Pieces that several field kinds share: order of texts, refusals, and the shape of computed kinds. Not a kind itself. */
import { canonicalJson, equalValues } from '../canonical.ts'
import { fail, type Result } from '../failure.ts'
import type { Value } from '../record.ts'
import type { FieldKindRules, InvalidReason } from './rules.ts'

export function refuse(reason: InvalidReason): Result<never> {
  return fail('invalidValue', reason)
}

/** Text as it is searched and sorted: without case and accents. */
export function foldText(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
}

/** Keys that are null sort last; numbers by size, texts by UTF-16 units (they are folded already). */
export function compareKeys(a: string | number | null, b: string | number | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1
  return a < b ? -1 : a > b ? 1 : 0
}

export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

type Needed = Pick<FieldKindRules, 'validate' | 'parse' | 'format'>

/** Fills in what most kinds have in common: one value, sorted by the folded text that is shown. */
export function defineKind(rules: Needed & Partial<FieldKindRules>): FieldKindRules {
  const summarise: FieldKindRules['summarise'] = (value, field) =>
    oneLine((rules.summarise ?? rules.format)(value, field))
  const sortKey: FieldKindRules['sortKey'] = (value, field) => {
    if (value === null) return null
    if (rules.sortKey !== undefined) return rules.sortKey(value, field)
    return foldText(summarise(value, field)) || null
  }
  return {
    empty: null,
    readOnly: false,
    textLike: false,
    sortKind: 'text',
    mergeKind: 'single',
    policies: rules.readOnly === true ? [] : ['newest'],
    equal: equalValues,
    compare: (a, b, field) => compareKeys(sortKey(a, field), sortKey(b, field)),
    ...rules,
    parse: (text, field) => (text.trim() === '' ? { ok: true, value: null } : rules.parse(text, field)),
    format: (value, field) => (value === null ? '' : rules.format(value, field)),
    summarise: (value, field) => (value === null ? '' : summarise(value, field)),
    sortKey,
  }
}

/** A value that does not have its kind's shape is still shown, as what it is. */
export function formatStray(value: Value): string {
  return typeof value === 'string' ? value : canonicalJson(value)
}
