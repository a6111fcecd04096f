/** An e-mail address: one `@`, a domain with a dot, no spaces. Whether it exists is nobody's business here. */
import { succeed } from '../failure.ts'
import { defineKind, formatStray, refuse } from './shared.ts'

const FORM = /^[^\s@<>(),;:"[\]\\]{1,64}@[^\s@<>(),;:"[\]\\]{1,189}\.[^\s@.<>(),;:"[\]\\]{2,63}$/u

export const emailRules = defineKind({
  textLike: true,
  validate: value => (typeof value === 'string' && FORM.test(value) ? null : 'notEmail'),
  parse: text => {
    const address = text.trim().replace(/^mailto:/i, '')
    return FORM.test(address) ? succeed(address) : refuse('notEmail')
  },
  format: formatStray,
})
