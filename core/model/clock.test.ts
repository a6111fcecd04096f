/** The order that M6 stands on: one device never goes back, and a wrong clock elsewhere does not spread. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { combineStamps, compareStamps, createClock, isStamp, MAX_AHEAD, readStamp, stampAfter } from './clock.ts'
import { newId } from './id.ts'

const at = (ms: number, device = 'imac'): string => createClock({ device, now: () => ms }).stamp()

describe('M6 stamps', () => {
  test('M6 every stamp of a clock is later than the one before, whatever the time does', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer(), fc.double(), fc.nat(5)), { minLength: 2 }), times => {
        let index = 0
        // Moves of more than a year back mean that the clock was wrong before; see the test on that below.
        const now = (): number => 1e12 + Math.min(Math.max(Number(times[index++ % times.length]) || 0, -1e10), 1e10)
        const clock = createClock({ device: 'imac', now })
        let last = ''
        for (let round = 0; round < 20; round++) {
          const stamp = clock.stamp()
          expect(isStamp(stamp)).toBe(true)
          expect(stamp > last).toBe(true)
          expect(clock.last).toBe(stamp)
          last = stamp
        }
      }),
    )
  })

  test('M6 text order is order in time, then counter, then device', () => {
    expect(compareStamps(at(9), at(36 ** 3))).toBeLessThan(0)
    expect(compareStamps(at(50, 'a'), at(50, 'b'))).toBeLessThan(0)
    expect(readStamp(at(1_700_000_000_123, 'k7qx'))).toEqual({ at: 1_700_000_000_123, counter: 0, device: 'k7qx' })
  })

  test('M6 a stamp that was observed is earlier than the next one made', () => {
    const clock = createClock({ device: 'imac', now: () => 1000 })
    const other = at(1000 + MAX_AHEAD, 'zebra')
    clock.observe(other)
    expect(clock.stamp() > other).toBe(true)
  })

  test('M6 a clock in the far future is not followed, yet an edit of its value is later', () => {
    const clock = createClock({ device: 'imac', now: () => 1000 })
    const future = at(1000 + 10 * MAX_AHEAD, 'zebra')
    clock.observe(future)
    const own = clock.stamp()
    expect(readStamp(own).at).toBe(1000)
    const raised = stampAfter(own, future)
    expect(raised > future).toBe(true)
    expect(readStamp(raised).device).toBe('imac')
    expect(stampAfter(clock.stamp(), raised) > raised).toBe(true)
  })

  test('M6 M13 stamps raised over one and the same value differ, and stay in the order in which they were made', () => {
    const future = at(1000 + 10 * MAX_AHEAD, 'zebra')
    const clock = createClock({ device: 'imac', now: () => 1000 })
    const raised = Array.from({ length: 50 }, () => stampAfter(clock.stamp(), future))
    expect(raised.every(stamp => isStamp(stamp) && stamp > future)).toBe(true)
    expect(new Set(raised).size).toBe(50)
    expect([...raised].sort()).toEqual(raised)
    // Raised once more, over a later value, they can still be told apart.
    const higher = combineStamps(raised[49] ?? '', future, '[1]')
    const twice = raised.map(stamp => stampAfter(stamp, higher))
    expect(twice.every(stamp => isStamp(stamp) && stamp > higher)).toBe(true)
    expect(new Set(twice).size).toBe(50)
    expect([...twice].sort()).toEqual(twice)
  })

  test("M6 a clock does not follow its own device's raised or combined stamps into the future", () => {
    const clock = createClock({ device: 'imac', now: () => 1000 })
    const raised = stampAfter(clock.stamp(), at(1000 + 10 * MAX_AHEAD, 'zebra'))
    clock.observe(raised)
    clock.observe(combineStamps(raised, at(1000, 'lap'), '[1]'))
    expect(readStamp(clock.stamp()).at).toBe(1000)
  })

  test('M6 a restart with the clock set back goes on after the last stamp', () => {
    const before = createClock({ device: 'imac', now: () => 1e12 })
    const last = before.stamp()
    const after = createClock({ device: 'imac', now: () => 1e12 - 86_400_000 * 200, last })
    expect(after.stamp() > last).toBe(true)
  })

  test('M6 a clock that once stood in another decade does not keep the device there', () => {
    const last = at(2e12)
    expect(readStamp(createClock({ device: 'imac', now: () => 1e12, last }).stamp()).at).toBe(1e12)
  })

  test('M6 nonsense is ignored, and reading it never throws', () => {
    const clock = createClock({ device: 'imac', now: () => Number.NaN, last: 'rubbish' })
    clock.observe('')
    clock.observe('zzzzzzzzz')
    expect(readStamp(clock.stamp())).toEqual({ at: 0, counter: 0, device: 'imac' })
    expect(readStamp('rubbish')).toEqual({ at: 0, counter: 0, device: '' })
    expect([at(1), 'x', null, 3].map(isStamp)).toEqual([true, false, false, false])
  })

  test('M6 a full counter carries into the time', () => {
    expect(stampAfter(at(1), '000000005zzzz-imac')).toBe('0000000060000~000000000010000-imac')
  })

  test('M3 the stamp of a combined value is later than both, the same either way, and can be combined again', () => {
    const [a, b] = [at(10, 'a'), at(10, 'b')]
    const once = combineStamps(a, b, '[1]')
    expect(combineStamps(b, a, '[1]')).toBe(once)
    expect(isStamp(once)).toBe(true)
    expect(once > a && once > b).toBe(true)
    expect(combineStamps(a, b, '[2]')).not.toBe(once)
    const twice = combineStamps(once, a, '[1,2]')
    expect(twice > once).toBe(true)
    expect(readStamp(twice)).toEqual({ at: 10, counter: 0, device: 'b' })
    expect(stampAfter(at(9, 'c'), twice) > twice).toBe(true)
  })
})

test('ids are 26 base32 digits and hold all 128 bits', () => {
  expect(newId(() => new Uint8Array(16))).toBe('a'.repeat(26))
  expect(newId(() => new Uint8Array(16).fill(255))).toBe(`${'7'.repeat(25)}4`)
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.nat(127), (bytes, bit) => {
      const flipped = Uint8Array.from(bytes)
      flipped[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      expect(newId(() => bytes)).toMatch(/^[a-z2-7]{26}$/)
      expect(newId(() => flipped)).not.toBe(newId(() => bytes))
    }),
  )
})
