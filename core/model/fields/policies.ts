/**
 * Rule M5: what a field does with two different edits when its record type does not want a person asked. Whatever it
 * answers, both edits go to history (M13). undefined: this policy cannot tell here, and a person is asked after all.
 */
import type { Value } from '../record.ts'
import type { Field, Policy } from '../record-type.ts'
import { appendText } from '../text-merge.ts'
import type { FieldKindRules } from './rules.ts'

/** undefined: ask. So does a policy of a newer version, or one that the field's kind does not have. */
export function policyOf(field: Field, rules: FieldKindRules): Policy | undefined {
  return rules.policies.find(policy => policy === field.policy)
}

/** `base` is undefined where it is not known. */
export function applyPolicy(
  policy: Policy,
  rules: FieldKindRules,
  field: Field,
  sides: { readonly base: Value | undefined; readonly older: Value; readonly newer: Value },
): Value | undefined {
  const { base, older, newer } = sides
  switch (policy) {
    case 'newest':
      return newer
    case 'largest':
    case 'smallest': {
      // No value is neither: the other one counts.
      if (older === null || newer === null) return older ?? newer
      const order = rules.compare(older, newer, field)
      return (policy === 'largest' ? order > 0 : order < 0) ? older : newer
    }
    case 'sum':
      return typeof base === 'number' && typeof older === 'number' && typeof newer === 'number'
        ? addIncrements(base, older, newer)
        : undefined
    case 'append':
      return typeof older === 'string' && typeof newer === 'string' ? append(base, older, newer) : undefined
  }
}

/** What each side added or took away, both added to what was there: with the decimals they have, and no others. */
function addIncrements(base: number, older: number, newer: number): number {
  const sum = older + newer - base
  const decimals = Math.max(...[base, older, newer].map(decimalsOf))
  return decimals > 100 ? sum : Number(sum.toFixed(decimals))
}

function decimalsOf(number: number): number {
  const [digits = '', exponent = '0'] = String(number).split('e')
  return Math.max(0, (digits.split('.')[1] ?? '').length - Number(exponent))
}

/** Two texts that nobody knows the beginning of are put together only where they share no line. */
function append(base: Value | undefined, older: string, newer: string): string | undefined {
  if (typeof base === 'string') return appendText(base, older, newer)
  const lines = new Set(older.split('\n').filter(line => line.trim() !== ''))
  return newer.split('\n').some(line => lines.has(line)) ? undefined : appendText('', older, newer)
}
