/** Text keys: every string comes back, and SQLite's byte order of the keys is JavaScript's order of the strings. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeTextKey, encodeTextKey } from './key-encoding.ts'

const units = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 0xffff }),
    fc.constantFrom(0x61, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xffff, 0x1000),
  ),
  { maxLength: 6 },
)
const strings = units.map(codes => String.fromCharCode(...codes))

describe('text keys', () => {
  it('come back as the string they were made of, lone surrogates included', () => {
    fc.assert(fc.property(strings, text => decodeTextKey(encodeTextKey(text)) === text))
  })

  it('survive UTF-8 and order by bytes as their strings do by UTF-16 units', () => {
    fc.assert(
      fc.property(strings, strings, (a, b) => {
        const [first, second] = [Buffer.from(encodeTextKey(a)), Buffer.from(encodeTextKey(b))]
        expect(first.toString()).toBe(encodeTextKey(a))
        expect(Math.sign(first.compare(second))).toBe(a < b ? -1 : a > b ? 1 : 0)
      }),
      { numRuns: 2000 },
    )
  })
})
