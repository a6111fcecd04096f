/**
 * `npm run sim`: plays many seeds and tells what it found; shrinks and tells the first that failed. With --mutants it shows
 * that it would notice: each broken program has to fail.
 */
import { parseArgs } from 'node:util'
import { MUTANTS, type Mutant } from './mutants.ts'
import { drawPlan } from './plan.ts'
import { addOutcome, createTally, writeReport } from './report.ts'
import { type Outcome, play } from './run.ts'
import { loadScripts } from './scripts.ts'
import { shrink } from './shrink.ts'

const { values } = parseArgs({
  options: {
    /** How many; with --mutants, how many each may survive. */
    seeds: { type: 'string', default: '200' },
    /** The first, or, without --seeds, the only one. */
    seed: { type: 'string' },
    /** Stops after so long, whatever is left. */
    minutes: { type: 'string' },
    devices: { type: 'string' },
    mutants: { type: 'boolean', default: false },
    /** Only mutants whose name has this in it. */
    only: { type: 'string', default: '' },
    story: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
    /** Goes on after a seed that failed, without shrinking it. */
    all: { type: 'boolean', default: false },
  },
})
const first = Number(values.seed ?? 1)
const count =
  process.argv.some(each => each.startsWith('--seeds')) || values.seed === undefined ? Number(values.seeds) : 1
const minutes = values.minutes === undefined ? Number.POSITIVE_INFINITY : Number(values.minutes)
const options = { laptops: values.devices === undefined ? undefined : Number(values.devices) }
const began = performance.now()
const minutesSoFar = (): number => (performance.now() - began) / 60_000
const say = (text: string): void => void process.stdout.write(`${text}\n`)

process.exitCode = (values.mutants ? await huntMutants() : await playSeeds()) ? 0 : 1

async function playSeeds(): Promise<boolean> {
  const scripts = await loadScripts()
  const tally = createTally()
  for (let seed = first; seed < first + count && minutesSoFar() < minutes; seed += 1) {
    const onTrace = values.trace ? (line: string) => void process.stdout.write(line) : undefined
    const outcome = await play(drawPlan(seed, options), { scripts, onTrace })
    addOutcome(tally, outcome)
    if (values.story || count === 1) say(`${outcome.story.join('\n')}\ntrace ${outcome.trace}`)
    if (outcome.violations.length === 0) continue
    say(`seed ${seed} failed: ${violationsOf(outcome)}`)
    if (values.all) continue
    say('looking for the smallest history that fails like this ...')
    tell(await shrink(outcome, { play: plan => play(plan, { scripts }), runs: 300 }))
    break
  }
  say(writeReport(tally, minutesSoFar()))
  return tally.failed === 0
}

async function huntMutants(): Promise<boolean> {
  let survived = 0
  say(`${'mutant'.padEnd(92)} died at seed`)
  for (const mutant of MUTANTS.filter(({ name }) => name.includes(values.only))) {
    const death = await hunt(mutant)
    if (death === undefined) survived += 1
    say(`${mutant.name.padEnd(92)} ${death ?? 'SURVIVED'}`)
  }
  return survived === 0
}

async function hunt({ patches, wrapHub }: Mutant): Promise<string | undefined> {
  const scripts = await loadScripts(patches)
  for (let seed = first; seed < first + Number(values.seeds); seed += 1) {
    const { violations } = await play(drawPlan(seed, options), { scripts, wrapHub })
    if (violations.length > 0) return `${seed} ${violations[0]?.rule}`
  }
  return undefined
}

function tell(outcome: Outcome): void {
  const { laptops, manner, pageRows, hubPageRows, diskMs } = outcome.plan
  say(`\n${laptops} laptops, ${manner}, pages of ${pageRows} and ${hubPageRows}, disk ${diskMs} ms`)
  for (const [number, line] of outcome.story.entries()) say(`${`${number + 1}.`.padStart(4)} ${line.slice(0, 400)}`)
  say(`\n${violationsOf(outcome)}\n`)
}

function violationsOf({ violations }: Outcome): string {
  const shown = violations.slice(0, 5).map(({ rule, detail }) => `${rule}: ${detail.slice(0, 1_000)}`)
  return [...shown, ...(violations.length > 5 ? [`and ${violations.length - 5} more`] : [])].join('\n')
}
