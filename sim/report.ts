/** Adds up what many runs did and writes it as a table of plain text. */
import type { Outcome } from './run.ts'

export interface Tally {
  seeds: number
  failed: number
  steps: number
  simulatedMs: number
  deeds: number
  clashes: number
  repairs: number
  readonly faults: Map<string, number>
  readonly laptops: Map<number, number>
}

export function createTally(): Tally {
  const nothing = { seeds: 0, failed: 0, steps: 0, simulatedMs: 0, deeds: 0, clashes: 0, repairs: 0 }
  return { ...nothing, faults: new Map(), laptops: new Map() }
}

export function addOutcome(tally: Tally, outcome: Outcome): void {
  tally.seeds += 1
  tally.failed += outcome.violations.length > 0 ? 1 : 0
  tally.steps += outcome.steps
  tally.simulatedMs += outcome.simulatedMs
  tally.deeds += outcome.deeds
  tally.clashes += outcome.clashes
  tally.repairs += outcome.repairs
  for (const [fault, count] of outcome.faults) tally.faults.set(fault, (tally.faults.get(fault) ?? 0) + count)
  const { laptops } = outcome.plan
  tally.laptops.set(laptops, (tally.laptops.get(laptops) ?? 0) + 1)
}

export function writeReport(tally: Tally, minutes: number): string {
  const lines: readonly (readonly [string, string])[] = [
    ['seeds', count(tally.seeds)],
    ['minutes', minutes.toFixed(1)],
    ['simulated hours', count(Math.round(tally.simulatedMs / 3_600_000))],
    ['things run on simulated time', count(tally.steps)],
    ['deeds of people', count(tally.deeds)],
    ['clashes open at the end', count(tally.clashes)],
    ['repairs after comparing everything', count(tally.repairs)],
    ...[...tally.laptops]
      .sort(([a], [b]) => a - b)
      .map(([n, seeds]) => [`seeds with ${n} laptops`, count(seeds)] as const),
    ...[...tally.faults].sort().map(([fault, met]) => [`fault: ${fault}`, count(met)] as const),
    ['seeds that failed', count(tally.failed)],
  ]
  return lines.map(([name, value]) => `${name.padEnd(36)} ${value.padStart(12)}`).join('\n')
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}
