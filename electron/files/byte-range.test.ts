import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readRange } from './byte-range.ts'

describe('a Range header', () => {
  it.each([
    [undefined, 'whole'],
    ['', 'whole'],
    ['bytes=0-99', { from: 0, to: 100 }],
    ['bytes=990-5000', { from: 990, to: 1000 }],
    ['bytes=500-', { from: 500, to: 1000 }],
    ['bytes=-10', { from: 990, to: 1000 }],
    ['bytes=-5000', { from: 0, to: 1000 }],
    ['bytes=1000-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-4', 'whole'],
    ['bytes=-', 'whole'],
    ['bytes=0-1,5-6', 'whole'],
    ['lines=0-1', 'whole'],
    ['bytes=0x1-2', 'whole'],
    ['bytes=99999999999999999999-', 'whole'],
  ])('%s', (header, expected) => expect(readRange(header, 1000)).toEqual(expected))

  it('never leads out of the file', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.option(fc.nat(3000)), fc.option(fc.nat(3000)), (size, first, last) => {
        const range = readRange(`bytes=${first ?? ''}-${last ?? ''}`, size)
        if (typeof range === 'string') return
        expect(range.from).toBeGreaterThanOrEqual(0)
        expect(range.from).toBeLessThan(range.to)
        expect(range.to).toBeLessThanOrEqual(size)
      }),
    )
  })
})
