/**
 * How much of the hub one caller may use: sizes, rates, connections, times. Numbers and token buckets only; what happens
 * to a caller over a limit is decided where the limit is asked.
 */
import { LIMITS } from '../core/model/protocol.ts'

export interface Rate {
  /** Calls that may come at once. */
  readonly burst: number
  readonly perSecond: number
}

export const DEFAULT_LIMITS = {
  requestBytes: LIMITS.requestBytes,
  documentBytes: LIMITS.documentBytes,
  /** Of one photo or file. */
  fileBytes: LIMITS.fileBytes,
  /** Photos and files leave so much of the disk to the database. */
  spareBytes: 256 * 1024 * 1024,
  pushRows: LIMITS.pushRows,
  pageRows: LIMITS.pageRows,
  /** A page of changes is cut before its bodies exceed this, whatever its number of rows. */
  pageBytes: LIMITS.requestBytes,
  /** Current documents in the answer to one push; a push with more conflicts is refused whole with 413. */
  conflictBytes: 2 * LIMITS.requestBytes,
  /** Per device, all routes. */
  requests: { burst: 2000, perSecond: 400 } as Rate,
  /** Per address: requests with a missing or unknown token. */
  strangers: { burst: 60, perSecond: 1 } as Rate,
  /** Per address: attempts to pair, right or wrong. */
  pairings: { burst: 20, perSecond: 0.2 } as Rate,
  connections: 2048,
  connectionsPerAddress: 256,
  /** Open streams of one device; the oldest is ended when one more is opened, because it is the one that may be dead. */
  streamsPerDevice: 4,
  handshakeMs: 10_000,
  headersMs: 10_000,
  requestMs: 120_000,
  idleMs: 75_000,
  /** How long the rest of a refused request is read and thrown away, so that the caller gets to see the answer. */
  lingerMs: 1_000,
  /** How often uploads that nobody goes on with are looked for. */
  dropMs: 6 * 3_600_000,
  /** How exact it is when a device was last seen: each note is a write. */
  seenMs: 60_000,
  inviteMs: 15 * 60 * 1000,
  tickMs: 30,
  heartbeatMs: 20_000,
  /** Requests that are still running this long after `close()` are cut. */
  closeMs: 5_000,
} as const

export type HubLimits = {
  readonly [name in keyof typeof DEFAULT_LIMITS]: (typeof DEFAULT_LIMITS)[name] extends Rate ? Rate : number
}

export interface RateLimit {
  /** Takes one call from the caller's bucket: undefined when there was one, else the seconds until the next. */
  take(caller: string): number | undefined
}

/** Callers remembered at once; the longest unseen are forgotten first, which only ever gives them a full bucket back. */
const MAX_CALLERS = 10_000

export function createRateLimit(rate: Rate, now: () => number): RateLimit {
  const buckets = new Map<string, { left: number; at: number }>()
  return {
    take(caller) {
      const time = now()
      const known = buckets.get(caller)
      const elapsed = known === undefined ? 0 : Math.max(0, time - known.at) / 1000
      const left = Math.min(rate.burst, (known?.left ?? rate.burst) + elapsed * rate.perSecond)
      const allowed = left >= 1
      buckets.delete(caller)
      buckets.set(caller, { left: allowed ? left - 1 : left, at: time })
      if (buckets.size > MAX_CALLERS) {
        const [oldest] = buckets.keys()
        if (oldest !== undefined) buckets.delete(oldest)
      }
      return allowed ? undefined : Math.max(1, Math.ceil((1 - left) / rate.perSecond))
    },
  }
}
