/**
 * The one interface behind which each platform tells about network and power. A probe reports what it can read and
 * 'unknown' for the rest, never the last value; it decides nothing.
 */
import type { Observable } from 'rxjs'
import type { ProbeReading } from '../../core/model/schedule.ts'

export interface Probe {
  /** The present reading to every new subscriber, as soon as there is one, then each change. */
  readonly readings$: Observable<ProbeReading>
  /** Reads everything again: after a resume, and once in a while because signals get lost. */
  refresh(): void
  close(): Promise<void>
}

/** Calls back once after `ms`; the answer cancels it. */
export type Timer = (ms: number, ring: () => void) => () => void

/** The wall's timer. It never keeps a process alive by itself. */
export const wallTimer: Timer = (ms, ring) => {
  const handle = setTimeout(ring, ms)
  handle.unref()
  return () => {
    clearTimeout(handle)
  }
}

export function unknownReading(source: string, at: number): ProbeReading {
  return {
    metered: 'unknown',
    guessed: false,
    roamingOrOverLimit: false,
    networkId: null,
    networkName: null,
    reach: 'unknown',
    power: 'unknown',
    level: null,
    hasBattery: null,
    saver: false,
    suspended: false,
    source,
    at,
  }
}

/** Whether two readings say the same, whenever they were made. */
export function sameReading(one: ProbeReading, other: ProbeReading): boolean {
  return JSON.stringify({ ...one, at: 0 }) === JSON.stringify({ ...other, at: 0 })
}
