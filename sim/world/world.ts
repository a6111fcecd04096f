/** Everything of one run that is simulated, and what is known about it: handed to whatever acts on it or judges it. */
import type { Saved } from '../device/person.ts'
import type { Violation } from '../oracle.ts'
import type { Plan } from '../plan.ts'
import type { Hub } from './hub.ts'
import type { Laptop } from './laptop.ts'
import type { Network } from './network.ts'
import type { Schedule } from './schedule.ts'

export interface World {
  readonly plan: Plan
  readonly schedule: Schedule
  readonly network: Network
  readonly laptops: readonly Laptop[]
  readonly hub: Hub
  readonly saved: Map<string, Saved>
  readonly violations: Violation[]
  readonly faults: Map<string, number>
  deeds: number
  tell(who: number | undefined, words: string): void
}

export async function advanceUntil({ schedule }: World, holds: () => boolean, within: number): Promise<boolean> {
  const deadline = schedule.now + within
  while (!holds()) if (!(await schedule.step(deadline))) return false
  return true
}
