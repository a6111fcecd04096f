/** One text per value, and the digests and sizes that stand on it. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalJson, equalValues } from './canonical.ts'
import { addToDigest, EMPTY_DIGEST, equalDigests, removeFromDigest } from './digest.ts'
import { LIMITS } from './protocol.ts'
import type { Value } from './record.ts'
import { cellBytes, isTooLarge, utf8Bytes } from './sizes.ts'

test('canonical JSON does not depend on the order of keys and reads back as the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const text = canonicalJson(value)
      expect(canonicalJson(JSON.parse(text))).toBe(text)
      expect(equalValues(JSON.parse(text) as Value, value as Value)).toBe(true)
    }),
  )
  expect(canonicalJson({ b: 1, a: [true, null, -0, 1e21], é: undefined, Z: 'x\n' })).toBe(
    '{"Z":"x\\n","a":[true,null,0,1e+21],"b":1}',
  )
})

test('canonical JSON sorts keys by UTF-16 units, as RFC 8785 does in its example', () => {
  const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6']
  const text = canonicalJson(Object.fromEntries(keys.map(key => [key, 0])))
  expect(Object.keys(JSON.parse(text) as object).filter(key => key !== '1')).toEqual([
    '\r',
    '\u0080',
    '\u00f6',
    '\u20ac',
    '\u{1f600}',
    '\ufb33',
  ])
})

test('M1 values of different kinds are never equal, and nothing equals null but null', () => {
  expect(equalValues('1', 1)).toBe(false)
  expect(equalValues([], {})).toBe(false)
  expect(equalValues({ x: 1, y: 2 }, { y: 2, x: 1 })).toBe(true)
  expect(equalValues(undefined, null)).toBe(true)
  expect(equalValues(null, '')).toBe(false)
  expect(equalValues(false, null)).toBe(false)
})

test('P7 a digest does not depend on the order of documents, and taking one away is exact', () => {
  const hash = fc.stringMatching(/^[0-9a-f]{64}$/)
  fc.assert(
    fc.property(fc.array(hash), hash, (hashes, extra) => {
      const digest = hashes.reduce(addToDigest, EMPTY_DIGEST)
      expect(equalDigests(hashes.toReversed().reduce(addToDigest, EMPTY_DIGEST), digest)).toBe(true)
      expect(digest.xor).toMatch(/^[0-9a-f]{32}$/)
      expect(removeFromDigest(addToDigest(digest, extra), extra)).toEqual(digest)
      expect(equalDigests(addToDigest(digest, extra), digest)).toBe(false)
    }),
  )
})

test('sizes are those of UTF-8, counted without an encoder', () => {
  const encoder = new TextEncoder()
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      expect(utf8Bytes(text)).toBe(encoder.encode(text).length)
    }),
  )
  fc.assert(
    fc.property(fc.array(fc.nat(0xffff)), units => {
      const text = String.fromCharCode(...units)
      expect(utf8Bytes(text)).toBe(encoder.encode(text).length)
    }),
  )
  expect(cellBytes(['é'])).toBe(6)
})

test('a cell holds 1 MB and not a byte more', () => {
  expect(isTooLarge('a'.repeat(LIMITS.cellBytes))).toBe(false)
  expect(isTooLarge('a'.repeat(LIMITS.cellBytes + 1))).toBe(true)
  expect(isTooLarge('€'.repeat(Math.floor(LIMITS.cellBytes / 3) + 1))).toBe(true)
  expect(isTooLarge(['a'.repeat(LIMITS.cellBytes)])).toBe(true)
})
