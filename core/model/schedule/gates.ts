/**
 * The gates between this laptop's changes and the network. Each says how much it lets through and why; none knows of the
 * others (rule S1 combines them). Pure; order matters: a tie goes to the earlier one.
 */
import type { Metering, Mode, Reason, ScheduleInputs } from '../schedule.ts'
import {
  LONGEST_BACKOFF_MS,
  LONGEST_RETRY_AFTER_MS,
  SETTLE_MS,
  backoffMs,
  localDay,
  lower,
  startOfDay,
  withinHours,
} from './limits.ts'

export interface Gate {
  readonly name: GateName
  readonly mode: Mode
  readonly reason: Reason
  /** When this gate changes by the passing of time alone. */
  readonly changesAt: number | null
}

export type GateName =
  | 'suspended'
  | 'adminOff'
  | 'off'
  | 'paused'
  | 'offline'
  | 'captive'
  | 'trouble'
  | 'retryAfter'
  | 'backoff'
  | 'idle'
  | 'network'
  | 'power'
  | 'saver'
  | 'quiet'
  | 'settling'

/** What the gates need to know beyond the inputs: the memory, brought up to date. */
export interface GateFacts {
  readonly settled: Mode
  readonly smallSince: number | null
  readonly fullSince: number | null
  readonly batteryLow: boolean
  /** Consecutive failures on this network. */
  readonly failures: number
  readonly budget: { readonly day: number; readonly spent: number }
  /** "Sync once anyway" is in force (rule S3). */
  readonly overridden: boolean
}

/** Rule S4: what makes a run pointless or forbidden at once; nothing drains past these. */
export const HARD_GATES: readonly GateName[] = ['suspended', 'adminOff', 'off', 'offline', 'captive']

/** Rule S2: the gates that stand for the surroundings, as against wishes and the provider. */
export const SURROUNDINGS: readonly GateName[] = ['suspended', 'offline', 'captive', 'network', 'power', 'saver']

/** Rule S5: the user's word on this network beats what was detected. */
export function effectiveMetering(inputs: ScheduleInputs): Metering {
  const { networkId, metered } = inputs.reading
  const { networks } = inputs.policy
  const chosen = networkId !== null && Object.hasOwn(networks, networkId) ? networks[networkId] : undefined
  return chosen ?? metered
}

/** The stricter of user and admin for the present network (rule S8). */
export function networkCeiling(inputs: ScheduleInputs): Mode {
  const metering = effectiveMetering(inputs)
  return metering === 'unmetered' ? 'full' : lower(inputs.policy[metering], inputs.admin[metering])
}

/** Rule S6: bytes that 'small' may still spend on a costly network today. */
export function budgetLeft(inputs: ScheduleInputs, spent: number): number {
  return Math.max(0, inputs.policy.dailyBudget - spent)
}

/** All gates but 'settling', in the order of rule S1. */
export function listGates(inputs: ScheduleInputs, facts: GateFacts): readonly Gate[] {
  const { reading, admin, provider } = inputs
  return [
    gate('suspended', reading.suspended ? 'none' : 'full', 'suspended'),
    gate('adminOff', admin.off ? 'none' : 'full', 'adminOff'),
    gate('off', provider.connected ? 'full' : 'none', 'off'),
    pausedGate(inputs, facts),
    gate('offline', reading.reach === 'none' ? 'none' : 'full', 'offline'),
    gate('captive', reading.reach === 'portal' ? 'none' : 'full', 'captive'),
    ...providerGates(inputs, facts),
    idleGate(inputs, facts),
    networkGate(inputs, facts),
    powerGate(inputs, facts),
    gate('saver', facts.overridden || !reading.saver ? 'full' : inputs.policy.saver, 'saver'),
    quietGate(inputs, facts),
  ]
}

/** The strictest gate; the earlier one of several (rule S1). */
export function strictest(gates: readonly Gate[]): Gate | undefined {
  return gates.reduce<Gate | undefined>(
    (found, next) => (found !== undefined && lower(found.mode, next.mode) === found.mode ? found : next),
    undefined,
  )
}

/** Rule S2: more is granted only after the surroundings have permitted it for a while. */
export function settlingGate(facts: GateFacts): Gate {
  if (facts.overridden || facts.settled === 'full') return gate('settling', 'full', 'settling')
  const since = facts.settled === 'none' ? (facts.smallSince ?? facts.fullSince) : facts.fullSince
  return gate('settling', facts.settled, 'settling', since === null ? null : since + SETTLE_MS)
}

function gate(name: GateName, mode: Mode, reason: Reason, changesAt: number | null = null): Gate {
  return { name, mode, reason, changesAt }
}

function pausedGate(inputs: ScheduleInputs, facts: GateFacts): Gate {
  const { pause, now } = inputs
  const paused = pause !== null && (pause.until === null || pause.until > now)
  if (!paused || facts.overridden) return gate('paused', 'full', 'pausedByUser')
  return gate('paused', 'none', 'pausedByUser', pause.until)
}

/** Rule S7, and what only a person can mend. One of the three gates is closed at most. */
function providerGates(inputs: ScheduleInputs, facts: GateFacts): readonly Gate[] {
  const { now } = inputs
  const { trouble, failedAt, jitter } = inputs.provider
  const open = [gate('trouble', 'full', 'unreachable'), gate('retryAfter', 'full', 'retryAfter')]
  const through = gate('backoff', 'full', 'unreachable')
  // A failure from the future: the clock was set back, and no wait can be computed from it.
  if (trouble === null || failedAt === null || failedAt > now) return [...open, through]
  const closed = (name: GateName, reason: Reason, until: number): readonly Gate[] =>
    until > now
      ? [...open, through].map(each => (each.name === name ? gate(name, 'none', reason, until) : each))
      : [...open, through]

  if (trouble.code === 'retryAfter') {
    const seconds = Number(trouble.detail)
    const asked = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : backoffMs(1, jitter)
    return closed('retryAfter', 'retryAfter', failedAt + Math.min(asked, LONGEST_RETRY_AFTER_MS))
  }
  // A new network has forgiven what went wrong on the last one.
  if (facts.failures === 0) return [...open, through]
  const lasting = LASTING[trouble.code]
  if (lasting !== undefined) return closed('trouble', lasting, failedAt + LONGEST_BACKOFF_MS)
  // S3: "now" means now, but a failure after it waits as any other does.
  if (facts.overridden && inputs.override !== null && failedAt <= inputs.override.givenAt) return [...open, through]
  const reason = PASSING[trouble.code] ?? 'unreachable'
  return closed('backoff', reason, failedAt + backoffMs(facts.failures, jitter))
}

/** Waits for a person; asked again only every half hour. */
const LASTING: { readonly [code: string]: Reason } = {
  signIn: 'signIn',
  pairingRefused: 'signIn',
  untrusted: 'untrusted',
  providerFull: 'providerFull',
  diskFull: 'diskFull',
}

/** Goes away by itself more often than not. */
const PASSING: { readonly [code: string]: Reason } = {
  offline: 'offline',
  hubFault: 'hubFault',
  hubNonsense: 'hubNonsense',
}

/** A provider that announces nothing needs no connection while nothing waits. */
function idleGate(inputs: ScheduleInputs, facts: GateFacts): Gate {
  const { records, files, inSync, live } = inputs.work
  return gate(
    'idle',
    !live && records === 0 && files === 0 && inSync && !facts.overridden ? 'none' : 'full',
    'upToDate',
  )
}

function networkGate(inputs: ScheduleInputs, facts: GateFacts): Gate {
  const metering = effectiveMetering(inputs)
  if (metering === 'unmetered') return gate('network', 'full', 'metered')
  const wished = facts.overridden ? 'full' : inputs.policy[metering]
  const allowed = inputs.admin[metering]
  const mode = lower(wished, allowed)
  if (mode !== wished) return budgeted(inputs, facts, mode, 'adminMetered', 'adminMetered')
  return metering === 'metered'
    ? budgeted(inputs, facts, mode, 'metered', 'meteredSmall')
    : budgeted(inputs, facts, mode, 'meteredUnknown', 'meteredUnknownSmall')
}

/** Rule S6: what is left of a ceiling after roaming and today's budget. */
function budgeted(inputs: ScheduleInputs, facts: GateFacts, mode: Mode, none: Reason, small: Reason): Gate {
  if (mode === 'none') return gate('network', 'none', none)
  if (facts.overridden) return gate('network', mode, small)
  if (inputs.reading.roamingOrOverLimit) return gate('network', 'none', 'roaming')
  if (mode === 'full') return gate('network', 'full', small)
  const left = budgetLeft(inputs, facts.budget.spent)
  if (left < Math.max(1, inputs.work.smallest ?? 1)) {
    const today = Math.max(facts.budget.day, localDay(inputs.now, inputs.utcOffset))
    return gate('network', 'none', 'budgetSpent', startOfDay(today + 1, inputs.utcOffset))
  }
  return gate('network', 'small', small)
}

/** Rule S8: an admin's ceiling on top of what is left of the user's own. */
function powerGate(inputs: ScheduleInputs, facts: GateFacts): Gate {
  const { power, hasBattery } = inputs.reading
  // Rule S5: unknown power is mains only where there surely is no battery.
  if (power === 'mains' || (power === 'unknown' && hasBattery === false)) return gate('power', 'full', 'onBattery')
  const own = facts.overridden ? gate('power', 'full', 'onBattery') : ownPowerGate(inputs, facts, power)
  const mode = lower(own.mode, inputs.admin.battery)
  return mode === own.mode ? own : gate('power', mode, 'adminBattery')
}

function ownPowerGate(inputs: ScheduleInputs, facts: GateFacts, power: 'battery' | 'unknown'): Gate {
  const { battery } = inputs.policy
  if (power === 'unknown') return gate('power', lower(battery, 'small'), 'powerUnknown')
  if (battery === 'none') return gate('power', 'none', 'onBattery')
  if (inputs.reading.level === null) return gate('power', lower(battery, 'small'), 'powerUnknown')
  return facts.batteryLow ? gate('power', 'none', 'batteryLow') : gate('power', battery, 'onBattery')
}

function quietGate(inputs: ScheduleInputs, facts: GateFacts): Gate {
  const { quietHours, quiet } = inputs.policy
  if (quietHours === null || facts.overridden) return gate('quiet', 'full', 'quietHours')
  const { inside, changesAt } = withinHours(quietHours, inputs.now, inputs.utcOffset)
  return gate('quiet', inside ? quiet : 'full', 'quietHours', changesAt)
}
