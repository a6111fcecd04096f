/**
 * The globals of one run of a program: timers on simulated time, a clock that may be wrong, chance from a seed. Cut off,
 * none of its timers ever fires again.
 */
import { createHash } from 'node:crypto'
import * as validation from 'rxdb/plugins/validate-ajv'
import type { Timer } from '../../core/replication/timer.ts'
import type { Globals } from '../bundle.ts'
import type { Dice } from './dice.ts'
import type { Schedule } from './schedule.ts'

export interface Machine {
  readonly globals: Globals
  readonly timer: Timer
  /** After this the program is dead. */
  cutOff(): void
}

const validators = new Map<string, ReturnType<typeof validation.getValidator>>()
/** Compiled once for all runs: the same schema gives the same check. */
const sharedValidation = {
  getAjv: validation.getAjv,
  getValidator(schema: Parameters<typeof validation.getValidator>[0]) {
    const key = JSON.stringify(schema)
    const known = validators.get(key) ?? validation.getValidator(schema)
    validators.set(key, known)
    return known
  },
}

export function createMachine(schedule: Schedule, now: () => number, dice: Dice): Machine {
  const running = new Map<number, () => void>()
  let handles = 0
  let dead = false

  function start(milliseconds: number, run: () => void, again: boolean): number {
    const handle = (handles += 1)
    if (dead) return handle
    const wait = Math.max(1, milliseconds || 0)
    const ring = (): void => {
      if (again) running.set(handle, schedule.after(wait, ring))
      else running.delete(handle)
      run()
    }
    running.set(handle, schedule.after(wait, ring))
    return handle
  }
  function stop(handle: unknown): void {
    if (typeof handle !== 'number') return
    running.get(handle)?.()
    running.delete(handle)
  }
  const set =
    (again: boolean) =>
    (run: (...args: unknown[]) => void, milliseconds = 0, ...args: unknown[]): number =>
      start(milliseconds, () => run(...args), again)

  class MachineDate extends Date {
    constructor(...args: [] | [number | string | Date]) {
      if (args.length === 0) super(now())
      else super(args[0])
    }
    static override now(): number {
      return now()
    }
  }
  const math = Object.create(Math) as Math
  math.random = () => dice.fraction()

  return {
    globals: {
      setTimeout: set(false),
      clearTimeout: stop,
      setInterval: set(true),
      clearInterval: stop,
      setImmediate: (run: () => void) => start(1, run, false),
      Date: MachineDate,
      Math: math,
      crypto: {
        subtle: {
          digest: (_: string, data: Uint8Array) =>
            Promise.resolve(new Uint8Array(createHash('sha256').update(data).digest()).buffer),
        },
        getRandomValues: (into: Uint8Array) => (into.set(dice.bytes(into.length)), into),
      },
      performance: { now },
      // When memory is collected is chance of another kind: here nothing ever is, as far as a program can tell.
      WeakRef: class {
        constructor(private readonly target: unknown) {}
        deref(): unknown {
          return this.target
        }
      },
      FinalizationRegistry: class {
        register(): void {}
        unregister(): void {}
      },
      requestIdleCallback: undefined,
      process: undefined,
      window: undefined,
      navigator: undefined,
      document: undefined,
      globalThis: {},
      validation: sharedValidation,
    },
    timer(milliseconds, run) {
      const handle = start(milliseconds, run, false)
      return () => stop(handle)
    },
    cutOff() {
      dead = true
      for (const cancel of running.values()) cancel()
      running.clear()
    },
  }
}
