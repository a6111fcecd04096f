/**
 * The digest of a collection that two sides compare after each run (protocol.ts, rule P7): how many documents, and the XOR
 * of the first 16 bytes of every content hash. XOR is its own inverse, so adding and removing one document are one step.
 */
import type { CollectionDigest } from './protocol.ts'

export const EMPTY_DIGEST: CollectionDigest = { count: 0, xor: '0'.repeat(32) }

/** `h` is a content hash in hex, at least 32 digits. */
export function addToDigest(digest: CollectionDigest, h: string): CollectionDigest {
  return { count: digest.count + 1, xor: xorHex(digest.xor, h) }
}

export function removeFromDigest(digest: CollectionDigest, h: string): CollectionDigest {
  return { count: digest.count - 1, xor: xorHex(digest.xor, h) }
}

export function equalDigests(a: CollectionDigest, b: CollectionDigest): boolean {
  return a.count === b.count && a.xor === b.xor
}

/** XOR of the first 32 hex digits of both. */
export function xorHex(a: string, b: string): string {
  let result = ''
  for (let at = 0; at < 32; at += 8) {
    const word = (parseInt(a.slice(at, at + 8), 16) ^ parseInt(b.slice(at, at + 8), 16)) >>> 0
    result += word.toString(16).padStart(8, '0')
  }
  return result
}
