/**
 * The scheduler: gathers what is known, asks core/model's `evaluate`, hands the decision to replication and to the screen.
 * It holds one timer and no rule; doubled events change nothing because the same inputs give the same decision.
 */
import { ReplaySubject, type Observable, type Subscription } from 'rxjs'
import {
  FIRST_MEMORY,
  NO_CEILINGS,
  type Action,
  type AdminCeilings,
  type Check,
  type Decision,
  type Override,
  type Pause,
  type ProbeReading,
  type ProviderState,
  type Run,
  type ScheduleInputs,
  type ScheduleMemory,
  type SchedulePolicy,
  type Work,
} from '../../core/model/schedule.ts'
import { listChecks } from '../../core/model/schedule/checks.ts'
import { evaluate } from '../../core/model/schedule/evaluate.ts'
import { charge, isServed } from '../../core/model/schedule/memory.ts'
import type { Probe, Timer } from './probe.ts'

/** Signals get lost; this often everything is read again. */
export const REPROBE_MS = 60_000

export interface SchedulerDeps {
  readonly probe: Probe
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Minutes east of UTC at a time. */
  readonly utcOffset: (now: number) => number
  readonly timer: Timer
  readonly policy$: Observable<SchedulePolicy>
  readonly pause$: Observable<Pause | null>
  readonly provider$: Observable<ProviderState>
  readonly work$: Observable<Work>
  /** What replication does; null when it holds no connection. */
  readonly run$: Observable<Run | null>
  /** powerMonitor's suspend (true) and resume (false); each may come twice. */
  readonly suspended$: Observable<boolean>
  /** Carries out a 'start', 'drain' or 'abort'; each is told once a run. Must return at once. */
  act(decision: Decision): void
  readonly admin?: AdminCeilings
  readonly memory?: ScheduleMemory
}

/** One decision with what it was made from, for the screen. */
export interface Verdict {
  readonly decision: Decision
  readonly checks: readonly Check[]
  readonly reading: ProbeReading
  readonly work: Work
  readonly provider: ProviderState
}

export interface Scheduler {
  /** The present verdict to a new subscriber, then each that differs. */
  readonly verdicts$: Observable<Verdict>
  /** "Sync once anyway" and "Try now" (rule S3). */
  syncOnce(): void
  /** Takes "Sync once anyway" back. */
  cancelOnce(): void
  /** Bytes really sent and received (rule S6); charged when the present network is costly. */
  charge(bytes: number): void
  /** To be kept over a restart. */
  memory(): ScheduleMemory
  close(): void
}

export function openScheduler(deps: SchedulerDeps): Scheduler {
  const verdicts = new ReplaySubject<Verdict>(1)
  const subscriptions: Subscription[] = []
  let known: Partial<Known> = {}
  let suspended = false
  let override: Override | null = null
  let memory = deps.memory ?? FIRST_MEMORY
  let probedAt = deps.now()
  let shown = ''
  let told: Action = 'none'
  let deciding = false
  let stale = false
  let closed = false
  let cancelTimer = (): void => {}

  const learn = <K extends keyof Known>(key: K) => ({
    next(value: Known[K]): void {
      known = { ...known, [key]: value }
      decide()
    },
  })
  subscriptions.push(
    deps.suspended$.subscribe(now => {
      const resumed = suspended && !now
      suspended = now
      if (resumed) reprobe()
      decide()
    }),
    deps.policy$.subscribe(learn('policy')),
    deps.pause$.subscribe(learn('pause')),
    deps.provider$.subscribe(learn('provider')),
    deps.work$.subscribe(learn('work')),
    deps.run$.subscribe(learn('run')),
    deps.probe.readings$.subscribe(learn('reading')),
  )
  setTimer(null)

  return {
    verdicts$: verdicts.asObservable(),
    syncOnce() {
      override = { givenAt: deps.now(), networkId: known.reading?.networkId ?? null }
      decide()
    },
    cancelOnce() {
      override = null
      decide()
    },
    charge(bytes) {
      const { reading, policy } = known
      if (reading === undefined || policy === undefined || bytes <= 0) return
      const chosen = reading.networkId === null ? undefined : policy.networks[reading.networkId]
      if ((chosen ?? reading.metered) === 'unmetered') return
      memory = charge(memory, bytes)
      decide()
    },
    memory: () => memory,
    close() {
      closed = true
      cancelTimer()
      for (const subscription of subscriptions) subscription.unsubscribe()
      verdicts.complete()
    },
  }

  /** Asks again; what arrives while the answer is carried out (a run that begins) is asked about right after. */
  function decide(): void {
    stale = true
    if (deciding) return
    deciding = true
    try {
      while (stale && !closed) {
        stale = false
        decideOnce()
      }
    } finally {
      deciding = false
    }
  }

  function decideOnce(): void {
    if (!isComplete(known)) return
    const { policy, pause, provider, work, run } = known
    const now = deps.now()
    const reading = suspended ? { ...known.reading, suspended } : known.reading
    const found: ScheduleInputs = {
      now,
      utcOffset: deps.utcOffset(now),
      policy,
      admin: deps.admin ?? NO_CEILINGS,
      reading,
      provider,
      work,
      run,
      pause,
      override,
    }
    // What comes after it was served needs a permission of its own.
    if (isServed(found)) override = null
    const inputs = { ...found, override }
    const evaluation = evaluate(inputs, memory)
    memory = evaluation.memory
    const { decision } = evaluation
    setTimer(decision.nextAt)
    tell(decision)
    const verdict: Verdict = { decision, checks: listChecks(inputs, memory), reading, work, provider }
    // Times alone are no news.
    const showing = JSON.stringify([{ ...decision, nextAt: 0 }, verdict.checks, { ...reading, at: 0 }, work, provider])
    if (showing === shown) return
    shown = showing
    verdicts.next(verdict)
  }

  /** A run that is already leaving is told again only to hurry. */
  function tell(decision: Decision): void {
    const { action } = decision
    const repeated = action === told || (action === 'drain' && told === 'abort')
    if (repeated && (action === 'drain' || action === 'abort')) return
    told = action
    if (action !== 'none' && action !== 'continue') deps.act(decision)
  }

  function setTimer(nextAt: number | null): void {
    cancelTimer()
    const now = deps.now()
    const due = Math.min(nextAt ?? Infinity, probedAt + REPROBE_MS)
    // A timer may ring a little early by this clock; asking a millisecond later avoids a round for nothing.
    cancelTimer = deps.timer(Math.max(0, due - now) + 1, () => {
      if (deps.now() - probedAt >= REPROBE_MS || deps.now() < probedAt) reprobe()
      setTimer(null)
      decide()
    })
  }

  function reprobe(): void {
    probedAt = deps.now()
    deps.probe.refresh()
  }
}

interface Known {
  readonly reading: ProbeReading
  readonly policy: SchedulePolicy
  readonly pause: Pause | null
  readonly provider: ProviderState
  readonly work: Work
  readonly run: Run | null
}

/** No decision before everything has spoken once: not even the probe's silence is taken for permission. */
function isComplete(known: Partial<Known>): known is Known {
  const { reading, policy, pause, provider, work, run } = known
  return (
    reading !== undefined &&
    policy !== undefined &&
    pause !== undefined &&
    provider !== undefined &&
    work !== undefined &&
    run !== undefined
  )
}
