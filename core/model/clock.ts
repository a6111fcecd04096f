/**
 * Stamps that order edits across devices: a hybrid logical clock (Kulkarni et al. 2014) written as text whose plain
 * string order is the causal order. It must never go back for one device and never follow a clock that is plainly wrong.
 *
 * Form: `<9 base36 digits: ms since the epoch><4 base36 digits: counter>-<device>`; ties fall to the device id. A value
 * that a merge made of two others carries `~<2 digits: generation><8 digits: hash>` before the `-`, so it sorts after both
 * and two devices that make the same merge make the same stamp. A stamp that was raised above the one it replaces carries
 * `~00<9 digits: ms><4 digits: counter>`, what its own device's clock said, so that it is made only once.
 */
import { hashText } from './canonical.ts'
import type { DeviceId, Stamp } from './record.ts'

/** The largest time nine base36 digits hold: the year 5188. */
const LAST_AT = 36 ** 9 - 1
const LAST_COUNTER = 36 ** 4 - 1
const LAST_GENERATION = 36 ** 2 - 1
const DAY = 24 * 3600 * 1000

/**
 * Stamps of others further ahead of this laptop's time than this are not followed: one laptop with a wrong clock would
 * otherwise date everybody's edits wrongly. Nothing is lost by that: an edit is still made later than the cell it
 * replaces, by `stampAfter`.
 */
export const MAX_AHEAD = DAY
/** How far ahead of the present this device's own last stamp is still honoured (its clock was set back since). */
export const MAX_OWN_AHEAD = 366 * DAY

const FORM = /^([0-9a-z]{9})([0-9a-z]{4})(?:~(?:00([0-9a-z]{13})|([0-9a-z]{2})[0-9a-z]{8}))?-([A-Za-z0-9_-]{1,64})$/

export interface StampParts {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly counter: number
  readonly device: DeviceId
}

export interface Clock {
  /** A stamp later than every one this clock made or followed. */
  stamp(): Stamp
  /** Makes later stamps sort after this one, unless it is further than MAX_AHEAD in the future. Ignores nonsense. */
  observe(stamp: Stamp): void
  /** The newest stamp made or followed; keep it, and hand it to the next run's clock. */
  readonly last: Stamp | undefined
}

/** `now` is in milliseconds since the epoch. `last` is what an earlier run of the same device ended with. */
export function createClock(deps: { device: DeviceId; now: () => number; last?: Stamp | undefined }): Clock {
  let last: StampParts | undefined
  const read = (): number => Math.min(Math.max(Math.floor(deps.now()) || 0, 0), LAST_AT)
  const follow = (stamp: Stamp): void => {
    const seen = readParts(stamp)
    if (seen === undefined) return
    // A raised or combined stamp may bear this device's id and yet have its time from another clock.
    const own = seen.device === deps.device && !stamp.includes('~')
    if (seen.at - read() > (own ? MAX_OWN_AHEAD : MAX_AHEAD)) return
    if (last === undefined || seen.at > last.at || (seen.at === last.at && seen.counter > last.counter)) {
      last = { at: seen.at, counter: seen.counter, device: deps.device }
    }
  }
  if (deps.last !== undefined) follow(deps.last)
  return {
    stamp() {
      const now = read()
      const goesOn = last !== undefined && last.at >= now && last.at - now <= MAX_OWN_AHEAD
      last = goesOn && last !== undefined ? next(last, deps.device) : { at: now, counter: 0, device: deps.device }
      return writeStamp(last)
    },
    observe: follow,
    get last() {
      return last === undefined ? undefined : writeStamp(last)
    },
  }
}

/** Answers time 0 and device '' for text that is not a stamp, so that showing a damaged record never fails. */
export function readStamp(stamp: Stamp): StampParts {
  return readParts(stamp) ?? { at: 0, counter: 0, device: '' }
}

export function isStamp(text: unknown): text is Stamp {
  return typeof text === 'string' && FORM.test(text)
}

/** The stamp of a value that a merge made out of two: nobody wrote it as it is. */
export function isCombined(stamp: Stamp): boolean {
  return FORM.exec(stamp)?.[4] !== undefined
}

/** Negative when `a` is earlier. Stamps are ASCII, so plain string order is the order everywhere. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return a < b ? -1 : a > b ? 1 : 0
}

export function maxStamp(a: Stamp, b: Stamp): Stamp {
  return a < b ? b : a
}

/**
 * `stamp`, or, where what it replaces is later still (another laptop's clock is far ahead), a stamp right after that by the
 * same device. So an edit always sorts after the value its writer saw. The clock does not follow the raised stamp, and a
 * merge may show the earlier value again (M2, M3); so it holds `stamp` too, or a second edit of that value would be made
 * under the first one's stamp, and history would keep only one of them.
 */
export function stampAfter(stamp: Stamp, seen: Stamp | undefined): Stamp {
  if (seen === undefined || stamp > seen) return stamp
  const parts = readParts(seen)
  const match = FORM.exec(stamp)
  if (parts === undefined || match === null) return stamp
  const [, at = '', counter = '', reading = `${at}${counter}`, , device = ''] = match
  return writeStamp(next(parts, device), `~00${reading}`)
}

/** The stamp of a value that a merge made out of two: later than both, and the same wherever the merge is made. */
export function combineStamps(a: Stamp, b: Stamp, valueText: string): Stamp {
  const newer = maxStamp(a, b)
  const older = newer === a ? b : a
  const match = FORM.exec(newer)
  const [at, counter, device] = match ? [match[1] ?? '', match[2] ?? '', match[5] ?? ''] : ['0'.repeat(9), '0000', '0']
  const generation = Math.min(parseInt(match?.[4] ?? '0', 36) + 1, LAST_GENERATION)
  const hash = hashText(`${older}|${newer}|${valueText}`)
  return `${at}${counter}~${digits(generation, 2)}${hash}-${device}`
}

function next(parts: StampParts, device: DeviceId): StampParts {
  if (parts.counter < LAST_COUNTER) return { at: parts.at, counter: parts.counter + 1, device }
  return parts.at < LAST_AT ? { at: parts.at + 1, counter: 0, device } : { ...parts, device }
}

function readParts(stamp: Stamp): StampParts | undefined {
  const match = FORM.exec(stamp)
  if (match === null) return undefined
  return { at: parseInt(match[1] ?? '', 36), counter: parseInt(match[2] ?? '', 36), device: match[5] ?? '' }
}

function writeStamp(parts: StampParts, mark = ''): Stamp {
  return `${digits(parts.at, 9)}${digits(parts.counter, 4)}${mark}-${parts.device}`
}

function digits(value: number, width: number): string {
  return value.toString(36).padStart(width, '0')
}
