/** Who edited a record last, and when: computed from stamps whenever they are shown, never stored and never typed. */
import { defineKind, formatStray, refuse } from './shared.ts'

export const lastEditedByRules = defineKind({
  readOnly: true,
  validate: value => (typeof value === 'string' ? null : 'notText'),
  parse: () => refuse('readOnly'),
  format: formatStray,
})

export const lastEditedAtRules = defineKind({
  readOnly: true,
  sortKind: 'number',
  validate: value => (typeof value === 'number' ? null : 'notNumber'),
  parse: () => refuse('readOnly'),
  format: formatStray,
  sortKey: value => (typeof value === 'number' ? value : null),
})
