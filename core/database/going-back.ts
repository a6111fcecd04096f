/**
 * An older copy of a workspace's database takes its place (a backup is restored, a damaged file is salvaged). What must not
 * go back with it is carried over from the one that is replaced: the clock and the numbers given, so that none is given
 * twice, and what a person chose on this laptop. And the workspace gets a mark by which replication knows (rule P5).
 */
import type { Stamp, Value } from '../model/record.ts'
import { GIVEN_NUMBERS } from './numbering.ts'
import type { Workspace } from './workspace.ts'

export interface Carried {
  readonly clock: Stamp | undefined
  readonly numbers: Value | undefined
  readonly settings: readonly (readonly [key: string, value: Value])[]
}

/** A different one means: this database is not the one that was last synced, but an older state of it. */
export const LINEAGE = 'workspace.lineage'

/** `settings` names what belongs to the laptop rather than to its records. */
export async function readCarried(workspace: Workspace, settings: readonly string[]): Promise<Carried> {
  const values = settings.map(async key => [key, (await workspace.settings.get(key)) ?? null] as const)
  return {
    clock: workspace.context.clock.last,
    numbers: await workspace.settings.get(GIVEN_NUMBERS),
    settings: await Promise.all(values),
  }
}

/** Before anything is written to `workspace` or synced. May be repeated with the same mark. */
export async function goBack(workspace: Workspace, carried: Carried | undefined, mark: string): Promise<void> {
  const { settings, context } = workspace
  if (carried?.clock !== undefined) context.clock.observe(carried.clock)
  if (carried?.numbers !== undefined)
    await settings.set(GIVEN_NUMBERS, laterNumbers(await settings.get(GIVEN_NUMBERS), carried.numbers))
  for (const [key, value] of carried?.settings ?? []) await settings.set(key, value)
  await settings.set(LINEAGE, mark)
}

function laterNumbers(one: Value | undefined, other: Value): Value {
  const [left, right] = [entriesOf(one), entriesOf(other)]
  const keys = [...new Set([...Object.keys(left), ...Object.keys(right)])]
  return Object.fromEntries(keys.map(key => [key, Math.max(Number(left[key] ?? 0), Number(right[key] ?? 0))]))
}

function entriesOf(value: Value | undefined): { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Value })
    : {}
}
