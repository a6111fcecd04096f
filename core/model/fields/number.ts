/**
 * A number with an optional unit. Reads both ways of writing ("1 234,5" and "1,234.5") and refuses what could be two
 * numbers ("1,234") or would be rounded on the way in.
 */
import { type Result, succeed } from '../failure.ts'
import type { Field } from '../record-type.ts'
import { defineKind, formatStray, refuse } from './shared.ts'

/** Spaces and apostrophes that only group digits: space, no-break, narrow no-break, thin, ', ’. */
const GROUPING = "[ \\u00a0\\u202f\\u2009'’]"
const GROUPED = new RegExp(`^\\d{1,3}(?:${GROUPING}\\d{3})+(?=$|[.,])`)

/** `field` may name a unit, which is taken off the end. */
export function parseNumber(text: string, field?: Field): Result<number> {
  const plain = withoutUnit(text.trim(), field?.unit)
  const match = /^([+\-−]?)(.*?)(?:e([+-]?\d{1,3}))?$/i.exec(plain)
  const sign = match?.[1] === '-' || match?.[1] === '−' ? '-' : ''
  const digits = readDigits(match?.[2] ?? '')
  if (digits === 'ambiguous') return refuse('ambiguous')
  if (digits === undefined) return refuse('notNumber')
  const number = Number(`${sign}${digits}${match?.[3] === undefined ? '' : `e${match[3]}`}`)
  if (!Number.isFinite(number)) return refuse('notNumber')
  const whole = (digits.split('.')[0] ?? '').replace(/^0+/, '')
  // Written back it must be the same digits, or the number typed would not be the number kept.
  const written = String(Math.trunc(Math.abs(number)))
  const exact = whole.length <= 15 || written === whole || BigInt(Math.trunc(Math.abs(number))) === BigInt(whole)
  return exact || match?.[3] !== undefined ? succeed(number === 0 ? 0 : number) : refuse('tooPrecise')
}

/** The digits with a decimal point and nothing else. */
function readDigits(text: string): string | 'ambiguous' | undefined {
  const body = GROUPED.test(text) ? text.replace(new RegExp(GROUPING, 'g'), '') : text
  if (/^\d+\.?$/.test(body)) return body.replace('.', '')
  if (/^\d*\.\d+$/.test(body)) return body.startsWith('.') ? `0${body}` : body
  if (/^\d*,\d+$/.test(body)) {
    // "1,234" is a thousand to some and a little over one to others. "0,234", "1,23" and "1234,567" have one reading.
    if (/^[1-9]\d{0,2},\d{3}$/.test(body) && body === text) return 'ambiguous'
    return body.replace(',', '.').replace(/^\./, '0.')
  }
  if (/^[1-9]\d{0,2}(?:,\d{3})+\.\d*$/.test(body) || /^[1-9]\d{0,2}(?:,\d{3}){2,}$/.test(body))
    return body.replaceAll(',', '')
  if (/^[1-9]\d{0,2}(?:\.\d{3})+,\d*$/.test(body)) return body.replaceAll('.', '').replace(',', '.')
  return /^[1-9]\d{0,2}(?:\.\d{3}){2,}$/.test(body) ? body.replaceAll('.', '') : undefined
}

function withoutUnit(text: string, unit: string | undefined): string {
  if (unit === undefined || unit === '' || !text.toLowerCase().endsWith(unit.toLowerCase())) return text
  return text.slice(0, -unit.length).trim()
}

export const numberRules = defineKind({
  sortKind: 'number',
  policies: ['newest', 'largest', 'smallest', 'sum'],
  validate: value => (typeof value === 'number' && Number.isFinite(value) ? null : 'notNumber'),
  parse: parseNumber,
  format: value => (typeof value === 'number' ? String(value) : formatStray(value)),
  summarise: (value, field) => {
    if (typeof value !== 'number') return formatStray(value)
    const { decimals, unit } = field
    const digits =
      decimals === undefined ? String(value) : value.toFixed(Math.min(Math.max(Math.trunc(decimals), 0), 9))
    return unit === undefined || unit === '' ? digits : `${digits} ${unit}`
  },
  sortKey: value => (typeof value === 'number' ? value : null),
})
