/** Cuts the last 24 hours into stretches of one reason each. Pure. */
import type { Reason } from '../../../core/model/schedule.ts'

export interface Stretch {
  readonly from: number
  readonly to: number
  /** null: the app was not running, or nothing is known. */
  readonly reason: Reason | null
}

const DAY = 24 * 3600 * 1000
/** The page looks at its clock once a minute. */
const LATE = 90_000

/**
 * In order and without gaps, from 24 hours ago until now; the last one may just have begun. `reasons` come oldest first;
 * one that is much later than now comes from a clock that was set back since.
 */
export function stretches(
  reasons: readonly { readonly at: number; readonly reason: Reason }[],
  seenAt: number,
): Stretch[] {
  const marks = reasons.filter(({ at }) => at <= seenAt + LATE)
  if (marks.length === 0) return []
  const now = Math.max(seenAt, marks.at(-1)?.at ?? 0)
  const start = now - DAY
  const before = marks.filter(({ at }) => at <= start).at(-1)
  const inside = marks.filter(({ at }) => at > start)
  const all = [{ at: start, reason: before?.reason ?? null }, ...inside]
  const cut: Stretch[] = []
  for (const [index, { at, reason }] of all.entries()) {
    const next = all[index + 1]
    const to = Math.max(at, next?.at ?? now)
    const last = cut.at(-1)
    if (to === at && next !== undefined) continue
    if (last !== undefined && last.reason === reason) cut[cut.length - 1] = { ...last, to }
    else cut.push({ from: at, to, reason })
  }
  return cut
}
