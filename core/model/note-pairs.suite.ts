/**
 * Notes as people write them in the field, and two people's edits of each, from a seed: what text merging is tested and
 * measured with. Beside both texts stands what holds both edits, worked out from the edits and not from a comparison.
 */

/** Characters [start, end) of the note gave way to `put`. */
export interface TextEdit {
  readonly start: number
  readonly end: number
  readonly put: string
}

export interface NotePair {
  readonly base: string
  readonly a: string
  readonly b: string
  /** Both sides' edits in one text; undefined where they overlap, and nobody can say what it would be. */
  readonly both: string | undefined
}

const WORDS = (
  'the pump valve seal weir gate north south pressure level sensor housing was is not has been checked replaced worn ' +
  'leaking again since last visit at of and to with after before without noise oil water flow reading bar degrees motor ' +
  'bearing cable box cover bolt three two four missing loose tight clean dirty rust paint needs ordered part number site ' +
  'crew access road closed key from office called back tomorrow week report photo taken see below above left right side ' +
  'inlet outlet filter changed tested running stopped slow fast high low normal ok failed'
).split(' ')

export type Random = () => number

/** Numbers in [0, 1), the same for the same seed (mulberry32, public domain). */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

export function below(random: Random, limit: number): number {
  return Math.floor(random() * limit)
}

export function sentence(random: Random, vocabulary: readonly string[] = WORDS): string {
  const words = Array.from({ length: 4 + below(random, 10) }, () => vocabulary[below(random, vocabulary.length)] ?? '')
  const text = words.join(' ')
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

/** Paragraphs of a few sentences each. Few words in the vocabulary make every place look like every other. */
export function note(random: Random, paragraphs: number, vocabulary: readonly string[] = WORDS): string {
  return Array.from({ length: paragraphs }, () =>
    Array.from({ length: 1 + below(random, 4) }, () => sentence(random, vocabulary)).join(' '),
  ).join('\n')
}

/** One to three edits that do not touch one another, in order. */
export function edits(random: Random, base: string, vocabulary: readonly string[] = WORDS): readonly TextEdit[] {
  const made: TextEdit[] = []
  const many = 1 + below(random, 3)
  for (let tries = 0; made.length < many && tries < 20; tries += 1) {
    const edit = oneEdit(random, base, vocabulary)
    if (made.every(other => edit.start > other.end || edit.end < other.start)) made.push(edit)
  }
  return made.sort((x, y) => x.start - y.start)
}

function oneEdit(random: Random, base: string, vocabulary: readonly string[]): TextEdit {
  const words = [...base.matchAll(/[^\s.]+/g)].map(({ 0: word, index }) => ({ start: index, end: index + word.length }))
  const at = below(random, words.length)
  const word = words[at] ?? { start: 0, end: base.length }
  const fresh = vocabulary[below(random, vocabulary.length)] ?? ''
  const stops = [...base.matchAll(/\. |\.\n/g)].map(({ index }) => index + 1)
  const stop = stops[below(random, Math.max(stops.length, 1))] ?? base.length
  const kind = below(random, 10)
  if (kind < 2) return { start: word.start, end: word.start, put: `${fresh} ` }
  if (kind < 4) return { start: word.start, end: word.end, put: fresh }
  if (kind < 5) return { start: word.start, end: (words[at + below(random, 4)] ?? word).end, put: fresh }
  if (kind < 6) return { start: word.start, end: words[at + 1]?.start ?? word.end, put: '' }
  if (kind < 8) return { start: stop, end: stop, put: ` ${sentence(random, vocabulary)}` }
  if (kind < 9) return { start: stop, end: stops.find(other => other > stop) ?? base.length, put: '' }
  return { start: base.length, end: base.length, put: `\n${sentence(random, vocabulary)}` }
}

export function applyEdits(base: string, all: readonly TextEdit[]): string {
  let text = ''
  let at = 0
  for (const { start, end, put } of all) {
    text += base.slice(at, start) + put
    at = end
  }
  return text + base.slice(at)
}

export function notePair(random: Random, vocabulary: readonly string[] = WORDS): NotePair {
  const base = note(random, 2 + below(random, 9), vocabulary)
  const [ours, theirs] = [edits(random, base, vocabulary), edits(random, base, vocabulary)]
  const only = theirs.filter(other => !ours.some(one => nameOf(base, one) === nameOf(base, other)))
  const apart = ours.every(one => only.every(other => one.end < other.start || other.end < one.start))
  const both = apart
    ? applyEdits(
        base,
        [...ours, ...only].sort((x, y) => x.start - y.start),
      )
    : undefined
  return { base, a: applyEdits(base, ours), b: applyEdits(base, theirs), both }
}

/** The same for edits that come to the same text: one of two like words is taken out, or put in beside its like. */
function nameOf(base: string, { start, end, put }: TextEdit): string {
  let [from, to, text] = [start, end, put]
  if (text === '') for (; from > 0 && base[from - 1] === base[to - 1]; from -= 1) to -= 1
  else if (from === to) {
    for (; from > 0 && base[from - 1] === text.at(-1); from -= 1) text = `${text.at(-1)}${text.slice(0, -1)}`
    to = from
  }
  return `${from} ${to} ${text}`
}

/** How often each word or sign stands in a text. */
export function countWords(text: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const word of text.match(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}
