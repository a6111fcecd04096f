/** Several of the field's choices, as a list of ids without repeats. Two people's ticks are combined (M3). */
import { succeed } from '../failure.ts'
import { findChoice, isChoice, labelOf, writeChoice } from './choice.ts'
import { mergeSets } from './set-merge.ts'
import { defineKind, formatStray, refuse } from './shared.ts'

export const choicesRules = defineKind({
  mergeKind: 'set',
  merge3: (base, older, newer) => mergeSets(base, older, newer),
  validate: (value, field) => {
    if (!Array.isArray(value) || new Set(value).size !== value.length) return 'notChoice'
    return value.every(item => isChoice(item, field.choices)) ? null : 'notChoice'
  },
  parse: (text, field) => {
    // One label may hold a comma; a list is tried only where the whole text is not a choice.
    const whole = findChoice(text, field)
    if (whole.ok) return succeed([whole.value])
    const ids: string[] = []
    for (const part of text.split(text.includes(';') ? ';' : ',')) {
      if (part.trim() === '') continue
      const found = findChoice(part, field)
      if (!found.ok) return found
      if (!ids.includes(found.value)) ids.push(found.value)
    }
    return ids.length > 0 ? succeed(ids) : refuse('notChoice')
  },
  format: (value, field) =>
    Array.isArray(value) ? value.map(item => writeChoice(item, field, /[;,]/)).join('; ') : formatStray(value),
  summarise: (value, field) =>
    Array.isArray(value) ? value.map(item => labelOf(item, field)).join(', ') : formatStray(value),
})
