/** Begins the daily backup when it is due and nothing speaks against it. It decides nothing about which are kept. */
import { dueIn, type KeptBackup } from '../../core/model/backup-plan.ts'

export interface Power {
  readonly power: 'mains' | 'battery' | 'unknown'
  /** Per cent; null where it is not known. */
  readonly level: number | null
}

export interface DailyDeps {
  readonly list: () => readonly KeptBackup[]
  /** Resolves when it has ended, whatever came of it. */
  readonly backUp: () => Promise<void>
  /** The last that is known. */
  readonly power: () => Power
  readonly now: () => number
  readonly after: (ms: number, ring: () => void) => () => void
}

/** Work of a person's first minutes comes first. */
const FIRST_LOOK_MS = 45_000
/** Clocks are set and lids are closed: it is asked anew now and then rather than trusted for a day. */
const LOOK_EVERY_MS = 15 * 60_000
/** Reading and writing the whole database takes some energy. */
export const LEAST_BATTERY = 30

export function scheduleDaily({ list, backUp, power, now, after }: DailyDeps): { close(): void } {
  let closed = false
  let cancel = after(FIRST_LOOK_MS, () => void look())

  async function look(): Promise<void> {
    const wait = dueIn(list(), now())
    const { power: source, level } = power()
    const isLow = source === 'battery' && (level ?? 100) < LEAST_BATTERY
    if (wait === 0 && !isLow) await backUp()
    if (closed) return
    const next = wait === 0 ? LOOK_EVERY_MS : Math.min(wait, LOOK_EVERY_MS)
    cancel = after(next, () => void look())
  }
  return {
    close() {
      closed = true
      cancel()
    },
  }
}
