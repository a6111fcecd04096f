/**
 * How long replaced values are kept (rule M13). Only the value of an old entry is let go: who replaced what and when stays,
 * because the merge of a laptop that was away for years asks for it. Pure; times are milliseconds since the epoch.
 */
import { readStamp } from './clock.ts'
import { DELETION, type HistoryEntry, type Value } from './record.ts'

const DAY = 24 * 3600 * 1000
/** Days after which a replaced value may be let go; for ever unless a person chooses one of these. */
export const KEEPING_DAYS = [90, 365, 730, 1825] as const
export type KeepingDays = (typeof KEEPING_DAYS)[number]

/** How a person's choice stands on this laptop. */
export interface Keeping {
  readonly days: KeepingDays
  /** What was replaced before this moment is not kept. */
  readonly before: number
  /** When it was last seen to. */
  readonly at: number
}

/** Further than this a moment never moves at once, whatever the clock says: a clock set wrong empties nothing. */
const STEP = 7 * DAY

/** A choice as it was written down; undefined for anything else, and then everything is kept. */
export function asKeeping(value: Value | undefined): Keeping | undefined {
  if (typeof value !== 'object' || value === null || !('days' in value)) return undefined
  const { days, before, at } = value
  const known = KEEPING_DAYS.find(each => each === days)
  if (known === undefined || typeof before !== 'number' || typeof at !== 'number') return undefined
  return { days: known, before, at }
}

/** What a person has just chosen, with the date before them. */
export function beginKeeping(days: KeepingDays, now: number): Keeping {
  return { days, before: now - days * DAY, at: now }
}

/** Undefined: not due. At most once a day, forward only, and by no more than a week. */
export function goOnKeeping(keeping: Keeping, now: number): Keeping | undefined {
  // A clock that was set back must not put it off until the old time is reached again.
  if (now >= keeping.at && now - keeping.at < DAY) return undefined
  const before = Math.min(now - keeping.days * DAY, keeping.before + STEP)
  return { ...keeping, before: Math.max(before, keeping.before), at: now }
}

/** That a record was deleted and restored is kept: it holds nothing but the fact. */
export function isPastKeeping(entry: HistoryEntry, before: number): boolean {
  return entry.value !== undefined && entry.field !== DELETION && readStamp(entry.replacedBy).at < before
}

/** The same entry on every laptop. */
export function letGoOfValue<E extends HistoryEntry>(entry: E): Omit<E, 'value'> {
  const { value: _, ...rest } = entry
  return rest
}
