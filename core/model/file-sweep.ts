/**
 * Which files nobody needs any more. Pure. A file that is named anywhere stays; one that is not named waits for WAIT_MS
 * first, of which no single look at it can make pass more than GAP_MS: a clock that jumps ahead removes nothing.
 */

const DAY_MS = 86_400_000
export const WAIT_MS = 30 * DAY_MS
/** Longest time between two looks that counts: a laptop that was off for a year has not shown that a file is not needed. */
export const GAP_MS = 7 * DAY_MS

/** What is remembered of files that were not named when they were last looked at. */
export interface SweepMemory {
  readonly [hash: string]: {
    /** How long it has been waiting, in milliseconds. */
    readonly waited: number
    /** When it was looked at last, in milliseconds since the epoch. */
    readonly seenAt: number
  }
}

export interface SweepPlan {
  readonly remove: readonly string[]
  readonly memory: SweepMemory
}

/** `files` are here, `named` occur anywhere in the data. */
export function planSweep(
  files: Iterable<string>,
  named: ReadonlySet<string>,
  memory: SweepMemory,
  now: number,
): SweepPlan {
  const remove: string[] = []
  const next: { [hash: string]: SweepMemory[string] } = {}
  for (const hash of files) {
    if (named.has(hash)) continue
    const before = Object.hasOwn(memory, hash) ? memory[hash] : undefined
    // A clock set back counts nothing.
    const passed = before === undefined ? 0 : Math.min(Math.max(0, now - before.seenAt), GAP_MS)
    const waited = (before?.waited ?? 0) + passed
    if (waited >= WAIT_MS) remove.push(hash)
    else next[hash] = { waited, seenAt: now }
  }
  return { remove, memory: next }
}

/** From a setting; what makes no sense there is forgotten, so that the wait begins anew. */
export function readSweepMemory(value: unknown): SweepMemory {
  if (typeof value !== 'object' || value === null) return {}
  const entries = Object.entries(value).filter(([hash, each]: [string, unknown]) => {
    if (!HASH.test(hash) || typeof each !== 'object' || each === null) return false
    const { waited, seenAt } = each as Record<string, unknown>
    return Number.isFinite(waited) && Number.isFinite(seenAt)
  })
  return Object.fromEntries<SweepMemory[string]>(entries)
}

const HASH = /^[0-9a-f]{64}$/
const HASHES = /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g

/** Adds every hash that is written anywhere in a JSON value, as a text or within one, whatever its shape means. */
export function gatherHashes(value: unknown, into: Set<string>): void {
  if (typeof value === 'string') {
    if (value.length < 64) return
    for (const [hash] of value.matchAll(HASHES)) into.add(hash)
  } else if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) gatherHashes(item, into)
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      gatherHashes(key, into)
      gatherHashes(item, into)
    }
  }
}
