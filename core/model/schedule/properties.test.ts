/** What must hold of every decision, whatever the inputs and the memory; each property runs with several seeds. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  DEFAULT_POLICY,
  FIRST_MEMORY,
  type Mode,
  type Run,
  type ScheduleInputs,
  type ScheduleMemory,
} from '../schedule.ts'
import { evaluate } from './evaluate.ts'
import { effectiveMetering, networkCeiling } from './gates.ts'
import { BATCH_BYTES, OVERRIDE_MS, SETTLE_MS, START_GAP_MS, atLeast, backoffMs, lower } from './limits.ts'
import { charge, isOverridden } from './memory.ts'
import { NOON, OPT_IN, SEEDS, anyInputs, anyMemory, anyMode, anyReading, situation } from './situations.suite.ts'

const RUNS = 800

function always(check: (inputs: ScheduleInputs, memory: ScheduleMemory) => void): void {
  for (const seed of SEEDS) fc.assert(fc.property(anyInputs, anyMemory, check), { seed, numRuns: RUNS })
}

const mode = (inputs: ScheduleInputs, memory: ScheduleMemory): Mode => evaluate(inputs, memory).decision.mode
const withoutOverride = (inputs: ScheduleInputs): ScheduleInputs => ({ ...inputs, override: null })
const givenNow = (inputs: ScheduleInputs): ScheduleInputs => ({
  ...inputs,
  override: { givenAt: inputs.now, networkId: inputs.reading.networkId },
})

describe('schedule properties', { timeout: 60_000 }, () => {
  it('the generators reach every mode and action often enough', () => {
    const seen = new Map<string, number>()
    always((inputs, memory) => {
      const { decision } = evaluate(inputs, memory)
      for (const key of [decision.mode, decision.action]) seen.set(key, (seen.get(key) ?? 0) + 1)
    })
    for (const key of ['none', 'small', 'full', 'start', 'continue', 'drain', 'abort']) {
      expect(seen.get(key), key).toBeGreaterThan(50)
    }
  })

  it('S1 never sends over metered or on battery under the default policy', () => {
    always((inputs, memory) => {
      const strict = withoutOverride({ ...inputs, policy: DEFAULT_POLICY })
      const { reading } = strict
      const mains = reading.power === 'mains' || (reading.power === 'unknown' && reading.hasBattery === false)
      if (reading.metered === 'unmetered' && mains) return
      expect(mode(strict, memory)).toBe('none')
    })
  })

  it('S1 sends nothing when stopped hard, whatever else holds', () => {
    const stops: ((inputs: ScheduleInputs) => ScheduleInputs)[] = [
      inputs => ({ ...inputs, reading: { ...inputs.reading, suspended: true } }),
      inputs => ({ ...inputs, reading: { ...inputs.reading, reach: 'none' } }),
      inputs => ({ ...inputs, reading: { ...inputs.reading, reach: 'portal' } }),
      inputs => ({ ...inputs, admin: { ...inputs.admin, off: true } }),
      inputs => ({ ...inputs, provider: { ...inputs.provider, connected: false } }),
      inputs => ({
        ...inputs,
        provider: {
          connected: true,
          trouble: { code: 'retryAfter', detail: '60' },
          failures: 1,
          failedAt: inputs.now - 1000,
          jitter: 0,
        },
      }),
    ]
    always((inputs, memory) => {
      for (const stop of stops) {
        const { decision } = evaluate(givenNow(stop(inputs)), memory)
        expect(decision).toMatchObject({ mode: 'none', maxBytes: 0, files: false, overridable: false })
        expect(['none', 'drain', 'abort']).toContain(decision.action)
      }
    })
  })

  it('S1 is monotone in the policy', () => {
    for (const seed of SEEDS) {
      const raised = fc.constantFrom('metered', 'unknown', 'battery', 'saver', 'quiet')
      const property = fc.property(anyInputs, anyMemory, raised, anyMode, (inputs, memory, name, other) => {
        const low = { ...inputs, policy: { ...inputs.policy, [name]: lower(inputs.policy[name], other) } }
        expect(atLeast(mode(inputs, memory), mode(low, memory))).toBe(true)
      })
      fc.assert(property, { seed, numRuns: RUNS })
    }
  })

  it('S2 narrows at once: never more than the surroundings allow without a memory', () => {
    always((inputs, memory) => {
      const plain = withoutOverride(inputs)
      const fresh = { ...FIRST_MEMORY, batteryLow: memory.batteryLow, budget: memory.budget, forgiven: memory.forgiven }
      const allowed = mode(plain, { ...fresh, networkId: memory.networkId })
      expect(atLeast(allowed, mode(plain, memory))).toBe(true)
    })
  })

  it('S2 grants more only after 5 s in which nothing was forbidden, over any history', () => {
    const step = fc.record({ ms: fc.constantFrom(1, 900, 2600, 5000, 7000), reading: anyReading })
    for (const seed of SEEDS) {
      const property = fc.property(fc.array(step, { minLength: 2, maxLength: 14 }), steps => {
        let memory = FIRST_MEMORY
        let now = NOON
        let before: Mode = 'full'
        const permitted: { readonly at: number; readonly mode: Mode }[] = []
        for (const { ms, reading } of steps) {
          now += ms
          const inputs = situation({ now, policy: OPT_IN, reading: { ...reading, networkId: 'home' } })
          permitted.push({ at: now, mode: mode(inputs, { ...FIRST_MEMORY, batteryLow: memory.batteryLow }) })
          const { decision, memory: next } = evaluate(inputs, memory)
          memory = next
          if (decision.mode !== before && atLeast(decision.mode, before)) {
            const lately = permitted.filter(each => each.at > now - SETTLE_MS)
            expect(lately.every(each => atLeast(each.mode, decision.mode))).toBe(true)
            expect(permitted.some(each => each.at <= now - SETTLE_MS)).toBe(true)
          }
          before = decision.mode
        }
      })
      fc.assert(property, { seed, numRuns: RUNS })
    }
  })

  it('S2 starts at most once in a settle window, over any history', () => {
    const step = fc.record({ ms: fc.constantFrom(0, 1, 900, 2600, 5000), reading: anyReading, ends: fc.boolean() })
    for (const seed of SEEDS) {
      const property = fc.property(fc.array(step, { maxLength: 20 }), steps => {
        let memory = FIRST_MEMORY
        let run: Run | null = null
        let now = NOON
        const starts: number[] = []
        for (const { ms, reading, ends } of steps) {
          now += ms
          if (ends) run = null
          const evaluation = evaluate(situation({ now, policy: OPT_IN, reading, run }), memory)
          memory = evaluation.memory
          const { action } = evaluation.decision
          if (action === 'start') {
            expect(run).toBeNull()
            starts.push(now)
            run = { mode: evaluation.decision.mode, batchBytes: 0, files: false }
          }
          if (action === 'drain' || action === 'abort') run = null
        }
        starts.forEach((at, i) => expect(at - (starts[i - 1] ?? -Infinity)).toBeGreaterThanOrEqual(START_GAP_MS))
      })
      fc.assert(property, { seed, numRuns: RUNS })
    }
  })

  it('S3 never lowers, and is worth nothing when expired or given elsewhere', () => {
    always((inputs, memory) => {
      const plain = mode(withoutOverride(inputs), memory)
      expect(atLeast(mode(givenNow(inputs), memory), plain)).toBe(true)
      const { now, reading } = inputs
      const expired = { givenAt: now - OVERRIDE_MS, networkId: reading.networkId }
      expect(mode({ ...inputs, override: expired }, memory)).toBe(plain)
      const foreign = { givenAt: now, networkId: 'elsewhere' }
      expect(mode({ ...inputs, override: foreign }, memory)).toBe(plain)
    })
  })

  it('S3 is offered exactly when it would give more', () => {
    always((inputs, memory) => {
      const { decision } = evaluate(inputs, memory)
      const helped = mode(givenNow(inputs), memory)
      const helps = !isOverridden(inputs) && decision.mode !== helped && atLeast(helped, decision.mode)
      expect(decision.overridable).toBe(helps)
    })
  })

  it('S4 never drains a file or more than a batch, and never lets a forbidden run go on', () => {
    always((inputs, memory) => {
      const { decision } = evaluate(inputs, memory)
      const { run, reading, policy } = inputs
      if (decision.action === 'drain') {
        expect(run).toMatchObject({ files: false })
        expect(run?.batchBytes).toBeLessThanOrEqual(BATCH_BYTES)
        expect([reading.suspended, reading.reach === 'none', reading.reach === 'portal']).not.toContain(true)
        const metering = effectiveMetering(inputs)
        if (metering !== 'unmetered' && policy[metering] === 'none') expect(run?.batchBytes).toBe(0)
      }
      if (decision.mode === 'none') expect(['none', 'drain', 'abort']).toContain(decision.action)
      if (run !== null) expect(['continue', 'drain', 'abort']).toContain(decision.action)
      if (run !== null && decision.mode === 'none') expect(['drain', 'abort']).toContain(decision.action)
    })
  })

  it('S5 gives unknown metering at most its own ceiling', () => {
    always((inputs, memory) => {
      const unknown = { ...withoutOverride(inputs), reading: { ...inputs.reading, metered: 'unknown' as const } }
      if (effectiveMetering(unknown) !== 'unknown') return
      expect(atLeast(inputs.policy.unknown, mode(unknown, memory))).toBe(true)
    })
  })

  it('S6 grants no small run of 0 bytes, and none above the batch or the budget', () => {
    always((inputs, memory) => {
      const { decision } = evaluate(inputs, memory)
      if (decision.mode !== 'small') return
      expect(decision.maxBytes).toBeGreaterThan(0)
      expect(decision.maxBytes).toBeLessThanOrEqual(BATCH_BYTES)
      if (isOverridden(inputs) || networkCeiling(inputs) === 'full') return
      expect(decision.maxBytes).toBeLessThanOrEqual(inputs.policy.dailyBudget)
      if (inputs.work.smallest !== null) expect(decision.maxBytes).toBeGreaterThanOrEqual(inputs.work.smallest)
    })
  })

  it('S6 never spends more than the budget on one day, over histories with clocks going back', () => {
    const step = fc.record({ hours: fc.constantFrom(0, 1, 7, 26, -3, -30), bytes: fc.integer({ min: 1, max: 900 }) })
    for (const seed of SEEDS) {
      const property = fc.property(fc.array(step, { maxLength: 30 }), steps => {
        const policy = { ...OPT_IN, dailyBudget: 1000 }
        let memory = FIRST_MEMORY
        let now = NOON
        let newest = 0
        let spentSinceNewDay = 0
        for (const { hours, bytes } of steps) {
          now += hours * 3_600_000
          const inputs = situation({ now, policy, reading: { metered: 'metered' }, work: { smallest: 1 } })
          const { decision, memory: next } = evaluate(inputs, memory)
          const day = Math.floor(now / 86_400_000)
          if (day > newest) spentSinceNewDay = 0
          newest = Math.max(newest, day)
          const spent = Math.min(bytes, decision.maxBytes)
          memory = charge(next, spent)
          spentSinceNewDay += spent
          expect(spentSinceNewDay).toBeLessThanOrEqual(1000)
        }
      })
      fc.assert(property, { seed, numRuns: RUNS })
    }
  })

  it('S6 is monotone in the budget', () => {
    always((inputs, memory) => {
      const poor = { ...inputs, policy: { ...inputs.policy, dailyBudget: Math.floor(inputs.policy.dailyBudget / 3) } }
      expect(atLeast(mode(inputs, memory), mode(poor, memory))).toBe(true)
    })
  })

  it('S7 waits at least half and at most the whole of its step, within 30 minutes', () => {
    for (const seed of SEEDS) {
      const property = fc.property(
        fc.integer({ min: 1, max: 2000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, j) => {
          const whole = Math.min(1_800_000, 5000 * 2 ** (n - 1))
          expect(backoffMs(n, j)).toBeGreaterThanOrEqual(whole / 2)
          expect(backoffMs(n, j)).toBeLessThanOrEqual(whole)
        },
      )
      fc.assert(property, { seed, numRuns: RUNS })
    }
  })

  it('S8 holds admin ceilings under an override, and an admin never loosens', () => {
    always((inputs, memory) => {
      const given = givenNow(inputs)
      const metering = effectiveMetering(inputs)
      if (metering !== 'unmetered') expect(atLeast(inputs.admin[metering], mode(given, memory))).toBe(true)
      if (inputs.reading.power === 'battery') expect(atLeast(inputs.admin.battery, mode(given, memory))).toBe(true)
      const free = { ...inputs, admin: { off: false, metered: 'full', unknown: 'full', battery: 'full' } as const }
      expect(atLeast(mode(free, memory), mode(inputs, memory))).toBe(true)
    })
  })

  it('S9 sends nothing for starvation', () => {
    always((inputs, memory) => {
      const old = { ...inputs, work: { ...inputs.work, oldestAt: inputs.now - 30 * 86_400_000 } }
      const young = { ...inputs, work: { ...inputs.work, oldestAt: inputs.now } }
      expect(mode(old, memory)).toBe(mode(young, memory))
    })
  })

  it('S1 is pure, and asking again at once changes nothing', () => {
    always((inputs, memory) => {
      const copy = structuredClone([inputs, memory])
      const first = evaluate(inputs, memory)
      expect(evaluate(inputs, memory)).toEqual(first)
      expect([inputs, memory]).toEqual(copy)
      const again = evaluate(inputs, first.memory)
      expect({ ...again.decision, action: '' }).toMatchObject({
        mode: first.decision.mode,
        reason: first.decision.reason,
      })
      if (first.decision.action === 'start') expect(again.decision.action).toBe('none')
    })
  })

  it('S1 names a next time in the future, and always one while a wait is timed', () => {
    always((inputs, memory) => {
      const { nextAt, until, reason } = evaluate(inputs, memory).decision
      if (nextAt !== null) expect(nextAt).toBeGreaterThan(inputs.now)
      if (until !== null && until > inputs.now) expect(nextAt ?? Infinity).toBeLessThanOrEqual(until)
      if (['settling', 'retryAfter', 'unreachable', 'budgetSpent', 'signIn'].includes(reason)) {
        expect(until).toBeGreaterThan(inputs.now)
      }
    })
  })

  it('S2 gets there by following the next time alone: calm surroundings end in full', () => {
    for (const seed of SEEDS) {
      const property = fc.property(anyInputs, anyMemory, (inputs, before) => {
        const calm = situation()
        let now = inputs.now
        let memory = before
        const { provider, pause, override } = inputs
        const ends = pause?.until === null ? null : pause
        for (let i = 0; i < 40; i += 1) {
          const here = { ...calm, now, provider: { ...provider, connected: true }, pause: ends, override }
          const { decision, memory: next } = evaluate(here, memory)
          if (decision.mode === 'full') return
          memory = next
          expect(decision.nextAt, decision.reason).not.toBeNull()
          now = decision.nextAt ?? now
        }
        expect.unreachable('never full')
      })
      fc.assert(property, { seed, numRuns: RUNS })
    }
  })
})
