/** A web address. Only http and https: anything else in a record could start a program when it is opened. */
import { succeed } from '../failure.ts'
import { defineKind, formatStray, refuse } from './shared.ts'

const FORM = /^https?:\/\/[^\s/?#@]+(?::\d{1,5})?(?:[/?#]\S*)?$/iu
const BARE = /^[\p{L}\d-]+(?:\.[\p{L}\d-]+)*\.\p{L}{2,63}(?::\d{1,5})?(?:[/?#]\S*)?$/iu

export const urlRules = defineKind({
  textLike: true,
  validate: value => (typeof value === 'string' && FORM.test(value) ? null : 'notUrl'),
  parse: text => {
    const address = text.trim()
    if (FORM.test(address)) return succeed(address)
    return BARE.test(address) ? succeed(`https://${address}`) : refuse('notUrl')
  },
  format: formatStray,
})
