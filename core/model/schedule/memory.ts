/**
 * What one decision must know of the past: brought up to date with the inputs before the gates are asked. Pure; it never
 * decides.
 */
import type { Mode, ScheduleInputs, ScheduleMemory } from '../schedule.ts'
import { BATTERY_BAND, OVERRIDE_MS, SETTLE_MS, atLeast, localDay } from './limits.ts'

/** Battery band, failures forgiven by a new network, and a new day's budget. Settling follows once the gates are known. */
export function refreshMemory(inputs: ScheduleInputs, memory: ScheduleMemory): ScheduleMemory {
  const { networkId } = inputs.reading
  const { failures } = inputs.provider
  const moved = networkId !== null && memory.networkId !== null && networkId !== memory.networkId
  const today = localDay(inputs.now, inputs.utcOffset)
  return {
    ...memory,
    batteryLow: isBatteryLow(inputs, memory.batteryLow),
    networkId: networkId ?? memory.networkId,
    forgiven: moved ? failures : Math.min(memory.forgiven, failures),
    // A clock set back keeps the later day, so that it gives nothing (rule S6).
    budget: today > memory.budget.day ? { day: today, spent: 0 } : memory.budget,
  }
}

/** Rule S2: narrowing at once, widening after SETTLE_MS of permission without a break. */
export function settle(memory: ScheduleMemory, permitted: Mode, now: number): ScheduleMemory {
  const smallSince = since(memory.smallSince, permitted, 'small', now)
  const fullSince = since(memory.fullSince, permitted, 'full', now)
  const granted = (mode: Mode, from: number | null): boolean =>
    atLeast(permitted, mode) && (atLeast(memory.settled, mode) || (from !== null && now - from >= SETTLE_MS))
  const settled: Mode = granted('full', fullSince) ? 'full' : granted('small', smallSince) ? 'small' : 'none'
  return { ...memory, smallSince, fullSince, settled }
}

/** Rule S3: given on this network, not expired, and not yet served by a complete run. */
export function isOverridden(inputs: ScheduleInputs): boolean {
  const { override, now, reading } = inputs
  if (override === null) return false
  const timely = now >= override.givenAt && now < override.givenAt + OVERRIDE_MS
  return timely && !isServed(inputs) && override.networkId === reading.networkId
}

/** Everything was compared, sent and fetched since it was given; whoever keeps it forgets it then, for new work is not it. */
export function isServed({ override, work }: ScheduleInputs): boolean {
  return override !== null && work.syncedAt !== null && work.syncedAt > override.givenAt && work.files === 0
}

/** Rule S6: bytes really sent and received on a costly network are charged to the day. */
export function charge(memory: ScheduleMemory, bytes: number): ScheduleMemory {
  return { ...memory, budget: { ...memory.budget, spent: memory.budget.spent + Math.max(0, bytes) } }
}

function since(before: number | null, permitted: Mode, mode: Mode, now: number): number | null {
  return atLeast(permitted, mode) ? Math.min(before ?? now, now) : null
}

function isBatteryLow(inputs: ScheduleInputs, before: boolean): boolean {
  const { power, level } = inputs.reading
  if (power === 'mains') return false
  if (power === 'unknown' || level === null) return before
  return level < inputs.policy.batteryMin + (before ? BATTERY_BAND : 0)
}
