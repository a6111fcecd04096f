/**
 * The running sum of what a collection holds (rule P7), and the numbers that stand for collections in a database. Shared by
 * every storage, because laptops compare the result to the bit.
 */
import { COLLECTIONS, type CollectionName, type DigestResponse } from '../../core/model/protocol.ts'

/** Bytes of every `h` that the digest sums up. */
const SUM_BYTES = 16
export const EMPTY_SUM = new Uint8Array(SUM_BYTES)

/** XOR: adding a hash and taking it away again are the same thing. */
export function addToSum(sum: Buffer, h: string): void {
  const bytes = Buffer.from(h.slice(0, SUM_BYTES * 2), 'hex')
  for (let index = 0; index < SUM_BYTES; index += 1) sum[index] = (sum[index] ?? 0) ^ (bytes[index] ?? 0)
}

/** The number is stored, so the order of COLLECTIONS must never change. */
export function indexOf(collection: CollectionName): number {
  return COLLECTIONS.indexOf(collection)
}

export function writeDigests(
  stored: readonly { readonly collection: number; readonly count: number; readonly sum: Uint8Array }[],
): DigestResponse['digests'] {
  const found = new Map(stored.map(row => [row.collection, row]))
  const entries = COLLECTIONS.map((name, index) => {
    const { count = 0, sum = EMPTY_SUM } = found.get(index) ?? {}
    return [name, { count, xor: Buffer.from(sum).toString('hex') }] as const
  })
  return Object.fromEntries(entries) as DigestResponse['digests']
}
