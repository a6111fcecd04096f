/**
 * The nouns of the schedule: what is known when deciding whether the network may be used, what is remembered between two
 * decisions, and what a decision says. Plain data only; the rules themselves (S1-S10) are in schedule/.
 */
import type { Failure } from './failure.ts'

/** How much may be sent: nothing, small batches of text within a byte limit, or everything. */
export type Mode = 'none' | 'small' | 'full'

export type Metering = 'metered' | 'unmetered' | 'unknown'

/** What this laptop's own sensors say. Whatever could not be read is 'unknown' or null, never the last value seen. */
export interface ProbeReading {
  readonly metered: Metering
  /** The system guessed instead of being told; shown, never acted on. */
  readonly guessed: boolean
  readonly roamingOrOverLimit: boolean
  /** A hash that stays the same for one network on this laptop. It never holds a readable name. */
  readonly networkId: string | null
  /** For the screen only: not to be logged or stored. */
  readonly networkName: string | null
  /** What the system believes about the way out. 'full' is no proof: only the provider's own answer is. */
  readonly reach: 'none' | 'portal' | 'limited' | 'full' | 'unknown'
  readonly power: 'mains' | 'battery' | 'unknown'
  /** Percent, 0-100. */
  readonly level: number | null
  readonly hasBattery: boolean | null
  /** Power saver or low power mode is on. */
  readonly saver: boolean
  readonly suspended: boolean
  /** Which probe read this, for the detection report. */
  readonly source: string
  /** Epoch milliseconds. */
  readonly at: number
}

/** The user's choices. Ceilings say how much may be sent in that situation. */
export interface SchedulePolicy {
  readonly metered: Mode
  /** On a network whose metering cannot be told (rule S5). */
  readonly unknown: Mode
  readonly battery: Mode
  /** Percent below which nothing is sent on battery; with a band of 5 points (rule S2). */
  readonly batteryMin: number
  /** While the system's power saver is on. */
  readonly saver: Mode
  /** Minutes since local midnight, 0-1439; `from` > `to` runs over midnight. */
  readonly quietHours: { readonly from: number; readonly to: number } | null
  readonly quiet: Mode
  /** Bytes a day for 'small' on metered and unknown networks (rule S6). */
  readonly dailyBudget: number
  /** What the user said about single networks, by networkId; beats what was detected. */
  readonly networks: { readonly [networkId: string]: 'metered' | 'unmetered' }
}

/** What the user asked for: only unmetered connections and only on mains. */
export const DEFAULT_POLICY: SchedulePolicy = {
  metered: 'none',
  unknown: 'none',
  battery: 'none',
  batteryMin: 30,
  saver: 'none',
  quietHours: null,
  quiet: 'none',
  dailyBudget: 256 * 1024,
  networks: {},
}

/** Set by an organisation; the stricter of these and the user's choices holds (rule S8). */
export interface AdminCeilings {
  readonly off: boolean
  readonly metered: Mode
  readonly unknown: Mode
  readonly battery: Mode
}

export const NO_CEILINGS: AdminCeilings = { off: false, metered: 'full', unknown: 'full', battery: 'full' }

/** "Sync once anyway" (rule S3): bound to the network it was given on. */
export interface Override {
  readonly givenAt: number
  readonly networkId: string | null
}

/** "Paused by you until 15:00"; null: until resumed. */
export interface Pause {
  readonly until: number | null
}

/** The provider as replication last met it. */
export interface ProviderState {
  /** A provider is set up. */
  readonly connected: boolean
  /** null after a success, else why the last exchange failed. */
  readonly trouble: Failure | null
  /** Consecutive failures; 0 after a success. */
  readonly failures: number
  readonly failedAt: number | null
  /** 0 to 1, drawn once for each failure (rule S7). */
  readonly jitter: number
}

/** What waits to be sent, without what is parked. */
export interface Work {
  readonly records: number
  readonly bytes: number
  /** Photos and files that still have to be sent or fetched, without those that cannot be. */
  readonly files: number
  /** Bytes of the smallest waiting item: below it a budget is of no use (rule S6). */
  readonly smallest: number | null
  /** When the oldest unsent change was made (rule S9). */
  readonly oldestAt: number | null
  /** Everything was sent and fetched and the digest matched. */
  readonly inSync: boolean
  /** When that was last so. */
  readonly syncedAt: number | null
  /** The provider announces news on an open connection, worth holding while nothing waits. */
  readonly live: boolean
}

/** What replication is doing this moment. */
export interface Run {
  /** The mode it was started in. */
  readonly mode: Mode
  /** Bytes of the text batch on the wire; 0 between batches. */
  readonly batchBytes: number
  /** A photo or file is being moved. */
  readonly files: boolean
}

/** All that a decision depends on, besides the memory. */
export interface ScheduleInputs {
  /** Epoch milliseconds. */
  readonly now: number
  /** Minutes east of UTC. */
  readonly utcOffset: number
  readonly policy: SchedulePolicy
  readonly admin: AdminCeilings
  readonly reading: ProbeReading
  readonly provider: ProviderState
  readonly work: Work
  /** null: replication holds no connection. */
  readonly run: Run | null
  readonly pause: Pause | null
  readonly override: Override | null
}

/** What one decision hands to the next. JSON, so that it can be kept over a restart. */
export interface ScheduleMemory {
  /** The mode this laptop's surroundings were last granted (rule S2). */
  readonly settled: Mode
  /** Since when the surroundings have permitted at least that much without a break. */
  readonly smallSince: number | null
  readonly fullSince: number | null
  /** The battery fell below its threshold and has not risen above the band since. */
  readonly batteryLow: boolean
  /** The last network that had an id; another one forgives failures (rule S7). */
  readonly networkId: string | null
  readonly forgiven: number
  /** When replication was last told to start, and whether it still has to show that it did. */
  readonly startedAt: number | null
  readonly asked: boolean
  /** Bytes spent on costly networks on one local day (days since the epoch). */
  readonly budget: { readonly day: number; readonly spent: number }
}

/** Nothing has been forbidden yet, so the first permission needs no settling. */
export const FIRST_MEMORY: ScheduleMemory = {
  settled: 'full',
  smallSince: null,
  fullSince: null,
  batteryLow: false,
  networkId: null,
  forgiven: 0,
  startedAt: null,
  asked: false,
  budget: { day: 0, spent: 0 },
}

/** Why the decision is what it is; the page has words and at most one action for each (docs/schedule-rules.md). */
export const REASONS = [
  // going on
  'upToDate', // nothing waits and the digest matched
  'running', // allowed, and there is something to do
  'override', // allowed because it was asked for once
  'meteredSmall', // small changes only: the network is metered
  'meteredUnknownSmall', // small changes only: cannot tell whether it is metered
  // stopped from outside
  'suspended',
  'adminOff',
  'off', // no provider: everything is kept on this laptop
  'pausedByUser',
  'offline',
  'captive',
  'retryAfter',
  // trouble with the provider or with this laptop
  'unreachable',
  'hubFault',
  'hubNonsense',
  'signIn',
  'untrusted',
  'providerFull',
  'diskFull',
  'locked',
  'clockWrong',
  // stopped by a rule
  'metered',
  'meteredUnknown',
  'roaming',
  'budgetSpent',
  'onBattery',
  'batteryLow',
  'powerUnknown',
  'saver',
  'quietHours',
  'adminMetered',
  'adminBattery',
  'settling',
] as const
export type Reason = (typeof REASONS)[number]

export type Action = 'none' | 'start' | 'continue' | 'drain' | 'abort'

export interface Decision {
  readonly mode: Mode
  /** Most bytes of one run; 0 when nothing may be sent. */
  readonly maxBytes: number
  /** Photos and files may be moved too: records come first (rule S10). */
  readonly files: boolean
  readonly reason: Reason
  /** When the reason ends by itself, for the words on screen; null when it does not. */
  readonly until: number | null
  readonly action: Action
  /** Decide again then; always in the future. null: only something new can change the decision. */
  readonly nextAt: number | null
  /** "Sync once anyway" would really help. */
  readonly overridable: boolean
  /** The oldest unsent change has waited too long: tell the user, send nothing (rule S9). */
  readonly nudge: { readonly records: number; readonly bytes: number; readonly oldestAt: number } | null
}

/** A line of the popover's checklist: passes or not, why, and the facts behind it. `reason` is null at mode 'full'. */
export type Check =
  | {
      readonly name: 'power'
      readonly passes: boolean
      readonly reason: Reason | null
      readonly power: ProbeReading['power']
      readonly level: number | null
      readonly saver: boolean
    }
  | {
      readonly name: 'network'
      readonly passes: boolean
      readonly reason: Reason | null
      readonly network: string | null
      readonly metering: Metering
      /** Who said so: the system for sure, the system's guess, or the user. */
      readonly from: 'system' | 'guess' | 'you'
    }
  | {
      readonly name: 'provider'
      readonly passes: boolean
      readonly reason: Reason | null
      readonly until: number | null
      readonly detail: string | null
    }
