import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GAP_MS, gatherHashes, planSweep, readSweepMemory, type SweepMemory, WAIT_MS } from './file-sweep.ts'

const DAY = 86_400_000
const hash = fc.stringMatching(/^[0-9a-f]{64}$/)
const hashes = ['a', 'b', 'c', 'd'].map(each => each.repeat(64))
const subset = fc.subarray(hashes)

/** Looks at the same four files again and again, as time passes; `until` ends after the look that says so. */
function live(steps: readonly { readonly passes: number; readonly named: readonly string[] }[]) {
  let now = Date.UTC(2026, 10, 25)
  let memory: SweepMemory = {}
  let here: readonly string[] = hashes
  /** When each was last named, or first looked at, by a clock that only goes forward. */
  let real = 0
  const neededAt = new Map<string, number>(hashes.map(each => [each, 0]))
  const removals: { hash: string; waited: number; looks: number }[] = []
  const looks = new Map<string, number>()
  for (const { passes, named } of steps) {
    now += passes
    real += Math.max(0, passes)
    const plan = planSweep(here, new Set(named), memory, now)
    for (const each of here) {
      if (named.includes(each)) looks.set(each, 0)
      else looks.set(each, (looks.get(each) ?? 0) + 1)
      if (named.includes(each)) neededAt.set(each, real)
      else if (looks.get(each) === 1) neededAt.set(each, real)
    }
    for (const each of plan.remove) {
      expect(named).not.toContain(each)
      removals.push({ hash: each, waited: real - (neededAt.get(each) ?? 0), looks: looks.get(each) ?? 0 })
    }
    here = here.filter(each => !plan.remove.includes(each))
    memory = readSweepMemory(JSON.parse(JSON.stringify(plan.memory)))
  }
  return { removals, here }
}

describe('sweeping files', () => {
  it('never takes a file that is named, nor one before its wait is over, whatever the clock does', () => {
    const step = fc.record({ passes: fc.integer({ min: -40 * DAY, max: 400 * DAY }), named: subset })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), steps => {
        for (const { waited, looks } of live(steps).removals) {
          expect(waited).toBeGreaterThanOrEqual(WAIT_MS)
          // No jump of the clock alone can do it.
          expect(looks).toBeGreaterThan(WAIT_MS / GAP_MS)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('takes what nobody named for thirty days, and starts to count again for what was', () => {
    const [a = '', b = ''] = hashes
    const daily = (days: number, named: readonly string[]) =>
      Array.from({ length: days }, () => ({ passes: DAY, named }))
    const rest = hashes.slice(2)
    expect(live(daily(30, rest)).removals).toEqual([])
    expect(live(daily(31, rest)).removals.map(each => each.hash)).toEqual([a, b])
    // Undone on day 29, removed again.
    const undone = [...daily(29, rest), ...daily(1, [...rest, a]), ...daily(30, rest)]
    expect(live(undone).here).toEqual([a, ...rest])
    expect(live([...undone, ...daily(1, rest)]).here).toEqual(rest)
  })

  it('begins anew where what it remembered makes no sense', () => {
    const [a = ''] = hashes
    for (const odd of [
      null,
      'x',
      [],
      { [a]: null },
      { [a]: { waited: 'long', seenAt: 0 } },
      { b: { waited: 1, seenAt: 1 } },
    ])
      expect(readSweepMemory(odd)).toEqual({})
    const memory = { [a]: { waited: 5, seenAt: 7 } }
    expect(readSweepMemory({ ...memory, x: 1 })).toEqual(memory)
  })

  it('finds a hash wherever it is written in a value', () => {
    const hidden = fc.oneof(
      hash.map(each => ({ each, value: [{ hash: each, name: 'a' }] as unknown })),
      hash.map(each => ({ each, value: { deep: { er: [1, null, { of: each }] } } as unknown })),
      hash.map(each => ({ each, value: `pasted: [{"hash":"${each}"}]` as unknown })),
      hash.map(each => ({ each, value: { [each]: true } as unknown })),
    )
    fc.assert(
      fc.property(fc.jsonValue(), hidden, (other, { each, value }) => {
        const found = new Set<string>()
        gatherHashes({ other, value }, found)
        expect(found).toContain(each)
      }),
    )
    const none = new Set<string>()
    gatherHashes(['a'.repeat(63), 'a'.repeat(65), 'A'.repeat(64), 5, null], none)
    expect([...none]).toEqual([])
  })
})
