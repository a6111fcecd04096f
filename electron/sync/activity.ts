/**
 * Keeps the record of syncing: one setting per day in the encrypted database, for three months. What it is told is folded
 * by core/model/activity.ts; it decides nothing and must never hold up what it records.
 */
import { asyncScheduler, BehaviorSubject, map, type Observable, throttleTime } from 'rxjs'
import type { SettingStore } from '../../core/database/database.ts'
import type { ActivityView } from '../../core/model/api.ts'
import {
  type ActivityDay,
  type ActivityLog,
  asActivityDay,
  emptyDay,
  localDay,
  noteActivity,
  type Observation,
} from '../../core/model/activity.ts'
import type { Value } from '../../core/model/record.ts'
import type { Timer } from '../scheduler/probe.ts'

export interface Activity {
  readonly view$: Observable<ActivityView>
  note(observation: Observation): void
  /** Writes down what is not written yet. */
  close(): Promise<void>
}

export interface ActivityDeps {
  readonly settings: SettingStore
  readonly now: () => number
  readonly timer: Timer
  readonly report: (error: unknown) => void
}

const INDEX = 'activity.days'
const KEPT_DAYS = 90
/** What the page is given at most; older lines are still kept. */
const SHOWN_EXCHANGES = 1_000
const SHOWN_EVERY_MS = 500
const WRITE_AFTER_MS = 10_000
/** Bytes alone (asking for news) are no reason to wake the disk more often. */
const BYTES_AFTER_MS = 15 * 60_000

export async function openActivity({ settings, now, timer, report }: ActivityDeps): Promise<Activity> {
  const keyOf = (day: string): string => `activity.${day}`
  const present = localDay(now())
  const earlier = await readDays()
  let log: ActivityLog = { today: earlier.get(present) ?? emptyDay(present), last: undefined }
  earlier.delete(present)
  const changed$ = new BehaviorSubject<void>(undefined)
  let written = log.today
  let cancel: (() => void) | undefined
  let dueAt = Infinity
  let writing: Promise<void> = Promise.resolve()

  async function readDays(): Promise<Map<string, ActivityDay>> {
    const days = new Map<string, ActivityDay>()
    const index = await settings.get(INDEX)
    for (const day of Array.isArray(index) ? index : []) {
      const kept = typeof day === 'string' ? asActivityDay(await settings.get(keyOf(day))) : undefined
      if (kept !== undefined) days.set(kept.day, kept)
    }
    return days
  }

  function toView(): ActivityView {
    const days = [log.today, ...[...earlier.values()].sort((one, other) => (one.day < other.day ? 1 : -1))]
    return {
      exchanges: days.flatMap(({ exchanges }) => exchanges.toReversed()).slice(0, SHOWN_EXCHANGES),
      days: days.map(({ day, bytesSent, bytesReceived, exchanges }) => ({
        day,
        bytesSent,
        bytesReceived,
        activeMs: exchanges.reduce((total, { begunAt, endedAt }) => total + endedAt - begunAt, 0),
      })),
      reasons: days
        .slice(0, 2)
        .toReversed()
        .flatMap(({ reasons }) => reasons),
    }
  }

  function write(day: ActivityDay): void {
    written = day
    writing = writing.then(async () => {
      try {
        await settings.set(keyOf(day.day), JSON.parse(JSON.stringify(day)) as Value)
        const days = [...new Set([...earlier.keys(), day.day])].sort()
        const old = days.slice(0, -KEPT_DAYS)
        for (const gone of old) {
          earlier.delete(gone)
          await settings.set(keyOf(gone), null)
        }
        await settings.set(INDEX, days.slice(-KEPT_DAYS))
      } catch (error) {
        report(error)
      }
    })
  }

  function writeLater(ms: number): void {
    const at = now() + ms
    if (at >= dueAt) return
    cancel?.()
    dueAt = at
    cancel = timer(ms, () => {
      dueAt = Infinity
      cancel = undefined
      if (log.today !== written) write(log.today)
    })
  }

  return {
    view$: changed$.pipe(throttleTime(SHOWN_EVERY_MS, asyncScheduler, { leading: true, trailing: true }), map(toView)),
    note(observation) {
      const before = log.today
      log = noteActivity(log, observation, localDay(observation.at))
      const { today } = log
      if (today.day !== before.day) {
        write(before)
        earlier.set(before.day, before)
        earlier.delete(today.day)
      }
      const isLine = today.exchanges !== before.exchanges || today.reasons !== before.reasons
      writeLater(isLine ? WRITE_AFTER_MS : BYTES_AFTER_MS)
      changed$.next()
    },
    async close() {
      cancel?.()
      if (log.today !== written) write(log.today)
      await writing
      changed$.complete()
    },
  }
}
