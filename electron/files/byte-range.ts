/** One range of bytes, as a request's Range header asks for it (RFC 9110, 14.2). Pure. */

/** `from` inclusive, `to` exclusive. */
export interface ByteRange {
  readonly from: number
  readonly to: number
}

/** 'whole': none asked for, or in a way that may be ignored (other units, several ranges, nonsense). */
export function readRange(header: string | undefined, size: number): ByteRange | 'whole' | 'unsatisfiable' {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '') ?? []
  if (first === '' && last === '') return 'whole'
  if (first === '') {
    const length = Math.min(Number(last), size)
    return length === 0 ? 'unsatisfiable' : { from: size - length, to: size }
  }
  const from = Number(first)
  if (last !== '' && Number(last) < from) return 'whole'
  if (from >= size) return 'unsatisfiable'
  return { from, to: last === '' ? size : Math.min(Number(last) + 1, size) }
}
