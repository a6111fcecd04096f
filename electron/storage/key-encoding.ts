/**
 * Text keys whose byte order in SQLite equals the UTF-16 order in which JavaScript compares strings. Must stay injective
 * and order-preserving for every string, lone surrogates included; changing it needs a rebuild of every stored key.
 */

/** From here on UTF-16 and UTF-8 order differ, and a lone surrogate would be lost in UTF-8. */
const FIRST_ODD_UNIT = 0xd800
const MARK = '\ue000'
const SHIFT = 0x1000
const ODD = /[\ud800-\uffff]/
const EACH_ODD = /[\ud800-\uffff]/g

export function encodeTextKey(text: string): string {
  if (!ODD.test(text)) return text
  return text.replace(EACH_ODD, unit => MARK + String.fromCharCode(SHIFT + unit.charCodeAt(0) - FIRST_ODD_UNIT))
}

export function decodeTextKey(key: string): string {
  if (!key.includes(MARK)) return key
  return key.replace(/\ue000(.)/gsu, (_, unit: string) =>
    String.fromCharCode(unit.charCodeAt(0) - SHIFT + FIRST_ODD_UNIT),
  )
}
