import { BehaviorSubject, ReplaySubject, Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  DEFAULT_POLICY,
  type Decision,
  type Pause,
  type ProbeReading,
  type ProviderState,
  type Run,
  type SchedulePolicy,
} from '../../core/model/schedule.ts'
import { NOON, OPT_IN, situation } from '../../core/model/schedule/situations.suite.ts'
import { REPROBE_MS, openScheduler, type Verdict } from './loop.ts'
import type { Timer } from './probe.ts'

/** A clock that a test turns by hand; it rings what falls due on the way, in order. */
function createClock() {
  let now = NOON
  let alarms: { readonly at: number; readonly ring: () => void }[] = []
  const timer: Timer = (ms, ring) => {
    const alarm = { at: now + ms, ring }
    alarms.push(alarm)
    return () => {
      alarms = alarms.filter(each => each !== alarm)
    }
  }
  return {
    now: () => now,
    timer,
    /** The answer counts the rings. */
    pass(ms: number): number {
      const end = now + ms
      let rings = 0
      for (;;) {
        const next = alarms.filter(each => each.at <= end).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        alarms = alarms.filter(each => each !== next)
        now = next.at
        next.ring()
        rings += 1
      }
      now = end
      return rings
    },
    pending: () => alarms.length,
  }
}

/** A scheduler with everything around it in the test's hands. Replication obeys like a good one unless told not to. */
function open(options: { readonly obedient?: boolean; readonly policy?: SchedulePolicy } = {}) {
  const clock = createClock()
  const calm = situation()
  const readings$ = new ReplaySubject<ProbeReading>(1)
  const policy$ = new BehaviorSubject<SchedulePolicy>(options.policy ?? DEFAULT_POLICY)
  const pause$ = new BehaviorSubject<Pause | null>(null)
  const provider$ = new BehaviorSubject<ProviderState>(calm.provider)
  const work$ = new BehaviorSubject(calm.work)
  const run$ = new BehaviorSubject<Run | null>(null)
  const suspended$ = new Subject<boolean>()
  const acts: string[] = []
  let refreshed = 0
  const scheduler = openScheduler({
    probe: { readings$, refresh: () => (refreshed += 1), close: () => Promise.resolve() },
    now: clock.now,
    utcOffset: () => 0,
    timer: clock.timer,
    policy$,
    pause$,
    provider$,
    work$,
    run$,
    suspended$,
    act(decision: Decision) {
      acts.push(decision.action)
      if (options.obedient === false) return
      run$.next(decision.action === 'start' ? { mode: decision.mode, batchBytes: 0, files: false } : null)
    },
  })
  const verdicts: Verdict[] = []
  scheduler.verdicts$.subscribe(verdict => verdicts.push(verdict))
  const read = (reading: Partial<ProbeReading> = {}): void => readings$.next({ ...calm.reading, ...reading })
  const last = () => verdicts.at(-1)?.decision
  return {
    clock,
    scheduler,
    policy$,
    pause$,
    provider$,
    work$,
    run$,
    suspended$,
    acts,
    verdicts,
    read,
    last,
    refreshed: () => refreshed,
  }
}

describe('the scheduler', () => {
  it('decides nothing before the probe has spoken', () => {
    const rig = open()
    expect(rig.verdicts).toEqual([])
    rig.read()
    expect(rig.acts).toEqual(['start'])
    expect(rig.last()).toMatchObject({ mode: 'full', reason: 'running', action: 'continue' })
  })

  it('S2 stops at once on battery and starts again after 5 s of mains', () => {
    const rig = open()
    rig.read()
    rig.read({ power: 'battery', level: 43 })
    expect(rig.acts).toEqual(['start', 'drain'])
    expect(rig.last()).toMatchObject({ mode: 'none', reason: 'onBattery', overridable: true })
    rig.clock.pass(20_000)
    rig.read()
    expect(rig.last()).toMatchObject({ mode: 'none', reason: 'settling', until: rig.clock.now() + 5000 })
    rig.clock.pass(4999)
    expect(rig.acts).toEqual(['start', 'drain'])
    rig.clock.pass(2)
    expect(rig.acts).toEqual(['start', 'drain', 'start'])
  })

  it('S2 is not moved by doubled events', () => {
    const rig = open()
    for (let i = 0; i < 3; i += 1) rig.read()
    rig.suspended$.next(true)
    rig.suspended$.next(true)
    expect(rig.last()).toMatchObject({ mode: 'none', reason: 'suspended' })
    rig.suspended$.next(false)
    rig.suspended$.next(false)
    rig.clock.pass(6000)
    expect(rig.acts).toEqual(['start', 'abort', 'start'])
    expect(rig.refreshed()).toBe(1)
  })

  it('tells a run that leaves slowly only once, and again only to hurry (S4)', () => {
    const rig = open({ obedient: false })
    rig.read()
    rig.run$.next({ mode: 'full', batchBytes: 5000, files: false })
    rig.read({ power: 'battery' })
    rig.run$.next({ mode: 'full', batchBytes: 4000, files: false })
    rig.read({ power: 'battery', level: 42 })
    expect(rig.acts).toEqual(['start', 'drain'])
    rig.read({ reach: 'none' })
    rig.read({ reach: 'none', level: 41 })
    expect(rig.acts).toEqual(['start', 'drain', 'abort'])
    rig.run$.next(null)
    rig.read()
    rig.clock.pass(6000)
    expect(rig.acts).toEqual(['start', 'drain', 'abort', 'start'])
  })

  it('S3 syncs once on a metered network, on that one only, and for 15 minutes at most', () => {
    const rig = open()
    rig.read({ metered: 'metered' })
    expect(rig.acts).toEqual([])
    rig.scheduler.syncOnce()
    expect(rig.acts).toEqual(['start'])
    expect(rig.last()).toMatchObject({ mode: 'full', reason: 'override' })
    rig.read({ metered: 'metered', networkId: 'cafe' })
    expect(rig.last()).toMatchObject({ mode: 'none', reason: 'metered' })
    rig.read({ metered: 'metered' })
    expect(rig.last()).toMatchObject({ reason: 'override' })
    rig.clock.pass(15 * 60_000 + 2)
    expect(rig.last()).toMatchObject({ mode: 'none', reason: 'metered' })
    expect(rig.acts.at(-1)).not.toBe('start')
  })

  it('S3 ends "Sync once anyway" when everything has met', () => {
    const rig = open()
    rig.read({ metered: 'metered' })
    rig.scheduler.syncOnce()
    rig.clock.pass(2000)
    rig.work$.next({ ...rig.work$.value, records: 0, bytes: 0, inSync: true, syncedAt: rig.clock.now() })
    expect(rig.last()).toMatchObject({ mode: 'none', reason: 'metered' })
    rig.work$.next({ ...rig.work$.value, records: 1, bytes: 100, inSync: false })
    expect(rig.acts).toEqual(['start', 'drain'])
  })

  it('S3 S10 "Sync once anyway" lasts until photos and files have met too, and a photo added later needs another', () => {
    const rig = open()
    rig.read({ metered: 'metered' })
    rig.scheduler.syncOnce()
    rig.clock.pass(2000)
    const done = { ...rig.work$.value, records: 0, bytes: 0, inSync: true, syncedAt: rig.clock.now() }
    rig.work$.next({ ...done, files: 2 })
    expect(rig.last()).toMatchObject({ mode: 'full', files: true, reason: 'override' })
    rig.work$.next(done)
    expect(rig.last()).toMatchObject({ mode: 'none', files: false, reason: 'metered' })
    rig.work$.next({ ...done, files: 1 })
    expect(rig.last()).toMatchObject({ mode: 'none', files: false, reason: 'metered' })
  })

  it('S7 tries again by itself after a failure', () => {
    const rig = open()
    rig.read()
    rig.run$.next(null)
    rig.provider$.next({ connected: true, trouble: { code: 'unreachable' }, failures: 1, failedAt: NOON, jitter: 1 })
    expect(rig.last()).toMatchObject({ mode: 'none', reason: 'unreachable', until: NOON + 5000 })
    rig.clock.pass(5002)
    expect(rig.acts.filter(act => act === 'start')).toHaveLength(2)
  })

  it('S6 charges bytes on costly networks only, and keeps them over a restart in its memory', () => {
    const rig = open({ policy: { ...OPT_IN, dailyBudget: 1000 } })
    rig.read()
    rig.scheduler.charge(700)
    expect(rig.scheduler.memory().budget.spent).toBe(0)
    rig.read({ metered: 'metered' })
    expect(rig.last()).toMatchObject({ mode: 'small', maxBytes: 1000 })
    rig.scheduler.charge(700)
    expect(rig.scheduler.memory().budget.spent).toBe(700)
    expect(rig.last()).toMatchObject({ mode: 'none', reason: 'budgetSpent' })
  })

  it('pauses until a time, and resumes by itself', () => {
    const rig = open()
    rig.read()
    rig.pause$.next({ until: NOON + 60_000 })
    expect(rig.last()).toMatchObject({ mode: 'none', reason: 'pausedByUser', until: NOON + 60_000 })
    rig.clock.pass(60_002)
    expect(rig.acts).toEqual(['start', 'drain', 'start'])
  })

  it('wakes once a minute when there is nothing to do, and holds one timer', () => {
    const rig = open()
    rig.work$.next({ ...rig.work$.value, records: 0, bytes: 0, smallest: null, oldestAt: null, inSync: true })
    rig.read()
    rig.clock.pass(6000)
    expect(rig.clock.pending()).toBe(1)
    const before = rig.refreshed()
    const shown = rig.verdicts.length
    expect(rig.clock.pass(10 * REPROBE_MS)).toBeLessThanOrEqual(10)
    expect(rig.refreshed() - before).toBeGreaterThanOrEqual(9)
    expect(rig.verdicts).toHaveLength(shown)
  })

  it('is silent once closed', () => {
    const rig = open()
    rig.read()
    rig.scheduler.close()
    rig.read({ power: 'battery' })
    expect(rig.acts).toEqual(['start'])
    expect(rig.clock.pending()).toBe(0)
    expect(rig.clock.pass(10 * REPROBE_MS)).toBe(0)
  })
})
