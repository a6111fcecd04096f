/** Text of many lines. Line breaks are kept as LF; what two people changed in different places is combined (M4). */
import { succeed } from '../failure.ts'
import { mergeText } from '../text-merge.ts'
import { defineKind, formatStray } from './shared.ts'

export const longTextRules = defineKind({
  textLike: true,
  mergeKind: 'text',
  policies: ['newest', 'append'],
  // A text that one side took away as a whole is for a person (M6).
  merge3: (base, older, newer) =>
    typeof base === 'string' && typeof older === 'string' && typeof newer === 'string'
      ? mergeText(base, older, newer)
      : undefined,
  validate: value => (typeof value === 'string' ? null : 'notText'),
  parse: text => succeed(text.replace(/\r\n?/g, '\n').toWellFormed()),
  format: formatStray,
  summarise: value => formatStray(value).slice(0, 400),
})
