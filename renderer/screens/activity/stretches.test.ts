import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { REASONS } from '../../../core/model/schedule.ts'
import { stretches } from './stretches.ts'

const HOUR = 3600 * 1000
const NOW = 1_000 * HOUR

describe('stretches', () => {
  it('begins with the reason that held a day ago, joins what is the same, and leaves the unknown open', () => {
    const cut = stretches(
      [
        { at: NOW - 30 * HOUR, reason: 'upToDate' },
        { at: NOW - 20 * HOUR, reason: 'onBattery' },
        { at: NOW - 10 * HOUR, reason: 'onBattery' },
        { at: NOW - 2 * HOUR, reason: 'running' },
      ],
      NOW,
    )
    expect(cut).toEqual([
      { from: NOW - 24 * HOUR, to: NOW - 20 * HOUR, reason: 'upToDate' },
      { from: NOW - 20 * HOUR, to: NOW - 2 * HOUR, reason: 'onBattery' },
      { from: NOW - 2 * HOUR, to: NOW, reason: 'running' },
    ])
    expect(stretches([{ at: NOW - HOUR, reason: 'running' }], NOW)[0]).toMatchObject({ reason: null })
    expect(stretches([], NOW)).toEqual([])
  })

  it('covers exactly a day without gaps, whatever was kept', () => {
    const mark = fc.record({ at: fc.integer({ min: 0, max: NOW + HOUR }), reason: fc.constantFrom(...REASONS) })
    fc.assert(
      fc.property(fc.array(mark, { minLength: 1 }), marks => {
        const cut = stretches(
          [...marks].sort((one, other) => one.at - other.at),
          NOW,
        )
        if (cut.length === 0) return
        const [from, to] = [cut[0]?.from ?? 0, cut.at(-1)?.to ?? 0]
        expect(to - from).toBe(24 * HOUR)
        expect(to).toBeGreaterThanOrEqual(NOW)
        expect(to).toBeLessThanOrEqual(NOW + 90_000)
        for (const [index, part] of cut.entries()) if (index > 0) expect(part.from).toBe(cut[index - 1]?.to)
      }),
    )
  })
})
