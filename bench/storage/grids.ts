/** The grid's numbers at both sizes, in processes of their own on one file each. */
import { existsSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Measurement, median, say } from '../report.ts'
import type { PeerTask } from './peer.ts'
import type { Timings } from './timings.ts'

const SIZES = [
  { part: 'grid', records: 100_000, suffix: '' },
  { part: 'million', records: 1_000_000, suffix: '-1m' },
] as const

/** FARFIELD_BENCH_KEEP=FOLDER keeps the filled files there and takes those that it finds: the large one takes a minute. */
export async function measureGrids(
  inProcess: (what: PeerTask) => Promise<Timings>,
  scratch: string,
  only: readonly string[],
): Promise<Measurement[]> {
  const measurements: Measurement[] = []
  for (const { part, records, suffix } of SIZES) {
    if (!only.includes(part)) continue
    const file = join(scratch, `grid-${records}.db`)
    const kept = join(process.env['FARFIELD_BENCH_KEEP'] ?? scratch, `filled-${records}.db`)
    say(`grid of ${records} records`)
    if (!existsSync(kept)) await inProcess({ task: 'fill', records, file: kept })
    // What is measured writes: the filled file stays as it is.
    await copyFile(kept, file)
    const timings = {
      ...(await inProcess({ task: 'open', records, file })),
      ...(await inProcess({ task: 'grid', records, file })),
    }
    for (const [operation, times] of Object.entries(timings)) {
      const named = operation === 'open-ms' && suffix === '' ? 'cold-open-100k-ms' : operation
      const id = named.replace(/-(ms|mb)$/, `${suffix}-$1`)
      const unit = operation.endsWith('-mb') ? 'MB' : 'ms'
      measurements.push({ bench: 'storage', id, unit, median: median(times), floor: null, runs: times.length })
    }
  }
  return measurements
}
