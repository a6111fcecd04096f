/**
 * What happens in one run, drawn from its seed before it begins: plain data, so that a part of it can be left out and the
 * rest played again. It decides nothing about how anything ends.
 */
import type { Wish } from './device/person.ts'
import { isLong } from './device/wishes.ts'
import { createDice, type Dice, mixSeeds } from './world/dice.ts'

export type Event =
  | { readonly do: 'wish'; readonly wish: Wish }
  | { readonly do: 'start' | 'abort' | 'drain' | 'resync' | 'quit' | 'on' | 'backUp' | 'goBack' | 'streamCut' }
  | { readonly do: 'crash'; readonly writes: number; readonly within: number }
  | { readonly do: 'clock' | 'cutOff' | 'slow'; readonly ms: number }
  | { readonly do: 'requestLost' | 'answerLost' | 'repeated' | 'tickLost'; readonly count: number }
  | { readonly do: 'hubRestart' | 'hubRestore' }
  | { readonly do: 'hubBackUp'; readonly official: boolean }

export interface Step {
  /** Milliseconds before it. */
  readonly wait: number
  readonly who: number
  readonly event: Event
}

/** What people do: everything, or each only in a field of their own (and then nobody may ever be asked). */
export type Manner = 'everything' | 'apart'

export interface Plan {
  readonly seed: number
  readonly laptops: number
  readonly manner: Manner
  readonly pageRows: number
  readonly hubPageRows: number
  readonly diskMs: number
  readonly skews: readonly number[]
  /** Which laptops run a version of the app that knows fewer kinds of field. */
  readonly older: readonly boolean[]
  readonly steps: readonly Step[]
  /** Whether a clash that nobody can miss is staged at the end, and settled. */
  readonly duel: boolean
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const CLOCK_STEPS = [2 * MINUTE, 90 * MINUTE, 20 * 60 * MINUTE, 3 * DAY, 40 * DAY, 400 * DAY, 2_000 * DAY]
const SKEWS = [0, 0, 0, 1_500, -90_000, 7 * MINUTE, -40 * DAY, 400 * DAY]

export interface PlanOptions {
  readonly laptops?: number | undefined
}

export function drawPlan(seed: number, options: PlanOptions = {}): Plan {
  const dice = createDice(mixSeeds(seed, 1))
  const drawn = dice.pick([2, 2, 2, 3, 3, 4, 5, 6])
  const laptops = options.laptops ?? drawn
  const manner: Manner = dice.once(4) ? 'apart' : 'everything'
  const kinds = drawKinds(dice, manner)
  const count = 25 + dice.roll(60)
  const steps: Step[] = []
  for (let number = 0; number < count; number += 1) {
    const who = dice.roll(laptops)
    steps.push({ wait: drawWait(dice), who, event: drawEvent(dice, kinds, { manner, who, mark: number + 1, laptops }) })
  }
  return {
    seed,
    laptops,
    manner,
    pageRows: dice.pick([3, 7, 500, 500]),
    hubPageRows: dice.pick([2, 5, 1_000]),
    diskMs: dice.pick([0, 0, 3, 15]),
    skews: Array.from({ length: laptops }, () => dice.pick(SKEWS)),
    older: Array.from({ length: laptops }, () => manner === 'everything' && dice.once(8)),
    steps,
    duel: dice.once(3),
  }
}

/** Seconds of hard work, and now and then a pause in which everything comes to rest. */
function drawWait(dice: Dice): number {
  if (dice.once(12)) return 2_000 + dice.roll(60_000)
  return dice.once(3) ? 0 : dice.roll(dice.once(4) ? 3_000 : 150)
}

type Kind = Event['do'] | Wish['do']

/** How often what happens; each run has only some kinds of trouble, so that the others show on their own. */
function drawKinds(dice: Dice, manner: Manner): readonly Kind[] {
  const kinds: Kind[] = ['edit', 'edit', 'edit', 'edit', 'edit', 'create', 'start', 'abort', 'drain', 'resync']
  if (manner === 'everything') {
    kinds.push('edit', 'edit', 'settle', 'settle', 'undo', 'delete', 'restore', 'type', 'duplicate')
    if (dice.once(4)) kinds.push('import', 'rename')
  }
  if (!dice.once(3))
    kinds.push(...(['requestLost', 'answerLost', 'repeated', 'cutOff', 'slow', 'tickLost', 'streamCut'] as const))
  if (dice.once(2)) kinds.push('crash', 'crash', 'on', 'on', 'on', 'quit')
  if (dice.once(3)) kinds.push('clock', 'clock')
  if (dice.once(4)) kinds.push('hubRestart', 'hubBackUp', 'hubRestore')
  if (manner === 'everything' && dice.once(4)) kinds.push('backUp', 'goBack', 'on')
  return kinds
}

interface Scene {
  readonly manner: Manner
  readonly who: number
  readonly mark: number
  readonly laptops: number
}

function drawEvent(dice: Dice, kinds: readonly Kind[], scene: Scene): Event {
  const kind = dice.pick(kinds)
  switch (kind) {
    case 'start':
    case 'abort':
    case 'drain':
    case 'resync':
    case 'quit':
    case 'on':
    case 'backUp':
    case 'goBack':
    case 'streamCut':
    case 'hubRestart':
    case 'hubRestore':
      return { do: kind }
    case 'crash':
      return { do: kind, writes: dice.roll(30), within: 50 + dice.roll(4_000) }
    case 'clock':
      return { do: kind, ms: dice.pick(CLOCK_STEPS) * (dice.once(2) ? 1 : -1) }
    case 'cutOff':
      return { do: kind, ms: 100 + dice.roll(dice.once(3) ? 120_000 : 8_000) }
    case 'slow':
      return { do: kind, ms: 200 + dice.roll(6_000) }
    case 'requestLost':
    case 'answerLost':
    case 'repeated':
    case 'tickLost':
      return { do: kind, count: 1 + dice.roll(4) }
    case 'hubBackUp':
      return { do: kind, official: dice.once(2) }
    default:
      return { do: 'wish', wish: drawWish(dice, kind === 'wish' ? 'edit' : kind, scene) }
  }
}

function drawWish(dice: Dice, kind: Wish['do'], { manner, who, mark }: Scene): Wish {
  const drawn = dice.roll(1 << 20)
  // Who works apart writes nothing that the hub refuses: what was refused and is then changed elsewhere may cost a question.
  const pick = manner === 'apart' && isLong(drawn) ? drawn + 1 : drawn
  // Few records, so that people meet; the later ones less often.
  const record = dice.roll(1 + dice.roll(6))
  switch (kind) {
    case 'define':
      return { do: kind }
    case 'create':
    case 'import':
    case 'type':
    case 'undo':
      return { do: kind, mark, pick }
    case 'edit':
      return { do: kind, mark, record, field: manner === 'apart' ? who : dice.roll(dice.once(2) ? 2 : 7), pick }
    case 'settle':
      return { do: kind, mark, record, pick }
    case 'rename':
      return { do: kind, mark }
    default:
      return { do: kind, mark, record }
  }
}
