/**
 * What every bench hands over: medians with the floor measured in the same run, as a table for people or as JSON for
 * machines. It never judges; the numbers to reach are in the docs.
 */

export interface Measurement {
  readonly bench: string
  readonly id: string
  readonly unit: string
  readonly median: number
  /** The physical limit or the peer measured in the same run, in the same unit; null where there is none. */
  readonly floor: number | null
  readonly runs: number
}

/** The middle value, or the mean of the two middle ones. Throws on an empty list: nothing was measured. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  if (upper === undefined || lower === undefined) throw new Error('nothing was measured')
  return (lower + upper) / 2
}

/** Prints to stdout: JSON alone with `--json`, a table otherwise. */
export function printMeasurements(measurements: readonly Measurement[], args = process.argv.slice(2)): void {
  const rounded = measurements.map(one => ({
    ...one,
    median: round(one.median),
    floor: one.floor === null ? null : round(one.floor),
  }))
  if (args.includes('--json')) process.stdout.write(`${JSON.stringify(rounded, null, 2)}\n`)
  else
    console.table(
      rounded.map(({ id, unit, median: middle, floor, runs }) => ({ id, unit, median: middle, floor, runs })),
    )
}

/** A table for people with a column for each peer; nothing with `--json`. */
export function printSideBySide(
  title: string,
  columns: ReadonlyMap<string, { readonly [operation: string]: number }>,
  args = process.argv.slice(2),
): void {
  if (args.includes('--json')) return
  const rows: { [operation: string]: { [peer: string]: number } } = {}
  for (const [peer, values] of columns)
    for (const [operation, value] of Object.entries(values)) (rows[operation] ??= {})[peer] = round(value)
  process.stdout.write(`\n${title}\n`)
  console.table(rows)
}

/** Three significant digits: more would pretend. */
function round(value: number): number {
  return Number(value.toPrecision(3))
}

/** Progress of a long bench, for a person who waits; stdout stays free for the numbers. */
export function say(text: string): void {
  process.stderr.write(`${text}\n`)
}
