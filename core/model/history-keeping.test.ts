/** How long replaced values are kept: what is let go, and that no clock can empty the history (rule M13). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createClock } from './clock.ts'
import { historyEntry } from './history.ts'
import { beginKeeping, goOnKeeping, isPastKeeping, KEEPING_DAYS, letGoOfValue } from './history-keeping.ts'
import { DELETION } from './record.ts'

const DAY = 24 * 3600 * 1000
const NOW = Date.UTC(2026, 10, 25)
const stampAt = (at: number) => createClock({ device: 'field', now: () => at }).stamp()
const replaced = (at: number, field = 'site') =>
  historyEntry('r', field, { value: 'Weir', stamp: stampAt(at - DAY) }, stampAt(at), 'edit')

describe('M13', () => {
  test('a value is let go by when it was replaced, not by when it was written', () => {
    const { before } = beginKeeping(365, NOW)
    expect(isPastKeeping(replaced(before - 1), before)).toBe(true)
    expect(isPastKeeping(replaced(before), before)).toBe(false)
  })

  test('who replaced what and when stays', () => {
    const entry = replaced(NOW)
    expect(letGoOfValue(entry)).toEqual({ ...entry, value: undefined })
    expect('value' in letGoOfValue(entry)).toBe(false)
    expect(isPastKeeping(letGoOfValue(entry), Infinity)).toBe(false)
  })

  test('that a record was deleted stays', () => {
    expect(isPastKeeping(replaced(0, DELETION), NOW)).toBe(false)
  })

  test('it is seen to once a day, and after a clock that was set back too', () => {
    const keeping = beginKeeping(90, NOW)
    expect(goOnKeeping(keeping, NOW + DAY - 1)).toBeUndefined()
    expect(goOnKeeping(keeping, NOW + DAY)).toEqual({ days: 90, before: keeping.before + DAY, at: NOW + DAY })
    expect(goOnKeeping(keeping, NOW - 300 * DAY)).toEqual({ ...keeping, at: NOW - 300 * DAY })
  })

  test('a clock that is years ahead moves it by a week, and nothing moves it back', () => {
    const keeping = beginKeeping(365, NOW)
    expect(goOnKeeping(keeping, NOW + 5000 * DAY)?.before).toBe(keeping.before + 7 * DAY)
    fc.assert(
      fc.property(fc.constantFrom(...KEEPING_DAYS), fc.array(fc.integer({ min: 0, max: 1e13 })), (days, times) => {
        let here = beginKeeping(days, NOW)
        for (const now of times) {
          const next = goOnKeeping(here, now) ?? here
          expect(next.before).toBeGreaterThanOrEqual(here.before)
          expect(next.before - here.before).toBeLessThanOrEqual(7 * DAY)
          here = next
        }
      }),
    )
  })
})
