/**
 * A day without a time or a zone, kept as `YYYY-MM-DD`. Reads ISO and the local forms that mean one day only: "04/12/2026"
 * is April to some and December to others, and is refused.
 */
import { type Result, succeed } from '../failure.ts'
import { defineKind, foldText, formatStray, refuse } from './shared.ts'

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const MONTH_NAMES = 'january february march april may june july august september october november december'.split(' ')
const WEEKDAY = /^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+/

export const dateRules = defineKind({
  policies: ['newest', 'largest', 'smallest'],
  validate: value => (typeof value === 'string' && isDate(value) ? null : 'notDate'),
  parse: text => parseDate(text),
  format: formatStray,
  sortKey: value => formatStray(value),
})

export function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  return match !== null && isDay(Number(match[1]), Number(match[2]), Number(match[3]))
}

export function parseDate(text: string): Result<string> {
  const plain = foldText(text.trim())
  const iso = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[t ]00:00(?::00(?:\.0+)?)?z?)?$/.exec(plain)
  if (iso !== null) return write(iso[1], iso[2], iso[3])
  const spoken = plain.replace(WEEKDAY, '')
  const dayFirst = /^(\d{1,2})(?:st|nd|rd|th)?[\s.-]+([a-z]+)\.?,?[\s-]+(\d{4})$/.exec(spoken)
  if (dayFirst !== null) return write(dayFirst[3], month(dayFirst[2]), dayFirst[1])
  const monthFirst = /^([a-z]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})$/.exec(spoken)
  if (monthFirst !== null) return write(monthFirst[3], month(monthFirst[1]), monthFirst[2])
  // Dots are used only where the day comes first.
  const dotted = /^(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})$/.exec(plain)
  if (dotted !== null) return write(dotted[3], dotted[2], dotted[1])
  const slashed = /^(\d{1,2})[/-](\d{1,2})[/-](\d{4})$/.exec(plain)
  if (slashed === null) return refuse('notDate')
  const dayThenMonth = write(slashed[3], slashed[2], slashed[1])
  const monthThenDay = write(slashed[3], slashed[1], slashed[2])
  if (!dayThenMonth.ok) return monthThenDay
  return !monthThenDay.ok || monthThenDay.value === dayThenMonth.value ? dayThenMonth : refuse('ambiguous')
}

export function isDay(year: number, month: number, day: number): boolean {
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  return year >= 1 && days !== undefined && day >= 1 && day <= days
}

/** 1-12, or 0 for a word that is no month. "Sept" and other starts of three letters and more are read too. */
function month(word = ''): number {
  const index = MONTHS.indexOf(word.slice(0, 3))
  return index >= 0 && (MONTH_NAMES[index] ?? '').startsWith(word) ? index + 1 : 0
}

function write(year: number | string = 0, month: number | string = 0, day: number | string = 0): Result<string> {
  if (!isDay(Number(year), Number(month), Number(day))) return refuse('notDate')
  return succeed(`${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`)
}

function pad(part: number | string, width: number): string {
  return String(Number(part)).padStart(width, '0')
}
