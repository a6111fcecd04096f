/**
 * Turns a file's bytes into text, piece by piece. UTF-8 and UTF-16 are recognised by mark or shape; what is plainly not
 * UTF-8 is read as windows-1252, in which every byte means something. It must never throw for any bytes.
 */
import type { CsvInspection } from '../../core/model/api.ts'

export type Encoding = CsvInspection['encoding']

/** Stands where bytes meant nothing; a cell holding it is refused. */
export const UNREADABLE = '\uFFFD'

/** From the first bytes of a file; `whole` says that there are no more. */
export function guessEncoding(head: Uint8Array, whole: boolean): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le'
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be'
  // Text has no NULs; in UTF-16 every character of a delimiter, digit or Latin letter has one, always on the same side.
  const sample = head.subarray(0, 4096)
  const nuls = [0, 0]
  for (let at = 0; at < sample.length; at++) if (sample[at] === 0) nuls[at % 2] = (nuls[at % 2] ?? 0) + 1
  const [even = 0, odd = 0] = nuls
  if (odd > sample.length / 8 && even < odd / 8) return 'utf-16le'
  if (even > sample.length / 8 && odd < even / 8) return 'utf-16be'
  return isUtf8(head, !whole) ? 'utf-8' : 'windows-1252'
}

export interface TextDecoding {
  push(bytes: Uint8Array): string
  end(): string
}

/**
 * A guess of 'utf-8' made from plain ASCII is still open: the first other bytes decide, however late they come.
 */
export function createDecoder(encoding: Encoding): TextDecoding {
  let decoder = new TextDecoder(encoding)
  let open = encoding === 'utf-8'
  return {
    push(bytes) {
      if (open && !isAscii(bytes)) {
        open = false
        if (!isUtf8(bytes, true)) decoder = new TextDecoder('windows-1252')
      }
      return decoder.decode(bytes, { stream: true })
    },
    end: () => decoder.decode(),
  }
}

function isAscii(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at++) if ((bytes[at] ?? 0) > 0x7f) return false
  return true
}

/** A few bad bytes in text that otherwise is UTF-8 spoil their rows only; in windows-1252 nearly all of them look bad. */
function isUtf8(bytes: Uint8Array, mayBeCut: boolean): boolean {
  const text = new TextDecoder('utf-8').decode(bytes, { stream: mayBeCut })
  let good = 0
  let bad = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0xfffd) bad++
    else if (code > 0x7f) good++
  }
  return bad === 0 || good > bad
}
