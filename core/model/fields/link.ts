/** A link to a record, or to several: the id, or a list of ids, of records of the field's target type. */
import { succeed } from '../failure.ts'
import type { Value } from '../record.ts'
import { mergeSets } from './set-merge.ts'
import { defineKind, formatStray, refuse } from './shared.ts'

const ID = /^[A-Za-z0-9_-]{1,64}$/

function isLink(value: Value): boolean {
  return typeof value === 'string' && ID.test(value)
}

export const linkRules = defineKind({
  mergeKind: 'set',
  // Two single links that differ are a clash; two lists are combined (M3).
  merge3: (base, older, newer) =>
    Array.isArray(older) && Array.isArray(newer) ? mergeSets(Array.isArray(base) ? base : [], older, newer) : undefined,
  validate: value => {
    if (!Array.isArray(value)) return isLink(value) ? null : 'notLink'
    return value.every(isLink) && new Set(value).size === value.length ? null : 'notLink'
  },
  parse: text => {
    const ids = [...new Set(text.split(/[\s,;]+/).filter(part => part !== ''))]
    const [first] = ids
    if (first === undefined || !ids.every(isLink)) return refuse('notLink')
    return succeed(ids.length === 1 && !text.includes(';') ? first : ids)
  },
  // A list keeps a separator even with one id, so that it is read back as a list.
  format: value => {
    if (!Array.isArray(value)) return formatStray(value)
    return value.length === 1 ? `${formatStray(value[0] ?? null)};` : value.map(formatStray).join('; ')
  },
  summarise: value => (Array.isArray(value) ? value.map(formatStray).join(', ') : formatStray(value)),
})
