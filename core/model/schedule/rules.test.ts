/** Each schedule rule by example; properties.test.ts holds them in general and table.test.ts row by row. */
import { describe, expect, it } from 'vitest'
import { FIRST_MEMORY, type Decision, type ScheduleInputs, type ScheduleMemory } from '../schedule.ts'
import { listChecks } from './checks.ts'
import { evaluate } from './evaluate.ts'
import { BATCH_BYTES, backoffMs, withinHours } from './limits.ts'
import { charge } from './memory.ts'
import { NOON, OPT_IN, situation } from './situations.suite.ts'

const decide = (inputs: ScheduleInputs, memory: ScheduleMemory = FIRST_MEMORY): Decision =>
  evaluate(inputs, memory).decision

/** Decides on each situation in turn, handing the memory on. */
function follow(...steps: readonly ScheduleInputs[]): readonly Decision[] {
  let memory = FIRST_MEMORY
  return steps.map(inputs => {
    const evaluation = evaluate(inputs, memory)
    memory = evaluation.memory
    return evaluation.decision
  })
}

const METERED = { reading: { metered: 'metered' as const } }
const BATTERY = { reading: { power: 'battery' as const, level: 43 } }

describe('S1 the strictest gate decides and gives the reason', () => {
  it('S1 says full on mains and an unmetered network', () => {
    expect(decide(situation())).toMatchObject({ mode: 'full', reason: 'running', action: 'start', files: true })
  })

  it('S1 gives ties to the earlier gate', () => {
    const all = situation({
      reading: { suspended: true, reach: 'none', metered: 'metered', power: 'battery', saver: true },
      admin: { off: true },
      provider: { connected: false },
      pause: { until: null },
    })
    const { reading, admin } = all
    const reasons = [
      decide(all),
      decide({ ...all, reading: { ...reading, suspended: false } }),
      decide({ ...all, reading: { ...reading, suspended: false }, admin: { ...admin, off: false } }),
      decide(situation({ ...all, reading: { ...reading, suspended: false }, admin: { off: false }, provider: {} })),
      decide(situation({ reading: { ...reading, suspended: false } })),
      decide(situation({ reading: { ...reading, suspended: false, reach: 'full' } })),
      decide(situation({ reading: { ...reading, suspended: false, reach: 'full', metered: 'unmetered' } })),
      decide(situation({ reading: { saver: true } })),
    ].map(decision => decision.reason)
    expect(reasons).toEqual([
      'suspended',
      'adminOff',
      'off',
      'pausedByUser',
      'offline',
      'metered',
      'onBattery',
      'saver',
    ])
  })

  it('S1 says up to date when nothing waits and the digest matched', () => {
    const work = { records: 0, bytes: 0, inSync: true, syncedAt: NOON - 1000 }
    expect(decide(situation({ work }))).toMatchObject({ mode: 'full', reason: 'upToDate', action: 'start' })
    expect(decide(situation({ work: { ...work, live: false } }))).toMatchObject({ mode: 'none', reason: 'upToDate' })
    expect(decide(situation({ work: { ...work, inSync: false } })).reason).toBe('running')
    expect(decide(situation({ work: { ...work, files: 1 } })).reason).toBe('running')
  })
})

describe('S2 narrowing is immediate, widening waits', () => {
  it('S2 grants mains again after 5 s without a break', () => {
    const at = (ms: number, on: boolean) => situation({ now: NOON + ms, ...(on ? {} : BATTERY) })
    const modes = follow(at(0, true), at(1, false), at(1000, true), at(5999, true), at(6000, true))
    expect(modes.map(({ mode, reason }) => `${mode} ${reason}`)).toEqual([
      'full running',
      'none onBattery',
      'none settling',
      'none settling',
      'full running',
    ])
    expect(modes[2]?.nextAt).toBe(NOON + 6000)
  })

  it('S2 starts the wait again after each break', () => {
    const at = (ms: number, on: boolean) => situation({ now: NOON + ms, ...(on ? {} : BATTERY) })
    const modes = follow(
      at(0, false),
      at(1000, true),
      at(5000, false),
      at(5500, true),
      at(6500, true),
      at(10_500, true),
    )
    expect(modes.map(({ mode }) => mode)).toEqual(['none', 'none', 'none', 'none', 'none', 'full'])
  })

  it('S2 widens from small to full after 5 s as well, and stays small meanwhile', () => {
    const on = (ms: number, metered: 'metered' | 'unmetered') =>
      situation({ now: NOON + ms, policy: OPT_IN, reading: { metered } })
    const modes = follow(on(0, 'metered'), on(1000, 'unmetered'), on(6000, 'unmetered'))
    expect(modes.map(({ mode, reason }) => `${mode} ${reason}`)).toEqual([
      'small meteredSmall',
      'small settling',
      'full running',
    ])
  })

  it('S2 survives a clock set back, with one more wait at most', () => {
    const on = (ms: number, reading: object) => situation({ now: NOON + ms, reading })
    const modes = follow(on(0, BATTERY.reading), on(1000, {}), on(-3_600_000, {}), on(-3_595_000, {}))
    expect(modes.map(({ mode }) => mode)).toEqual(['none', 'none', 'none', 'full'])
  })

  it('S2 keeps a low battery low until 5 points above the threshold, or mains', () => {
    const at = (level: number, power: 'battery' | 'mains' = 'battery') =>
      situation({ policy: OPT_IN, reading: { power, level } })
    const reasons = (...steps: readonly ScheduleInputs[]) => follow(...steps).map(({ reason }) => reason)
    expect(reasons(at(30), at(29), at(34))).toEqual(['running', 'batteryLow', 'batteryLow'])
    expect(reasons(at(29), at(35))).toEqual(['batteryLow', 'settling'])
    expect(reasons(at(29), at(31, 'mains'), at(31))).toEqual(['batteryLow', 'settling', 'settling'])
  })
})

describe('S3 sync once anyway', () => {
  const override = { givenAt: NOON - 1000, networkId: 'home' }

  it('S3 is offered exactly where it would help', () => {
    const offered = (inputs: ScheduleInputs) => decide(inputs).overridable
    expect(offered(situation(METERED))).toBe(true)
    expect(offered(situation(BATTERY))).toBe(true)
    expect(offered(situation({ pause: { until: null } }))).toBe(true)
    expect(offered(situation())).toBe(false)
    expect(offered(situation({ reading: { reach: 'none', metered: 'metered' } }))).toBe(false)
    expect(offered(situation({ ...METERED, provider: { connected: false } }))).toBe(false)
    expect(offered(situation({ ...METERED, admin: { metered: 'none' } }))).toBe(false)
  })

  it('S3 does not lift offline, a sign-in page, sleep, Retry-After or an admin ceiling', () => {
    const busy = { trouble: { code: 'retryAfter' as const, detail: '90' }, failures: 1, failedAt: NOON - 1000 }
    const reasons = [
      situation({ override, reading: { reach: 'none' } }),
      situation({ override, reading: { reach: 'portal' } }),
      situation({ override, reading: { suspended: true } }),
      situation({ override, provider: busy }),
      situation({ override, ...METERED, admin: { metered: 'none' } }),
      situation({ override, ...BATTERY, admin: { battery: 'none' } }),
    ].map(inputs => decide(inputs))
    expect(reasons.map(({ mode }) => mode)).toEqual(Array(6).fill('none'))
    expect(reasons.map(({ reason }) => reason)).toEqual([
      'offline',
      'captive',
      'suspended',
      'retryAfter',
      'adminMetered',
      'adminBattery',
    ])
  })

  it('S3 lifts a pause, backoff and settling: now means now', () => {
    const failed = { trouble: { code: 'unreachable' as const }, failures: 4, jitter: 1, failedAt: NOON - 2000 }
    expect(decide(situation({ override, pause: { until: null } })).mode).toBe('full')
    expect(decide(situation({ override, provider: failed })).mode).toBe('full')
    expect(decide(situation({ override }), { ...FIRST_MEMORY, settled: 'none' }).mode).toBe('full')
    const since = decide(situation({ override, provider: { ...failed, failedAt: NOON - 500 } }))
    expect(since).toMatchObject({ mode: 'none', reason: 'unreachable' })
  })

  it('S3 starts at once even if something was started a moment ago', () => {
    const memory = { ...FIRST_MEMORY, startedAt: NOON - 2000 }
    expect(decide(situation(), memory)).toMatchObject({ action: 'none' })
    expect(decide(situation({ override, ...METERED }), memory)).toMatchObject({ action: 'start', reason: 'override' })
  })

  it('S3 ends after 15 minutes, on another network, and when all has met', () => {
    const run = { mode: 'full' as const, batchBytes: 0, files: false }
    expect(decide(situation({ ...METERED, override, run })).nextAt).toBe(NOON - 1000 + 15 * 60_000)
    const old = { ...override, givenAt: NOON - 15 * 60_000 }
    expect(decide(situation({ ...METERED, override: old })).mode).toBe('none')
    expect(decide(situation({ ...METERED, override: { ...override, networkId: 'cafe' } })).mode).toBe('none')
    expect(decide(situation({ ...METERED, override, work: { syncedAt: NOON - 500 } })).mode).toBe('none')
  })
})

describe('S4 permission drops while something is on its way', () => {
  const text = { mode: 'full' as const, batchBytes: 5000, files: false }
  const action = (inputs: ScheduleInputs) => decide(inputs).action

  it('S4 lets a small text batch finish', () => {
    expect(action(situation({ ...BATTERY, run: text }))).toBe('drain')
    expect(action(situation({ ...BATTERY, run: { ...text, batchBytes: BATCH_BYTES } }))).toBe('drain')
    expect(action(situation({ ...BATTERY, run: { ...text, batchBytes: BATCH_BYTES + 1 } }))).toBe('abort')
  })

  it('S4 never lets a file finish', () => {
    expect(action(situation({ ...BATTERY, run: { ...text, files: true } }))).toBe('abort')
  })

  it('S4 lets a batch finish on a costly network only within the budget', () => {
    expect(action(situation({ ...METERED, run: text }))).toBe('abort')
    expect(action(situation({ ...METERED, run: { ...text, batchBytes: 0 } }))).toBe('drain')
    const sleepy = { ...METERED, policy: OPT_IN, pause: { until: null }, run: text }
    expect(action(situation(sleepy))).toBe('drain')
    expect(action(situation({ ...sleepy, policy: { ...OPT_IN, dailyBudget: 4999 } }))).toBe('abort')
  })

  it('S4 ends everything at once when offline, asleep, behind a sign-in page or forbidden', () => {
    const run = { ...text, batchBytes: 1 }
    for (const reading of [{ reach: 'none' }, { reach: 'portal' }, { suspended: true }] as const) {
      expect(action(situation({ reading, run }))).toBe('abort')
      expect(action(situation({ reading: { ...reading, power: 'battery' }, run }))).toBe('abort')
    }
    expect(action(situation({ admin: { off: true }, run }))).toBe('abort')
  })

  it('S4 ends a large run where only small ones are allowed, and lets a small one go on', () => {
    const costly = { ...METERED, policy: OPT_IN }
    expect(action(situation({ ...costly, run: text }))).toBe('drain')
    expect(action(situation({ ...costly, run: { ...text, files: true } }))).toBe('abort')
    expect(action(situation({ ...costly, run: { ...text, mode: 'small' } }))).toBe('continue')
    expect(action(situation({ run: { ...text, mode: 'small' } }))).toBe('continue')
  })

  it('S4 stops what it has asked for and not yet seen', () => {
    const started = evaluate(situation(), FIRST_MEMORY)
    expect(started.decision.action).toBe('start')
    const stopped = evaluate(situation(BATTERY), started.memory)
    expect(stopped.decision.action).toBe('abort')
    expect(evaluate(situation(BATTERY), stopped.memory).decision.action).toBe('none')
  })
})

describe('S5 what cannot be told', () => {
  it('S5 sends nothing where metering is unknown, and says so', () => {
    expect(decide(situation({ reading: { metered: 'unknown' } }))).toMatchObject({
      mode: 'none',
      reason: 'meteredUnknown',
    })
  })

  it("S5 takes the user's word on one network, either way, and on no other", () => {
    const policy = { networks: { home: 'unmetered' as const, cafe: 'metered' as const } }
    const on = (networkId: string | null, metered: 'metered' | 'unmetered' | 'unknown') =>
      decide(situation({ policy, reading: { networkId, metered } })).mode
    expect([on('home', 'unknown'), on('home', 'metered')]).toEqual(['full', 'full'])
    expect([on('cafe', 'unmetered'), on('office', 'unknown'), on(null, 'unknown')]).toEqual(['none', 'none', 'none'])
    expect(on('constructor', 'metered')).toBe('none')
  })

  it('S5 takes unknown power for mains only where there is no battery', () => {
    const power = (hasBattery: boolean | null) =>
      decide(situation({ reading: { power: 'unknown', level: null, hasBattery } }))
    expect(power(false)).toMatchObject({ mode: 'full' })
    expect(power(true)).toMatchObject({ mode: 'none', reason: 'powerUnknown' })
    expect(power(null)).toMatchObject({ mode: 'none', reason: 'powerUnknown' })
  })

  it('S5 allows only small things on a battery whose level nobody can read', () => {
    const reading = { power: 'battery' as const, level: null }
    expect(decide(situation({ policy: OPT_IN, reading }))).toMatchObject({ mode: 'small', reason: 'powerUnknown' })
    expect(decide(situation({ reading }))).toMatchObject({ mode: 'none', reason: 'onBattery' })
  })
})

describe('S6 the daily budget on costly networks', () => {
  const small = { ...METERED, policy: { ...OPT_IN, dailyBudget: 5000 } }
  const spent = (bytes: number) => charge(evaluate(situation(small), FIRST_MEMORY).memory, bytes)

  it('S6 gives what is left, and nothing when the smallest item does not fit', () => {
    expect(decide(situation(small), spent(4500))).toMatchObject({ mode: 'small', maxBytes: 500 })
    const over = decide(situation(small), spent(4501))
    expect(over).toMatchObject({ mode: 'none', maxBytes: 0, reason: 'budgetSpent' })
    expect(over.until).toBe(Date.UTC(2026, 4, 5))
    expect(decide(situation({ ...small, utcOffset: 120 }), spent(9000)).until).toBe(Date.UTC(2026, 4, 4, 22))
  })

  it('S6 begins anew at local midnight, and a clock set back gives nothing', () => {
    const memory = spent(5000)
    expect(decide(situation({ ...small, now: NOON + 86_400_000 }), memory).mode).toBe('small')
    expect(decide(situation({ ...small, now: NOON - 86_400_000 }), memory).reason).toBe('budgetSpent')
  })

  it('S6 gives nothing while roaming or over the limit', () => {
    const reading = { metered: 'metered' as const, roamingOrOverLimit: true }
    expect(decide(situation({ ...small, reading }))).toMatchObject({ mode: 'none', reason: 'roaming' })
  })

  it('S6 does not count where bytes cost nothing', () => {
    const reading = { power: 'unknown' as const }
    const inputs = situation({ policy: small.policy, reading })
    expect(decide(inputs, spent(5000))).toMatchObject({ mode: 'small', maxBytes: BATCH_BYTES, reason: 'powerUnknown' })
  })
})

describe('S7 waiting after failures', () => {
  const failing = (failures: number, changes: object = {}) => ({
    trouble: { code: 'unreachable' as const },
    failures,
    failedAt: NOON,
    jitter: 1,
    ...changes,
  })

  it('S7 doubles from 5 s to 30 min, spread over the upper half', () => {
    expect([1, 2, 3, 9, 10, 99].map(n => backoffMs(n, 1) / 1000)).toEqual([5, 10, 20, 1280, 1800, 1800])
    expect(backoffMs(1, 0)).toBe(2500)
  })

  it('S7 waits, then tries again', () => {
    const provider = failing(3)
    expect(decide(situation({ provider }))).toMatchObject({ mode: 'none', reason: 'unreachable', until: NOON + 20_000 })
    expect(decide(situation({ provider, now: NOON + 20_000 })).mode).toBe('full')
  })

  it('S7 does not wait for a failure that a clock set back has put into the future', () => {
    const provider = failing(3, { failedAt: NOON + 3_600_000 })
    expect(decide(situation({ provider }))).toMatchObject({ mode: 'full', reason: 'running' })
  })

  it('S7 forgives failures on a new network, but not Retry-After', () => {
    const here = evaluate(situation({ provider: failing(8) }), FIRST_MEMORY).memory
    const cafe = { networkId: 'cafe' }
    expect(decide(situation({ provider: failing(8), reading: cafe }), here).mode).toBe('full')
    const again = evaluate(situation({ provider: failing(8), reading: cafe }), here).memory
    expect(decide(situation({ provider: failing(9), reading: cafe }), again).until).toBe(NOON + 5000)
    const busy = failing(1, { trouble: { code: 'retryAfter', detail: '600' } })
    expect(decide(situation({ provider: busy, reading: cafe }), here)).toMatchObject({
      reason: 'retryAfter',
      until: NOON + 600_000,
    })
  })

  it('S7 is not offline for being between networks', () => {
    const here = evaluate(situation({ provider: failing(8) }), FIRST_MEMORY).memory
    const between = evaluate(
      situation({ provider: failing(8), reading: { networkId: null, reach: 'none' } }),
      here,
    ).memory
    expect(decide(situation({ provider: failing(8) }), between).reason).not.toBe('running')
  })

  it('S7 asks a provider that needs a person only every half hour, and says what it needs', () => {
    for (const [code, reason] of [
      ['signIn', 'signIn'],
      ['untrusted', 'untrusted'],
      ['providerFull', 'providerFull'],
      ['diskFull', 'diskFull'],
    ] as const) {
      const decision = decide(situation({ provider: failing(1, { trouble: { code } }) }))
      expect(decision).toMatchObject({ mode: 'none', reason, until: NOON + 1_800_000, overridable: false })
    }
  })

  it('S7 gives a failure of the hub its own words', () => {
    const reason = (code: string) => decide(situation({ provider: failing(1, { trouble: { code } }) })).reason
    expect(['offline', 'hubFault', 'hubNonsense', 'internal'].map(reason)).toEqual([
      'offline',
      'hubFault',
      'hubNonsense',
      'unreachable',
    ])
  })
})

describe('S8 admin ceilings', () => {
  it('S8 holds the stricter of admin and user', () => {
    expect(decide(situation({ ...METERED, policy: OPT_IN, admin: { metered: 'none' } }))).toMatchObject({
      mode: 'none',
      reason: 'adminMetered',
    })
    expect(decide(situation({ ...METERED, admin: { metered: 'full' } }))).toMatchObject({
      mode: 'none',
      reason: 'metered',
    })
    expect(decide(situation({ ...BATTERY, policy: OPT_IN, admin: { battery: 'small' } }))).toMatchObject({
      mode: 'small',
      reason: 'adminBattery',
    })
  })
})

describe('S9 starvation', () => {
  it('S9 nudges after 7 days and sends nothing for it', () => {
    const work = { oldestAt: NOON - 7 * 86_400_000 }
    const decision = decide(situation({ ...METERED, work }))
    expect(decision).toMatchObject({ mode: 'none', nudge: { records: 12, bytes: 5000, oldestAt: work.oldestAt } })
    expect(decision.nextAt).toBeNull()
    expect(decide(situation({ ...METERED, work: { oldestAt: work.oldestAt + 1 } })).nudge).toBeNull()
    expect(decide(situation({ ...METERED, work: { oldestAt: work.oldestAt + 1 } })).nextAt).toBe(NOON + 1)
  })
})

describe('quiet hours', () => {
  it('run over midnight and say until when', () => {
    const night = { from: 22 * 60, to: 6 * 60 }
    expect(withinHours(night, NOON, 0)).toEqual({ inside: false, changesAt: Date.UTC(2026, 4, 4, 22) })
    expect(withinHours(night, NOON + 11 * 3_600_000, 0)).toEqual({ inside: true, changesAt: Date.UTC(2026, 4, 5, 6) })
    expect(withinHours(night, NOON, 11 * 60)).toEqual({ inside: true, changesAt: Date.UTC(2026, 4, 4, 19) })
    expect(withinHours({ from: 60, to: 60 }, NOON, 0).inside).toBe(false)
    const policy = { quietHours: { from: 660, to: 780 } }
    expect(decide(situation({ policy }))).toMatchObject({ reason: 'quietHours', until: NOON + 3_600_000 })
  })
})

describe('the checklist', () => {
  it('S1 shows each side with its facts, whichever is the reason', () => {
    const checks = listChecks(
      situation({ ...BATTERY, ...{ policy: { networks: { home: 'unmetered' } } } }),
      FIRST_MEMORY,
    )
    expect(checks).toEqual([
      { name: 'power', passes: false, reason: 'onBattery', power: 'battery', level: 43, saver: false },
      { name: 'network', passes: true, reason: null, network: 'Home', metering: 'unmetered', from: 'you' },
      { name: 'provider', passes: true, reason: null, until: null, detail: null },
    ])
  })

  it('S3 shows what "Sync once anyway" goes past', () => {
    const inputs = situation({ ...METERED, override: { givenAt: NOON, networkId: 'home' } })
    expect(listChecks(inputs, FIRST_MEMORY)[1]).toMatchObject({ passes: false, reason: 'metered', from: 'system' })
  })
})
