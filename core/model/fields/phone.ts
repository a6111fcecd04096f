/** A telephone number as people write it: 3 to 20 digits with the usual separators, optionally an extension. */
import { succeed } from '../failure.ts'
import { defineKind, formatStray, oneLine, refuse } from './shared.ts'

const FORM = /^\+?[\d\s().\-/]+(?:\s?(?:x|ext\.?|#)\s?\d{1,8})?$/i

function isPhone(text: string): boolean {
  const digits = text.replace(/(?:x|ext\.?|#).*$/i, '').replace(/\D/g, '').length
  return FORM.test(text) && digits >= 3 && digits <= 20
}

export const phoneRules = defineKind({
  textLike: true,
  validate: value => (typeof value === 'string' && isPhone(value) ? null : 'notPhone'),
  parse: text => {
    const number = oneLine(text.replace(/^\s*tel:/i, ''))
    return isPhone(number) ? succeed(number) : refuse('notPhone')
  },
  format: formatStray,
})
