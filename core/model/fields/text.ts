/** One line of text. Line breaks belong to long text; they are refused rather than quietly replaced. */
import { succeed } from '../failure.ts'
import { defineKind, formatStray, refuse } from './shared.ts'

export const textRules = defineKind({
  textLike: true,
  validate: value => (typeof value !== 'string' ? 'notText' : /[\r\n]/.test(value) ? 'lineBreak' : null),
  parse: text => {
    const trimmed = text.trim().toWellFormed()
    return /[\r\n]/.test(trimmed) ? refuse('lineBreak') : succeed(trimmed)
  },
  format: formatStray,
})
