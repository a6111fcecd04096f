/**
 * The decision: may the network be used now, for how much, why, and when to ask again (rules S1-S9). A pure function of
 * inputs and memory; no timers, no clock, no I/O.
 */
import type { Action, Decision, Mode, ScheduleInputs, ScheduleMemory } from '../schedule.ts'
import {
  HARD_GATES,
  SURROUNDINGS,
  budgetLeft,
  listGates,
  networkCeiling,
  settlingGate,
  strictest,
  type Gate,
  type GateFacts,
} from './gates.ts'
import { BATCH_BYTES, NO_LIMIT, NUDGE_AFTER_MS, OVERRIDE_MS, START_GAP_MS, atLeast } from './limits.ts'
import { isOverridden, refreshMemory, settle } from './memory.ts'

export interface Evaluation {
  readonly decision: Decision
  readonly memory: ScheduleMemory
}

export function evaluate(inputs: ScheduleInputs, memory: ScheduleMemory): Evaluation {
  const evaluation = decide(inputs, memory)
  const { decision } = evaluation
  if (decision.mode === 'full' || isOverridden(inputs)) return evaluation
  // S3: offered only if asking the same question with it gives more.
  const override = { givenAt: inputs.now, networkId: inputs.reading.networkId }
  const helped = decide({ ...inputs, override }, memory).decision.mode
  return { ...evaluation, decision: { ...decision, overridable: !atLeast(decision.mode, helped) } }
}

/** The gates as they stand without "Sync once anyway", for the popover's checklist. */
export function standingGates(inputs: ScheduleInputs, memory: ScheduleMemory): readonly Gate[] {
  return listGates(inputs, gateFacts(inputs, refreshMemory(inputs, memory), false))
}

function decide(inputs: ScheduleInputs, before: ScheduleMemory): Evaluation {
  const overridden = isOverridden(inputs)
  const refreshed = refreshMemory(inputs, before)
  // The surroundings are judged without the override: what it lifts has not gone away.
  const surroundings = listGates(inputs, gateFacts(inputs, refreshed, false)).filter(gate =>
    SURROUNDINGS.includes(gate.name),
  )
  const settled = settle(refreshed, strictest(surroundings)?.mode ?? 'none', inputs.now)
  const facts = gateFacts(inputs, settled, overridden)
  const gates = [...listGates(inputs, facts), settlingGate(facts)]
  const closed = strictest(gates)
  const mode = closed?.mode ?? 'none'
  const maxBytes = mode === 'full' ? NO_LIMIT : mode === 'small' ? smallLimit(inputs, facts) : 0
  const { action, memory } = act(inputs, settled, gates, mode, maxBytes, overridden)
  const nudge = overdue(inputs, mode)
  const decision: Decision = {
    mode,
    maxBytes,
    files: mode === 'full',
    reason: mode === 'full' || closed === undefined ? goingOn(inputs, overridden) : closed.reason,
    until: mode === 'full' || closed === undefined ? null : closed.changesAt,
    action,
    nextAt: nextTime(inputs, memory, gates, mode, overridden),
    overridable: false,
    nudge,
  }
  return { decision, memory }
}

function gateFacts(inputs: ScheduleInputs, memory: ScheduleMemory, overridden: boolean): GateFacts {
  const { settled, smallSince, fullSince, batteryLow, budget } = memory
  const failures = inputs.provider.failures - memory.forgiven
  return { settled, smallSince, fullSince, batteryLow, budget, failures, overridden }
}

function goingOn(inputs: ScheduleInputs, overridden: boolean): 'override' | 'upToDate' | 'running' {
  if (overridden) return 'override'
  return inputs.work.records === 0 && inputs.work.files === 0 && inputs.work.inSync ? 'upToDate' : 'running'
}

/** S6: one small run never costs more than a batch, nor more than what is left today where bytes cost. */
function smallLimit(inputs: ScheduleInputs, facts: GateFacts): number {
  const free = facts.overridden || networkCeiling(inputs) === 'full'
  return free ? BATCH_BYTES : Math.min(BATCH_BYTES, budgetLeft(inputs, facts.budget.spent))
}

function act(
  inputs: ScheduleInputs,
  memory: ScheduleMemory,
  gates: readonly Gate[],
  mode: Mode,
  maxBytes: number,
  overridden: boolean,
): { readonly action: Action; readonly memory: ScheduleMemory } {
  const { run, now } = inputs
  if (run !== null) {
    const fits = atLeast(mode, run.mode) && (mode !== 'small' || (!run.files && run.batchBytes <= maxBytes))
    const action = mode !== 'none' && fits ? 'continue' : leave(inputs, gates, memory)
    return { action, memory: { ...memory, asked: false } }
  }
  if (mode === 'none') {
    // Told to start and not seen since: whatever it has begun by now must end.
    return { action: memory.asked ? 'abort' : 'none', memory: { ...memory, asked: false } }
  }
  if (!hasWork(inputs, mode, overridden) || !mayStart(inputs, memory, overridden)) return { action: 'none', memory }
  return { action: 'start', memory: { ...memory, startedAt: now, asked: true } }
}

/** S4: a text batch may finish where finishing is allowed and cheap; everything else ends at once. */
function leave(inputs: ScheduleInputs, gates: readonly Gate[], memory: ScheduleMemory): 'drain' | 'abort' {
  const { run } = inputs
  if (run === null || run.files) return 'abort'
  if (gates.some(gate => gate.mode === 'none' && HARD_GATES.includes(gate.name))) return 'abort'
  const left = budgetLeft(inputs, memory.budget.spent)
  const affordable = { none: 0, small: left, full: BATCH_BYTES }[networkCeiling(inputs)]
  return run.batchBytes <= Math.min(BATCH_BYTES, affordable) ? 'drain' : 'abort'
}

/** A live connection is worth holding only where bytes are free of care. */
function hasWork(inputs: ScheduleInputs, mode: Mode, overridden: boolean): boolean {
  const { records, files, inSync, syncedAt, live } = inputs.work
  if (records > 0 || overridden) return true
  return mode === 'full' ? live || !inSync || files > 0 : syncedAt === null
}

/** No second start within the gap, unless the user asked again since the last one. */
function mayStart(inputs: ScheduleInputs, memory: ScheduleMemory, overridden: boolean): boolean {
  const { startedAt } = memory
  if (startedAt === null || startedAt > inputs.now || inputs.now - startedAt >= START_GAP_MS) return true
  return overridden && inputs.override !== null && inputs.override.givenAt > startedAt
}

function overdue(inputs: ScheduleInputs, mode: Mode): Decision['nudge'] {
  const { records, bytes, oldestAt } = inputs.work
  if (mode === 'full' || records === 0 || oldestAt === null || inputs.now - oldestAt < NUDGE_AFTER_MS) return null
  return { records, bytes, oldestAt }
}

function nextTime(
  inputs: ScheduleInputs,
  memory: ScheduleMemory,
  gates: readonly Gate[],
  mode: Mode,
  overridden: boolean,
): number | null {
  const { now, work, override, run } = inputs
  const times = gates.map(gate => gate.changesAt)
  if (overridden && override !== null) times.push(override.givenAt + OVERRIDE_MS)
  // Told to start and not seen since, or allowed to and started too short a while ago: then is the time to look again.
  if (run === null && memory.startedAt !== null && (memory.asked || mode !== 'none'))
    times.push(memory.startedAt + START_GAP_MS)
  if (work.records > 0 && work.oldestAt !== null) times.push(work.oldestAt + NUDGE_AFTER_MS)
  const ahead = times.filter((time): time is number => time !== null && time > now)
  return ahead.length === 0 ? null : Math.min(...ahead)
}
