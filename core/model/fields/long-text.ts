/** Text of many lines. Line breaks are kept as LF; clashes are whole-text for now (M6), token merge (M4) comes later. */
import { succeed } from '../failure.ts'
import { defineKind, formatStray } from './shared.ts'

export const longTextRules = defineKind({
  textLike: true,
  mergeKind: 'text',
  validate: value => (typeof value === 'string' ? null : 'notText'),
  parse: text => succeed(text.replace(/\r\n?/g, '\n').toWellFormed()),
  format: formatStray,
  summarise: value => formatStray(value).slice(0, 400),
})
