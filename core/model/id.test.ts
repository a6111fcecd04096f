import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isId, newId, newRecordId } from './id.ts'

const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 })

test('ids differ where their bytes differ, and are 26 base32 digits', () => {
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      expect(isId(newId(() => one))).toBe(true)
      expect(newId(() => one) === newId(() => other)).toBe(String(one) === String(other))
    }),
  )
})

test('records made in the same second share the head of their id, and nothing of the random rest is lost', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 47 }), bytes, bytes, (at, one, other) => {
      const id = newRecordId(at, () => one)
      expect(isId(id)).toBe(true)
      expect(newRecordId(at, () => other).slice(0, 9)).toBe(id.slice(0, 9))
      expect(newRecordId(at, () => other) === id).toBe(String(one.slice(6)) === String(other.slice(6)))
      expect(newRecordId(at + 1, () => one)).not.toBe(id)
    }),
  )
})
