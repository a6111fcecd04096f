import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HEADER_HEIGHT, ROW_HEIGHT, scrollTopFor, seenRows } from './row-window.ts'

const places = [
  fc.integer({ min: 0, max: 1_000_000 }),
  fc.integer({ min: HEADER_HEIGHT + ROW_HEIGHT, max: 3000 }),
] as const

describe('the rows on screen', () => {
  it('are every row with a pixel below the header, and at most two more', () => {
    fc.assert(
      fc.property(...places, (scrollTop, height) => {
        const { first, rows } = seenRows(scrollTop, height)
        const [top, bottom] = [scrollTop, scrollTop + height - HEADER_HEIGHT]
        expect(first * ROW_HEIGHT).toBeLessThanOrEqual(top)
        expect((first + 1) * ROW_HEIGHT).toBeGreaterThan(top)
        expect((first + rows) * ROW_HEIGHT).toBeGreaterThanOrEqual(bottom)
        expect((first + rows - 2) * ROW_HEIGHT).toBeLessThan(bottom)
      }),
    )
  })

  it('include a row that was to be shown, whole, after no more scrolling than that takes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 30_000 }), ...places, (row, scrollTop, height) => {
        const after = scrollTopFor(row, scrollTop, height)
        const [top, bottom] = [row * ROW_HEIGHT - after, (row + 1) * ROW_HEIGHT - after]
        expect(top).toBeGreaterThanOrEqual(0)
        expect(bottom).toBeLessThanOrEqual(height - HEADER_HEIGHT)
        if (after !== scrollTop) expect([0, height - HEADER_HEIGHT]).toContain(after < scrollTop ? top : bottom)
        expect(scrollTopFor(row, after, height)).toBe(after)
      }),
    )
  })
})
