/**
 * Merging long texts (rule M4): of 3,000 random pairs of notes, how many are combined without asking anybody, how many
 * lose or double an edit, and how long large and hopeless texts take. The notes come from a seed, so that runs compare.
 */
import { mergeText } from '../core/model/text-merge.ts'
import {
  applyEdits,
  below,
  countWords,
  edits,
  note,
  notePair,
  seeded,
  sentence,
} from '../core/model/note-pairs.suite.ts'
import { type Measurement, median, printMeasurements } from './report.ts'

const BENCH = 'merge'
const PAIRS = 3000
const NEAR = 1000
const RUNS = 15
const WORST_RUNS = 5

printMeasurements([...countMerges(), ...timeMerges()])

function countMerges(): Measurement[] {
  const random = seeded(1)
  let [merged, lost, asymmetric, byLines] = [0, 0, 0, 0]
  for (let run = 0; run < PAIRS; run += 1) {
    const { base, a, b, both } = notePair(random)
    const text = mergeText(base, a, b)
    if (mergeText(base, b, a) !== text) asymmetric += 1
    if (touchesOtherLines(base, a, b)) byLines += 1
    if (text === undefined) continue
    merged += 1
    if (both === undefined || !sameWords(text, both)) lost += 1
  }
  const percent = (count: number): number => (100 * count) / PAIRS
  return [
    one('text-merged-pct', '%', percent(merged), PAIRS, percent(byLines)),
    one('text-lost', 'pairs', lost, PAIRS, 0),
    one('text-asymmetric', 'pairs', asymmetric, PAIRS, 0),
    one('text-duplicated', 'pairs', countDoubled(), NEAR, 0),
  ]
}

/** What merging whole lines could do at best: no line, and none beside it, was changed on both sides. */
function touchesOtherLines(base: string, a: string, b: string): boolean {
  const lines = base.split('\n')
  const changed = (side: string): readonly [number, number] => {
    const own = side.split('\n')
    let [start, end] = [0, 0]
    while (start < lines.length && lines[start] === own[start]) start += 1
    while (end < lines.length - start && lines.at(-1 - end) === own.at(-1 - end)) end += 1
    return [start, lines.length - end]
  }
  const [x, y] = [changed(a), changed(b)]
  return x[1] < y[0] || y[1] < x[0]
}

/** Two people who wrote nearly the same sentence at one place: it must not stand there twice. */
function countDoubled(): number {
  const random = seeded(2)
  let doubled = 0
  for (let run = 0; run < NEAR; run += 1) {
    const base = note(random, 4)
    const stops = [...base.matchAll(/\. |\.\n/g)].map(({ index }) => index + 1)
    const stop = stops[below(random, Math.max(stops.length, 1))] ?? base.length
    const written = sentence(random)
    const words = written.split(' ')
    const other = words.toSpliced(1 + below(random, words.length - 1), 1, 'x7').join(' ')
    const put = (text: string): string => `${base.slice(0, stop)} ${text}${base.slice(stop)}`
    const text = mergeText(base, put(written), put(other))
    if (text !== undefined && [...countWords(text).values()].reduce(sum) > wordsOf(put(written)) + 1) doubled += 1
  }
  return doubled
}

function timeMerges(): Measurement[] {
  const random = seeded(3)
  const large = note(random, 2350)
  if (large.split(/\s+/).length < 50_000) throw new Error('the large text has fewer than 50,000 words')
  const times: number[] = []
  for (let run = 0; run < RUNS; run += 1) {
    const [a, b] = [applyEdits(large, edits(random, large)), applyEdits(large, edits(random, large))]
    times.push(timed(() => mergeText(large, a, b)))
  }
  const lines = (count: number, every: number, word: string): string =>
    Array.from({ length: count }, (_, at) => (at % every === 0 ? word : 'the pump is ok')).join('\n')
  const hopeless = [
    // Rewritten on both sides.
    [note(random, 5000), note(random, 5000), note(random, 5000)],
    // Few words, everywhere the same, changed in many places.
    [lines(5000, 5000, 'the'), lines(5000, 7, 'pump'), lines(5300, 11, 'the')],
    ['ab\n'.repeat(5000), 'ab\nba\n'.repeat(2500), 'ba ab\n'.repeat(5000)],
    ['a\n'.repeat(5000), `b\n${'a\n'.repeat(4600)}c\n`, `d\n${'a\n'.repeat(5900)}e`],
  ] as const
  const worst = hopeless.map(([base, a, b]) =>
    median(Array.from({ length: WORST_RUNS }, () => timed(() => mergeText(base, a, b)))),
  )
  return [
    one('text-50k-words-ms', 'ms', median(times), RUNS),
    one('text-worst-ms', 'ms', Math.max(...worst), WORST_RUNS),
  ]
}

function sameWords(a: string, b: string): boolean {
  return JSON.stringify([...countWords(a)].sort()) === JSON.stringify([...countWords(b)].sort())
}

function wordsOf(text: string): number {
  return [...countWords(text).values()].reduce(sum)
}

function sum(a: number, b: number): number {
  return a + b
}

function timed(act: () => unknown): number {
  const began = performance.now()
  act()
  return performance.now() - began
}

function one(id: string, unit: string, value: number, runs: number, floor: number | null = null): Measurement {
  return { bench: BENCH, id, unit, median: value, floor, runs }
}
