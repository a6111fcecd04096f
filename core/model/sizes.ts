/** How large a cell may be (LIMITS.cellBytes), measured as UTF-8 without an encoder, since this layer has none. */
import { canonicalJson } from './canonical.ts'
import { LIMITS } from './protocol.ts'
import type { Value } from './record.ts'

/** Bytes of `text` in UTF-8; a lone surrogate counts as the three bytes of its replacement character. */
export function utf8Bytes(text: string): number {
  let bytes = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code < 0x80) bytes += 1
    else if (code < 0x800) bytes += 2
    else if (isPair(code, text.charCodeAt(index + 1))) {
      bytes += 4
      index += 1
    } else bytes += 3
  }
  return bytes
}

/** Text by its own length, anything else by that of its JSON. */
export function cellBytes(value: Value): number {
  return typeof value === 'string' ? utf8Bytes(value) : utf8Bytes(canonicalJson(value))
}

/** Such a value is refused with 'tooLarge'. */
export function isTooLarge(value: Value): boolean {
  // No UTF-16 unit takes more than three bytes, so short texts need no counting.
  if (typeof value === 'string' && value.length * 3 <= LIMITS.cellBytes) return false
  return cellBytes(value) > LIMITS.cellBytes
}

function isPair(high: number, low: number): boolean {
  return high >= 0xd800 && high <= 0xdbff && low >= 0xdc00 && low <= 0xdfff
}
