/**
 * Plays one plan: laptops, way and hub in simulated time, then rest, then the oracle. The same plan with the same scripts
 * gives the same trace to the byte.
 */
import { createHash, createHmac } from 'node:crypto'
import { readStates, type Violation } from './oracle.ts'
import { perform, setScene } from './perform.ts'
import type { Plan } from './plan.ts'
import { comeToRest, duel, judgeAll } from './rest.ts'
import type { Scripts } from './scripts.ts'
import { createStory } from './words.ts'
import { createDice, mixSeeds } from './world/dice.ts'
import { type HubOptions, openHub } from './world/hub.ts'
import { createLaptop } from './world/laptop.ts'
import { createNetwork } from './world/network.ts'
import { createSchedule } from './world/schedule.ts'
import { advanceUntil, type World } from './world/world.ts'

export interface RunOptions {
  readonly scripts: Scripts
  readonly wrapHub?: HubOptions['wrap'] | undefined
  /** Told of every line of the trace. */
  readonly onTrace?: ((line: string) => void) | undefined
}

export interface Outcome {
  readonly plan: Plan
  readonly violations: readonly Violation[]
  /** What people and the world did, in words. */
  readonly story: readonly string[]
  /** SHA-256 of everything that was written, sent and answered. */
  readonly trace: string
  /** Things run on simulated time. */
  readonly steps: number
  readonly simulatedMs: number
  readonly deeds: number
  readonly clashes: number
  /** How often a laptop compared everything with the hub, document by document. */
  readonly repairs: number
  readonly faults: ReadonlyMap<string, number>
}

function explain(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error)
}

const NAMES = ['Field laptop', 'Office iMac', 'Van tablet', 'Lab desktop', 'Boat laptop', 'Home laptop']

export async function play(plan: Plan, { scripts, wrapHub, onTrace }: RunOptions): Promise<Outcome> {
  const digest = createHash('sha256')
  const schedule = createSchedule()
  const trace = (line: string): void => {
    const text = `${schedule.now} ${line}\n`
    digest.update(text)
    onTrace?.(text)
  }
  const { tell, story } = createStory(schedule, NAMES, trace)
  const faults = new Map<string, number>()
  const met = (fault: string): void => void faults.set(fault, (faults.get(fault) ?? 0) + 1)
  const violations: Violation[] = []
  const hubDice = createDice(mixSeeds(plan.seed, 2))
  const hub = openHub({
    random: count => hubDice.bytes(count),
    tick: () => network.tick(),
    wrap: wrapHub,
    pageRows: plan.hubPageRows,
  })
  const network = createNetwork({ seed: plan.seed, schedule, hub: () => hub, laptops: plan.laptops, met, trace })
  const key = createHash('sha256').update(`key ${plan.seed}`).digest()
  const connection = {
    workspace: hub.workspace,
    token: 't'.repeat(43),
    hashKey: key.toString('base64url'),
    hubName: 'Hub',
    host: 'hub',
    port: 1,
    spki: 's'.repeat(43),
  }
  const laptops = Array.from({ length: plan.laptops }, (_, number) =>
    createLaptop({
      number,
      name: NAMES[number] ?? `Laptop ${number}`,
      seed: plan.seed,
      schedule,
      evaluate: plan.older[number] === true ? scripts.older : scripts.current,
      wire: network.wire(number),
      connection,
      hash: text => createHmac('sha256', key).update(text).digest('hex'),
      pageRows: plan.pageRows,
      diskMs: plan.diskMs,
      skew: plan.skews[number] ?? 0,
      trace,
      report: error => {
        violations.push({ rule: 'bug', detail: `${NAMES[number]} reports ${explain(error)}` })
      },
      crashed() {
        met('crash')
        tell(number, 'is cut off')
      },
    }),
  )
  const world: World = { plan, schedule, network, laptops, hub, saved: new Map(), violations, faults, deeds: 0, tell }
  // Nobody waits for it, so nobody would hear of it.
  const unheard = (reason: unknown): void =>
    void violations.push({ rule: 'bug', detail: `a promise failed unheard: ${explain(reason)}` })
  process.on('unhandledRejection', unheard)
  try {
    for (const laptop of laptops) laptop.switchOn()
    await advanceUntil(world, () => laptops.every(({ program }) => program !== undefined), 60_000)
    await setScene(world)
    for (const { wait, who, event } of plan.steps) {
      await schedule.advance(wait)
      await perform(world, who, event)
    }
    await comeToRest(world)
    if (violations.length === 0) await judgeAll(world)
    if (violations.length === 0 && plan.duel) await duel(world)
    for (const laptop of laptops) await laptop.quit()
  } finally {
    process.off('unhandledRejection', unheard)
    await hub.close()
  }
  const clashes =
    laptops[0] === undefined
      ? 0
      : readStates(laptops[0].disk, 'records').reduce((sum, { versions }) => sum + versions.length, 0)
  return {
    plan,
    violations,
    story,
    trace: digest.digest('hex'),
    steps: schedule.steps,
    simulatedMs: schedule.now,
    deeds: world.deeds,
    clashes,
    repairs: network.walks,
    faults,
  }
}
