/**
 * Rule M4: both sides changed one long text. Their edits are combined word by word where nobody could take them for one
 * another, and not at all otherwise: undefined means that a person has to look (M6). It must never guess, and never lose or
 * double a word. What it answers depends on the three texts alone: its bounds count steps, for a limit in milliseconds
 * would let a slow laptop and a quick one differ.
 */
import { diffArrays } from 'diff/lib/diff/array.js'
import { isBlank, tokensOf } from './text-tokens.ts'

/** Distance guard: so many words and signs lie between an edit of one side and an edit of the other. */
const APART = 4
/** Words and signs that one side may have put in and taken out, beside a single stretch, before a person has to look. */
const MOST_EDITS = 700
/** Bounds the search in texts of a few words repeated, where every place looks like every other. */
const MOST_COMPARISONS = 2_000_000

/** One changed place of the text before: tokens [start, end) gave way to `put`. */
interface Hunk {
  readonly start: number
  readonly end: number
  readonly put: readonly number[]
  /** Slide guard: the first and the last place where the same change would have given the same text. */
  readonly from: number
  readonly to: number
}

/** The same whichever side is named first. */
export function mergeText(base: string, a: string, b: string): string | undefined {
  if (a === b) return a
  const [head, tail] = [sharedHead(base, a, b), sharedTail(base, a, b)]
  const middle = (text: string): string => text.slice(head, text.length - tail)
  // No line of a text without changes can be part of two.
  const room = Math.min(base.length, a.length, b.length)
  const merged = head + tail <= room ? mergeLines(middle(base), middle(a), middle(b)) : mergeLines(base, a, b)
  if (merged === undefined || head + tail > room) return merged
  return base.slice(0, head) + merged + base.slice(base.length - tail)
}

function mergeLines(base: string, a: string, b: string): string | undefined {
  const texts = readTexts(base, a, b)
  const left = findHunks(texts.base, texts.a)
  const right = left && findHunks(texts.base, texts.b)
  if (left === undefined || right === undefined) return undefined
  const hunks = uniteHunks(left, right, texts.wordsBefore)
  return hunks && texts.write(apply(texts.base, hunks))
}

/** Whole lines that all three begin with, in characters: in a long text most of it, and nothing has to be done for it. */
function sharedHead(base: string, a: string, b: string): number {
  let at = 0
  while (at < base.length && base[at] === a[at] && base[at] === b[at]) at += 1
  return at === 0 ? 0 : base.lastIndexOf('\n', at - 1) + 1
}

function sharedTail(base: string, a: string, b: string): number {
  let at = 0
  while (at < base.length && base.at(-1 - at) === a.at(-1 - at) && base.at(-1 - at) === b.at(-1 - at)) at += 1
  const start = base.indexOf('\n', base.length - at)
  return start < 0 ? 0 : base.length - start
}

/**
 * For a field that grows like a log (policy 'append'): what both wrote at its end stands one after the other, the earlier
 * first. Everything else as in `mergeText`.
 */
export function appendText(base: string, older: string, newer: string): string | undefined {
  if (older === newer) return older
  const texts = readTexts(base, older, newer)
  const left = findHunks(texts.base, texts.a)
  const right = left && findHunks(texts.base, texts.b)
  if (left === undefined || right === undefined) return undefined
  const [first, second] = [splitEnd(left, texts.base), splitEnd(right, texts.base)]
  const hunks = uniteHunks(first.rest, second.rest, texts.wordsBefore)
  if (hunks === undefined) return undefined
  const body = texts.write(apply(texts.base, hunks))
  const [one, two] = [texts.write(first.end), texts.write(second.end)]
  // One of them going on where the other ended.
  if (one.startsWith(two)) return body + one
  if (two.startsWith(one)) return body + two
  const fresh = withoutLinesOf(two, one)
  return body + one + (fresh === '' || /\s$/.test(one) || /^\s/.test(fresh) ? '' : '\n') + fresh
}

/** Lines that stand in both are there once: the same hand's, met again by another way, or the same words of two. */
function withoutLinesOf(text: string, other: string): string {
  const known = new Map<string, number>()
  for (const line of other.split('\n')) known.set(line, (known.get(line) ?? 0) + 1)
  const lines = text.split('\n').filter(line => {
    const count = line.trim() === '' ? 0 : (known.get(line) ?? 0)
    known.set(line, count - 1)
    return count <= 0
  })
  return lines.join('\n')
}

interface Texts {
  readonly base: readonly number[]
  readonly a: readonly number[]
  readonly b: readonly number[]
  /** How many tokens of the text before, up to each place, are not blank. */
  readonly wordsBefore: readonly number[]
  write(tokens: readonly number[]): string
}

/** Tokens as numbers, since they are compared a million times; lines that stand in all three texts are cut up once. */
function readTexts(base: string, a: string, b: string): Texts {
  const numbers = new Map<string, number>()
  const names: string[] = []
  const lines = new Map<string, readonly number[]>()
  const numberOf = (token: string): number => {
    const known = numbers.get(token)
    if (known !== undefined) return known
    numbers.set(token, names.length)
    return names.push(token) - 1
  }
  const read = (text: string): number[] => {
    const tokens: number[] = []
    for (let at = 0; at < text.length;) {
      const next = text.indexOf('\n', at) + 1 || text.length
      const line = text.slice(at, next)
      const known = lines.get(line) ?? tokensOf(line).map(numberOf)
      lines.set(line, known)
      for (const token of known) tokens.push(token)
      at = next
    }
    return tokens
  }
  const before = read(base)
  const blank = names.map(isBlank)
  let words = 0
  const wordsBefore = [0, ...before.map(token => (blank[token] === true ? words : ++words))]
  const write = (tokens: readonly number[]): string => tokens.map(token => names[token] ?? '').join('')
  return { base: before, a: read(a), b: read(b), wordsBefore, write }
}

/** In order; undefined when the two texts are too different to say what became of what. */
function findHunks(base: readonly number[], side: readonly number[]): readonly Hunk[] | undefined {
  const shorter = Math.min(base.length, side.length)
  let same = 0
  while (same < shorter && base[same] === side[same]) same += 1
  let tail = 0
  while (tail < shorter - same && base[base.length - 1 - tail] === side[side.length - 1 - tail]) tail += 1
  const before = base.slice(same, base.length - tail)
  const after = side.slice(same, side.length - tail)
  if (before.length === 0 && after.length === 0) return []

  const hunks: Hunk[] = []
  const add = (start: number, end: number, from: number, to: number): void => {
    if (start !== end || from !== to) hunks.push(withClaim(base, side, { start, end }, { start: from, end: to }))
  }
  if (before.length === 0 || after.length === 0) {
    add(same, same + before.length, same, same + after.length)
    return hunks
  }
  const changes = compare(before, after)
  if (changes === undefined) return undefined
  let [x, y] = [same, same]
  let [start, from] = [x, y]
  for (const { added, removed, count } of changes) {
    if (added) y += count
    else if (removed) x += count
    else {
      add(start, x, from, y)
      x += count
      y += count
      ;[start, from] = [x, y]
    }
  }
  add(start, x, from, y)
  return hunks
}

function compare(before: number[], after: number[]) {
  let comparisons = 0
  const changes = diffArrays(before, after, {
    maxEditLength: MOST_EDITS,
    // Beyond its bound nothing is alike any more, and the search soon ends.
    comparator: (one, other) => ++comparisons <= MOST_COMPARISONS && one === other,
  })
  return comparisons > MOST_COMPARISONS ? undefined : changes
}

interface Span {
  readonly start: number
  readonly end: number
}

/** A word put in beside its like, or taken out from among its likes, might be any of them. */
function withClaim(base: readonly number[], side: readonly number[], gone: Span, put: Span): Hunk {
  const [out, into] = [slide(base, gone), slide(side, put)]
  return {
    ...gone,
    put: side.slice(put.start, put.end),
    from: Math.max(0, gone.start - Math.max(out.back, into.back)),
    to: Math.min(base.length, gone.end + Math.max(out.on, into.on)),
  }
}

function slide(tokens: readonly number[], { start, end }: Span): { readonly back: number; readonly on: number } {
  if (start === end) return { back: 0, on: 0 }
  let back = 0
  while (start - back > 0 && tokens[start - 1 - back] === tokens[end - 1 - back]) back += 1
  let on = 0
  while (end + on < tokens.length && tokens[start + on] === tokens[end + on]) on += 1
  return { back, on }
}

/**
 * Both sides' changes, the same one made on both sides once; undefined when two others come too near. Of two people who
 * wrote nearly the same, a part may be alike: what is left of it is too near to that, and they are asked.
 */
function uniteHunks(
  left: readonly Hunk[],
  right: readonly Hunk[],
  wordsBefore: readonly number[],
): readonly Hunk[] | undefined {
  const only: Hunk[] = []
  for (const theirs of right) {
    const twice = left.some(ours => isSame(ours, theirs))
    if (left.some(ours => !isSame(ours, theirs) && !areApart(ours, theirs, wordsBefore))) return undefined
    if (!twice) only.push(theirs)
  }
  return [...left, ...only].sort((a, b) => a.start - b.start)
}

function isSame(a: Hunk, b: Hunk): boolean {
  if (a.start !== b.start || a.end !== b.end || a.put.length !== b.put.length) return false
  return a.put.every((token, at) => token === b.put[at])
}

function areApart(a: Hunk, b: Hunk, wordsBefore: readonly number[]): boolean {
  const [first, second] = a.from <= b.from ? [a, b] : [b, a]
  return (wordsBefore[second.from] ?? 0) - (wordsBefore[first.to] ?? 0) >= APART
}

function apply(base: readonly number[], hunks: readonly Hunk[]): readonly number[] {
  const merged: number[] = []
  let at = 0
  for (const { start, end, put } of hunks) {
    for (; at < start; at += 1) merged.push(base[at] ?? 0)
    for (const token of put) merged.push(token)
    at = end
  }
  for (; at < base.length; at += 1) merged.push(base[at] ?? 0)
  return merged
}

/** What was put in at the very end, or could have been, apart from the other changes. */
function splitEnd(hunks: readonly Hunk[], base: readonly number[]): { rest: readonly Hunk[]; end: readonly number[] } {
  const last = hunks.at(-1)
  if (last === undefined || last.start !== last.end || last.to !== base.length) return { rest: hunks, end: [] }
  // Moved on to the end, the change begins that much later in what was put in, over and over.
  const turn = (base.length - last.start) % last.put.length
  return { rest: hunks.slice(0, -1), end: [...last.put.slice(turn), ...last.put.slice(0, turn)] }
}
