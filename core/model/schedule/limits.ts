/**
 * The numbers of the schedule rules and the arithmetic around them: modes compared, waits, local days. Pure; it decides
 * nothing.
 */
import type { Mode } from '../schedule.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE

/** S2: how long surroundings must permit more before more is granted. */
export const SETTLE_MS = 5 * SECOND
/** S2: points above the threshold at which a low battery counts as good again. */
export const BATTERY_BAND = 5
/** S3: how long "Sync once anyway" lasts at most. */
export const OVERRIDE_MS = 15 * MINUTE
/** S4: the largest text batch that may finish after permission dropped, and the largest one of mode 'small'. */
export const BATCH_BYTES = 256 * 1024
/** Two starts are at least this far apart, so that a connection that keeps ending at once cannot spin. */
export const START_GAP_MS = 5 * SECOND
/** S7 */
export const FIRST_BACKOFF_MS = 5 * SECOND
export const LONGEST_BACKOFF_MS = 30 * MINUTE
/** S7: a server cannot silence a laptop for longer than this. */
export const LONGEST_RETRY_AFTER_MS = DAY
/** S9 */
export const NUDGE_AFTER_MS = 7 * DAY
/** Mode 'full' sets no limit. */
export const NO_LIMIT = Number.MAX_SAFE_INTEGER

const RANK: { readonly [mode in Mode]: number } = { none: 0, small: 1, full: 2 }

export function atLeast(mode: Mode, other: Mode): boolean {
  return RANK[mode] >= RANK[other]
}

export function lower(mode: Mode, other: Mode): Mode {
  return RANK[mode] <= RANK[other] ? mode : other
}

/** S7: min(30 min, 5 s x 2^(n-1)), spread over its upper half by `jitter` (0 to 1). `failures` is at least 1. */
export function backoffMs(failures: number, jitter: number): number {
  const longest = Math.min(LONGEST_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.min(failures - 1, 30))
  return Math.round(longest * (0.5 + 0.5 * Math.min(1, Math.max(0, jitter))))
}

/** Days since the epoch in local time. */
export function localDay(now: number, utcOffset: number): number {
  return Math.floor((now + utcOffset * MINUTE) / DAY)
}

/** When a local day begins. Off by the shift on the day when clocks change; deciding again then corrects it. */
export function startOfDay(day: number, utcOffset: number): number {
  return day * DAY - utcOffset * MINUTE
}

/** Whether a local time of day is within [from, to), which may run over midnight, and when that next changes. */
export function withinHours(
  hours: { readonly from: number; readonly to: number },
  now: number,
  utcOffset: number,
): { readonly inside: boolean; readonly changesAt: number | null } {
  if (hours.from === hours.to) return { inside: false, changesAt: null }
  const midnight = startOfDay(localDay(now, utcOffset), utcOffset)
  const minute = (now - midnight) / MINUTE
  const inside =
    hours.from < hours.to ? minute >= hours.from && minute < hours.to : minute >= hours.from || minute < hours.to
  const edge = inside ? hours.to : hours.from
  const changesAt = midnight + edge * MINUTE + (edge > minute ? 0 : DAY)
  return { inside, changesAt }
}
