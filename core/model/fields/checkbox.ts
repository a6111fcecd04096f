/** Yes or no. Never filled in and "no" are different things: an inspector's unanswered question is not a "no". */
import { succeed } from '../failure.ts'
import { defineKind, foldText, formatStray, refuse } from './shared.ts'

const YES = new Set(['yes', 'y', 'true', 't', '1', 'x', 'on', '✓', '✔', '☑'])
const NO = new Set(['no', 'n', 'false', 'f', '0', 'off', '☐'])

export const checkboxRules = defineKind({
  sortKind: 'number',
  validate: value => (typeof value === 'boolean' ? null : 'notYesNo'),
  parse: text => {
    const word = foldText(text.trim())
    if (YES.has(word)) return succeed(true)
    return NO.has(word) ? succeed(false) : refuse('notYesNo')
  },
  format: value => (value === true ? 'Yes' : value === false ? 'No' : formatStray(value)),
  sortKey: value => (value === true ? 1 : value === false ? 0 : null),
})
