/**
 * What was taken out of a text and what was put in, word by word, for a person to read. Pure and total: `same` and `gone`
 * parts together are the text before, `same` and `new` parts the text after. It is never used to merge.
 */
import { tokensOf } from './text-tokens.ts'

export interface DiffPart {
  readonly kind: 'same' | 'gone' | 'new'
  readonly text: string
}

/** Beyond this many changed words a text counts as rewritten: the search for the smallest difference grows by its square. */
const MOST_CHANGES = 400
const BLANK = /^\s*$/

export function diffText(before: string, after: string): readonly DiffPart[] {
  const a = tokensOf(before)
  const b = tokensOf(after)
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  const middle = diffTokens(a.slice(start, a.length - end), b.slice(start, b.length - end))
  const parts: DiffPart[] = [
    { kind: 'same', text: a.slice(0, start).join('') },
    ...middle,
    { kind: 'same', text: a.slice(a.length - end).join('') },
  ]
  return readable(parts)
}

/** Myers' greedy algorithm ("An O(ND) Difference Algorithm", 1986), up to MOST_CHANGES. */
function diffTokens(a: readonly string[], b: readonly string[]): DiffPart[] {
  const most = Math.min(a.length + b.length, MOST_CHANGES)
  /** How far each diagonal k = x - y has come, per number of changes. */
  const reached: ReadonlyMap<number, number>[] = []
  let furthest = new Map<number, number>([[1, 0]])
  for (let changes = 0; changes <= most; changes += 1) {
    reached.push(furthest)
    const next = new Map(furthest)
    for (let k = -changes; k <= changes; k += 2) {
      let x = startOf(next, k, changes)
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1
      next.set(k, x)
      if (x >= a.length && x - k >= b.length) return trace(a, b, reached, changes)
    }
    furthest = next
  }
  return [
    { kind: 'gone', text: a.join('') },
    { kind: 'new', text: b.join('') },
  ]
}

/** From the diagonal above (a word put in) or from the left (a word taken out), whichever came further. */
function startOf(furthest: ReadonlyMap<number, number>, k: number, changes: number): number {
  const above = furthest.get(k + 1) ?? -1
  const left = furthest.get(k - 1) ?? -1
  return k === -changes || (k !== changes && left < above) ? above : left + 1
}

function trace(
  a: readonly string[],
  b: readonly string[],
  reached: readonly ReadonlyMap<number, number>[],
  changes: number,
): DiffPart[] {
  const parts: DiffPart[] = []
  let [x, y] = [a.length, b.length]
  for (let step = changes; step >= 0; step -= 1) {
    const furthest = reached[step] ?? new Map<number, number>()
    const k = x - y
    const from = startOf(furthest, k, step)
    while (x > from && y > from - k) {
      x -= 1
      y -= 1
      parts.push({ kind: 'same', text: a[x] ?? '' })
    }
    if (step === 0) break
    const wasPutIn = k === -step || (k !== step && (furthest.get(k - 1) ?? -1) < (furthest.get(k + 1) ?? -1))
    if (wasPutIn) parts.push({ kind: 'new', text: b[(y -= 1)] ?? '' })
    else parts.push({ kind: 'gone', text: a[(x -= 1)] ?? '' })
  }
  return parts.reverse()
}

/** One `gone` and one `new` per changed place, with the blanks between changed words counted as changed too. */
function readable(parts: readonly DiffPart[]): readonly DiffPart[] {
  const result: DiffPart[] = []
  let [gone, fresh, blank] = ['', '', '']
  const flush = (): void => {
    if (gone !== '') result.push({ kind: 'gone', text: gone })
    if (fresh !== '') result.push({ kind: 'new', text: fresh })
    gone = fresh = ''
  }
  const keep = (text: string): void => {
    const last = result.at(-1)
    if (last?.kind === 'same') result[result.length - 1] = { kind: 'same', text: last.text + text }
    else if (text !== '') result.push({ kind: 'same', text })
  }
  for (const { kind, text } of parts) {
    const changing = gone !== '' || fresh !== ''
    if (kind === 'same' && changing && BLANK.test(text)) blank += text
    else if (kind === 'same') {
      flush()
      keep(blank + text)
      blank = ''
    } else {
      if (blank !== '') [gone, fresh, blank] = [gone + blank, fresh + blank, '']
      if (kind === 'gone') gone += text
      else fresh += text
    }
  }
  flush()
  keep(blank)
  return result
}
