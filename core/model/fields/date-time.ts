/**
 * A day and a time, kept as ISO 8601 text: with `Z` or an offset when the zone is known, without one for the time on the
 * wall. It is kept as written and never moved to another zone.
 */
import { type Result, succeed } from '../failure.ts'
import { isDate, parseDate } from './date.ts'
import { defineKind, formatStray, refuse } from './shared.ts'

const FORM = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(\.\d{1,3})?)?(Z|[+-](?:0\d|1[0-4]):[0-5]\d)?$/

export function isDateTime(text: string): boolean {
  const match = FORM.exec(text)
  return match !== null && isDate(match[1] ?? '')
}

/** Milliseconds that order date-times; the time on the wall counts as UTC. null for what is no date-time. */
export function readDateTime(text: string): number | null {
  const match = FORM.exec(text)
  if (match === null || !isDate(match[1] ?? '')) return null
  const [year = 0, month = 1, day = 1] = (match[1] ?? '').split('-').map(Number)
  // Date.UTC takes years below 100 for 19xx.
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day)
  const time = (Number(match[2]) * 60 + Number(match[3])) * 60_000 + Number(`${match[4] ?? 0}${match[5] ?? ''}`) * 1000
  const zone = /^([+-])(\d\d):(\d\d)$/.exec(match[6] ?? '')
  const offset = zone === null ? 0 : (Number(zone[2]) * 60 + Number(zone[3])) * (zone[1] === '-' ? -60_000 : 60_000)
  return date.getTime() + time - offset
}

/** ISO, or any day that `parseDate` reads followed by a time ("4 Dec 2026 18:04", "4.12.2026, 6:04 pm"). */
export function parseDateTime(text: string): Result<string> {
  const plain = text.trim()
  const match =
    /^(.*?\d)(?:[tT]|,?\s+(?:at\s+)?)(\d{1,2})[:.](\d{2})(?:[:.](\d{2})([.,]\d{1,9})?)?\s*([ap]\.?m\.?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/i.exec(
      plain,
    )
  if (match === null) return refuse('notDateTime')
  const day = parseDate(match[1] ?? '')
  if (!day.ok) return day.failure.detail === 'ambiguous' ? day : refuse('notDateTime')
  const hour = readHour(Number(match[2]), match[6])
  const fraction = match[5] === undefined ? '' : `.${match[5].slice(1, 4)}`
  const seconds = match[4] === undefined ? '' : `:${match[4]}${fraction}`
  const value = `${day.value}T${String(hour).padStart(2, '0')}:${match[3] ?? ''}${seconds}${readZone(match[7])}`
  return isDateTime(value) ? succeed(value) : refuse('notDateTime')
}

function readHour(hour: number, half: string | undefined): number {
  if (half === undefined) return hour
  if (hour < 1 || hour > 12) return 99
  return (hour % 12) + (half.toLowerCase().startsWith('p') ? 12 : 0)
}

function readZone(zone: string | undefined): string {
  if (zone === undefined) return ''
  return /^[+-]/.test(zone) ? `${zone.slice(0, 3)}:${zone.slice(-2)}` : 'Z'
}

export const dateTimeRules = defineKind({
  policies: ['newest', 'largest', 'smallest'],
  sortKind: 'number',
  validate: value => (typeof value === 'string' && isDateTime(value) ? null : 'notDateTime'),
  parse: parseDateTime,
  format: formatStray,
  summarise: value => formatStray(value).replace('T', ' '),
  sortKey: value => (typeof value === 'string' ? readDateTime(value) : null),
})
