/**
 * One simulated laptop: a disk that stays, a clock that may be wrong, and the program that runs on them until it is quit
 * or cut off. What the program is told never comes from anywhere else.
 */
import type { Carried } from '../../core/database/going-back.ts'
import type { HubConnection } from '../../core/replication/providers/hub.ts'
import type { HubTransport } from '../../core/replication/providers/hub-transport.ts'
import type { Evaluate } from '../bundle.ts'
import type { Program } from '../device/program.ts'
import type { Gate } from '../device/storage.ts'
import { createDice, mixSeeds } from './dice.ts'
import { createDisk, type Disk, type DiskImage } from './disk.ts'
import { createMachine, type Machine } from './machine.ts'
import type { Schedule } from './schedule.ts'

export interface Laptop {
  readonly name: string
  readonly disk: Disk
  /** Undefined while off or still starting. */
  readonly program: Program | undefined
  readonly isOn: boolean
  /** Goes up with every start. */
  readonly run: number
  switchOn(): void
  /** A program that has not ended after a while is cut off. */
  quit(): Promise<void>
  /** Cut off before its `writes`-th write from now on, or at the latest when `milliseconds` are over. */
  crash(writes: number, milliseconds: number): void
  /** Nothing that was going to happen to it happens any more. */
  spare(): void
  stepClock(milliseconds: number): void
  backUp(): void
  /** The backup takes the disk's place; false when there is none. */
  restore(): Promise<boolean>
}

export interface LaptopOptions {
  readonly number: number
  readonly name: string
  readonly seed: number
  readonly schedule: Schedule
  readonly evaluate: Evaluate
  readonly wire: Pick<HubTransport, 'request' | 'stream'>
  readonly connection: HubConnection
  readonly hash: (text: string) => string
  readonly pageRows: number
  /** Longest that the disk takes for one thing, in milliseconds; 0: at once. */
  readonly diskMs: number
  readonly skew: number
  readonly trace: (line: string) => void
  readonly report: (error: unknown) => void
  readonly crashed: () => void
}

/** When the simulation begins. */
export const BEGIN = 1_700_000_000_000

export function createLaptop(options: LaptopOptions): Laptop {
  const { schedule, number } = options
  const disk = createDisk((table, documents) => {
    options.trace(`${number} writes ${table} ${JSON.stringify([...documents.values()])}`)
  })
  let offset = options.skew
  let run = 0
  let machine: Machine | undefined
  let program: Program | undefined
  let cut: (() => void) | undefined
  let writesLeft = Number.POSITIVE_INFINITY
  let spared = 0
  let image: DiskImage | undefined
  let wentBack: { mark: string; carried: Carried | undefined } | undefined
  const now = (): number => BEGIN + schedule.now + offset

  function switchOn(): void {
    if (machine !== undefined) return
    run += 1
    const mine = run
    const dice = createDice(mixSeeds(options.seed, number, run))
    const running = createMachine(schedule, now, dice)
    machine = running
    const isDead = (): boolean => mine !== run || machine === undefined
    const die = (): void => {
      if (isDead()) return
      running.cutOff()
      machine = undefined
      program = undefined
      writesLeft = Number.POSITIVE_INFINITY
    }
    cut = die
    const gate = createGate({ schedule, diskMs: options.diskMs, dice, isDead, spend: () => spendWrite(die) })
    const before = wentBack
    options
      .evaluate(running.globals)
      .run({
        disk,
        gate,
        name: options.name,
        now,
        timer: running.timer,
        random: count => dice.bytes(count),
        hash: options.hash,
        connection: options.connection,
        wire: options.wire,
        pageRows: options.pageRows,
        report: error => {
          if (!isDead()) options.report(error)
        },
        wentBack: before,
      })
      .then(
        opened => {
          if (isDead()) return
          program = opened
          if (wentBack === before) wentBack = undefined
          void opened.start()
        },
        error => {
          if (!isDead()) options.report(error)
        },
      )
  }

  /** False: the program ends here, and the write is not made. */
  function spendWrite(die: () => void): boolean {
    writesLeft -= 1
    if (writesLeft >= 0) return true
    die()
    options.crashed()
    return false
  }

  async function quit(): Promise<void> {
    const ending = program
    const stop = cut
    let ended = ending === undefined
    ending?.quit().then(
      () => (ended = true),
      error => {
        ended = true
        options.report(error)
      },
    )
    const deadline = schedule.now + 30_000
    while (!ended && machine !== undefined && (await schedule.step(deadline)));
    if (!ended && machine !== undefined) options.report(new Error('a program did not end'))
    stop?.()
  }

  return {
    name: options.name,
    disk,
    get program() {
      return program
    },
    get isOn() {
      return machine !== undefined
    },
    get run() {
      return run
    },
    switchOn,
    quit,
    crash(writes, milliseconds) {
      if (machine === undefined) return
      writesLeft = writes
      const [mine, stop, until] = [run, cut, spared]
      schedule.after(milliseconds, () => {
        if (mine !== run || machine === undefined || until !== spared) return
        stop?.()
        options.crashed()
      })
    },
    spare() {
      spared += 1
      writesLeft = Number.POSITIVE_INFINITY
    },
    stepClock(milliseconds) {
      offset += milliseconds
    },
    backUp() {
      image = disk.image()
    },
    async restore() {
      if (image === undefined || program === undefined) return false
      let carried: Carried | undefined
      program.carried().then(
        found => (carried = found),
        error => options.report(error),
      )
      const deadline = schedule.now + 5_000
      while (carried === undefined && machine !== undefined && (await schedule.step(deadline)));
      await quit()
      disk.restore(image)
      wentBack = { mark: `mark ${run}`, carried }
      return true
    },
  }
}

interface GateOptions {
  readonly schedule: Schedule
  readonly diskMs: number
  readonly dice: ReturnType<typeof createDice>
  readonly isDead: () => boolean
  readonly spend: () => boolean
}

function createGate({ schedule, diskMs, dice, isDead, spend }: GateOptions): Gate {
  const never = new Promise<never>(() => undefined)
  const open = Promise.resolve()
  let busyUntil = 0
  return {
    pass() {
      if (isDead()) return never
      if (diskMs > 0) busyUntil = Math.max(busyUntil, schedule.now + dice.roll(diskMs + 1))
      if (busyUntil <= schedule.now) return open
      // One after the other: nothing overtakes what was asked before it.
      return new Promise(resolve => {
        schedule.after(busyUntil - schedule.now, () => {
          if (!isDead()) resolve()
        })
      })
    },
    mayWrite: () => !isDead() && spend(),
  }
}
