/**
 * The form in which text is sorted in a grid: without case and diacritics. It is registered in SQLite as fold_text and used
 * in indexes, so it must be deterministic; FOLDING_VERSION changes whenever its answers may.
 */

/**
 * Unicode tables differ between runtimes: indexes made with another version are dropped and made again. The number goes up
 * with every change of what the indexes of views hold.
 */
export const FOLDING_VERSION = `2u${process.versions.unicode ?? '0'}`

/** Long texts sort by their beginning; an index entry stays small. */
const FOLDED_LENGTH = 80
const PLAIN_ASCII = /^[\0-\x7f]*$/

export function foldText(value: unknown): string | number | bigint | null {
  if (typeof value === 'string') {
    const start = value.length > FOLDED_LENGTH ? value.slice(0, FOLDED_LENGTH) : value
    if (PLAIN_ASCII.test(start)) return start.toLowerCase()
    return start
      .normalize('NFD')
      .replace(/\p{M}+/gu, '')
      .toLowerCase()
  }
  return typeof value === 'number' || typeof value === 'bigint' ? value : null
}
