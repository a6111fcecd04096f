/** Splits bytes into lines of UTF-8 text as they come. A line that is too long or no text is named and passed over. */

export type Line =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly broken: 'tooLarge' | 'unreadable' }

/** No record comes near it: a cell holds at most 1 MB. */
export const LINE_BYTES = 64 * 1024 * 1024
const LF = 0x0a

/** Empty lines are passed over, and counted. */
export async function* readLines(bytes: AsyncIterable<Uint8Array>, longest = LINE_BYTES): AsyncGenerator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let number = 0
  let held: Uint8Array[] = []
  let size = 0
  const end = (): Line | undefined => {
    number++
    const line = Buffer.concat(held)
    const isHuge = size > longest
    held = []
    size = 0
    if (isHuge) return { number, broken: 'tooLarge' }
    try {
      const text = decoder.decode(line).trim()
      return text === '' ? undefined : { number, text }
    } catch {
      return { number, broken: 'unreadable' }
    }
  }
  for await (const piece of bytes) {
    let from = 0
    for (;;) {
      const at = piece.indexOf(LF, from)
      const part = piece.subarray(from, at < 0 ? piece.byteLength : at)
      size += part.byteLength
      // What is too long already is not kept.
      if (size <= longest) held.push(part)
      if (at < 0) break
      from = at + 1
      const line = end()
      if (line !== undefined) yield line
    }
  }
  const last = size === 0 ? undefined : end()
  if (last !== undefined) yield last
}
