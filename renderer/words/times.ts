/**
 * Times and amounts in a person's words: "2 min ago", "yesterday 18:04", "4.2 MB". Every function takes the present as a
 * parameter; nothing here reads a clock.
 */
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const clockFormat = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const weekdayFormat = new Intl.DateTimeFormat('en-GB', { weekday: 'short' })
const dayFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const dayYearFormat = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
const fullFormat = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'medium' })
const countFormat = new Intl.NumberFormat('en-US')

/** "09:12" */
export function clockTime(at: number): string {
  return clockFormat.format(at)
}

/** Local midnight of the day of `at`. */
function dayStart(at: number): number {
  return new Date(at).setHours(0, 0, 0, 0)
}

/** "just now", "2 min ago", "today 09:12", "yesterday 18:04", "Fri 4 Dec 09:12", "4 Dec 2024". */
export function relativeTime(at: number, now: number): string {
  const ago = now - at
  if (ago < 45_000 && ago > -5 * MINUTE) return 'just now'
  if (ago > 0 && ago < HOUR) return `${Math.max(1, Math.round(ago / MINUTE))} min ago`
  const days = Math.round((dayStart(now) - dayStart(at)) / DAY)
  if (days === 0) return `today ${clockTime(at)}`
  if (days === 1) return `yesterday ${clockTime(at)}`
  if (days > 1 && days < 7) return `${weekdayFormat.format(at)} ${dayFormat.format(at)} ${clockTime(at)}`
  return new Date(at).getFullYear() === new Date(now).getFullYear() ? dayFormat.format(at) : dayYearFormat.format(at)
}

/** How long ago, in one unit: "2 min", "3 h", "5 days". */
export function span(milliseconds: number): string {
  if (milliseconds < HOUR) return `${Math.max(1, Math.round(milliseconds / MINUTE))} min`
  if (milliseconds < 2 * DAY) return `${Math.round(milliseconds / HOUR)} h`
  return `${Math.round(milliseconds / DAY)} days`
}

/** For a tooltip: "Friday 4 December 2026 at 09:12:33". */
export function absoluteTime(at: number): string {
  return fullFormat.format(at)
}

/** "25 Nov" */
export function shortDay(at: number): string {
  return dayFormat.format(at)
}

/** "25 Nov 2025" */
export function calendarDay(at: number): string {
  return dayYearFormat.format(at)
}

/** When something will happen: "14:32", "tomorrow 06:00", "4 Dec 06:00". */
export function untilTime(at: number, now: number): string {
  const days = Math.round((dayStart(at) - dayStart(now)) / DAY)
  if (days === 0) return clockTime(at)
  return days === 1 ? `tomorrow ${clockTime(at)}` : `${dayFormat.format(at)} ${clockTime(at)}`
}

/** "34 KB", "4.2 MB" (powers of 1,000, as file managers show them). */
export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} KB`
  if (bytes < 1_000_000_000) return `${(bytes / 1_000_000).toFixed(1)} MB`
  return `${(bytes / 1_000_000_000).toFixed(1)} GB`
}

/** "138,398" */
export function count(n: number): string {
  return countFormat.format(n)
}

/** `plural(1, 'change')` is "1 change", `plural(12, 'change')` "12 changes". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`
}
