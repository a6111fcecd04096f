/**
 * The record of syncing (Activity): which exchanges there were, how each ended, and why nothing went when nothing did. Pure:
 * one observation after another is folded into days. It names no network and no record.
 */
import { FAILURE_CODES, type FailureCode } from './failure.ts'
import type { Value } from './record.ts'
import { type Reason, REASONS } from './schedule.ts'

/** What is known at one moment. The four amounts count up while one connection lasts, and begin again with the next. */
export interface Observation {
  readonly at: number
  readonly reason: Reason
  /** Replication may exchange. */
  readonly running: boolean
  /** Both sides were compared and are the same. */
  readonly inSync: boolean
  readonly failure: FailureCode | null
  readonly provider: string
  /** Documents. */
  readonly sent: number
  readonly received: number
  /** On the wire, TLS included. */
  readonly bytesSent: number
  readonly bytesReceived: number
}

/**
 * running: under way. done: both sides were compared and are the same. paused: it was told to end before that, `reason`
 * says why. failed: `failure` says why; `times` how often in a row.
 */
export type Outcome = 'running' | 'done' | 'paused' | 'failed'

export interface Exchange {
  readonly begunAt: number
  readonly endedAt: number
  readonly provider: string
  readonly sent: number
  readonly received: number
  readonly bytesSent: number
  readonly bytesReceived: number
  readonly outcome: Outcome
  readonly reason: Reason
  readonly failure: FailureCode | null
  readonly times: number
}

export interface ActivityDay {
  /** Local date, "2026-11-25". */
  readonly day: string
  /** Oldest first. */
  readonly exchanges: readonly Exchange[]
  /** When which reason began to hold, oldest first. */
  readonly reasons: readonly { readonly at: number; readonly reason: Reason }[]
  /** Everything that went over the wire on this day, what no exchange counts (asking for news) included. */
  readonly bytesSent: number
  readonly bytesReceived: number
}

export interface ActivityLog {
  /** The newest day. */
  readonly today: ActivityDay
  readonly last: Observation | undefined
}

/** What comes within this time belongs to the same exchange: a person's typing is not one exchange per letter. */
export const QUIET_MS = 60_000
/** More in one day would mean that something flaps; the oldest go. */
const MOST_PER_DAY = 500

/** The local date of a moment, "2026-11-25". */
export function localDay(at: number): string {
  const date = new Date(at)
  return [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(part => String(part).padStart(2, '0')).join('-')
}

export function emptyDay(day: string): ActivityDay {
  return { day, exchanges: [], reasons: [], bytesSent: 0, bytesReceived: 0 }
}

/** `day` is the local date of the observation. Another day than the log's begins a new one: keep the old one first. */
export function noteActivity(log: ActivityLog, now: Observation, day: string): ActivityLog {
  const { last } = log
  const isNewDay = log.today.day !== day
  let today = isNewDay ? emptyDay(day) : log.today
  const moved = {
    sent: grown(last?.sent, now.sent),
    received: grown(last?.received, now.received),
    bytesSent: grown(last?.bytesSent, now.bytesSent),
    bytesReceived: grown(last?.bytesReceived, now.bytesReceived),
  }
  if (today.reasons.at(-1)?.reason !== now.reason)
    today = { ...today, reasons: [...today.reasons, { at: now.at, reason: now.reason }].slice(-MOST_PER_DAY) }
  today = {
    ...today,
    bytesSent: today.bytesSent + moved.bytesSent,
    bytesReceived: today.bytesReceived + moved.bytesReceived,
  }
  const exchanges = noteExchange(today.exchanges, last, now, moved)
  return { today: { ...today, exchanges }, last: now }
}

type Moved = Pick<Observation, 'sent' | 'received' | 'bytesSent' | 'bytesReceived'>

function noteExchange(
  exchanges: readonly Exchange[],
  last: Observation | undefined,
  now: Observation,
  moved: Moved,
): readonly Exchange[] {
  const newest = exchanges.at(-1)
  const isOpen = newest?.outcome === 'running'
  const hasMoved = moved.sent > 0 || moved.received > 0
  const hasFailed = now.failure !== null && now.failure !== last?.failure
  if (!isOpen && !hasMoved && !hasFailed) return exchanges
  const goesOn =
    newest !== undefined &&
    newest.provider === now.provider &&
    (isOpen ||
      (hasMoved ? newest.outcome === 'done' && now.at - newest.endedAt < QUIET_MS : isSameFailure(newest, now)))
  const base: Exchange = goesOn
    ? newest
    : {
        begunAt: now.at,
        endedAt: now.at,
        provider: now.provider,
        sent: 0,
        received: 0,
        bytesSent: 0,
        bytesReceived: 0,
        outcome: 'running',
        reason: now.reason,
        failure: null,
        times: 1,
      }
  const again = goesOn && !isOpen && hasFailed
  const next: Exchange = {
    ...base,
    endedAt: Math.max(base.begunAt, now.at),
    sent: base.sent + moved.sent,
    received: base.received + moved.received,
    bytesSent: base.bytesSent + moved.bytesSent,
    bytesReceived: base.bytesReceived + moved.bytesReceived,
    times: again ? base.times + 1 : base.times,
    reason: now.reason,
    ...outcomeOf(now),
  }
  return goesOn ? [...exchanges.slice(0, -1), next] : [...exchanges, next].slice(-MOST_PER_DAY)
}

function outcomeOf(now: Observation): Pick<Exchange, 'outcome' | 'failure'> {
  if (now.failure !== null) return { outcome: 'failed', failure: now.failure }
  if (!now.running) return { outcome: 'paused', failure: null }
  return { outcome: now.inSync ? 'done' : 'running', failure: null }
}

/** The hub is away for a night: one line that counts, not hundreds. */
function isSameFailure(exchange: Exchange, now: Observation): boolean {
  return exchange.outcome === 'failed' && exchange.failure === now.failure
}

/** A smaller amount than before is the beginning of another connection's. */
function grown(before: number | undefined, now: number): number {
  return before === undefined || now < before ? now : now - before
}

/** What was kept, read as if a stranger had written it; undefined for anything else. */
export function asActivityDay(value: Value | undefined): ActivityDay | undefined {
  const object = asObject(value)
  if (object === undefined || typeof object['day'] !== 'string') return undefined
  const exchanges = list(object['exchanges']).flatMap(asExchange)
  const reasons = list(object['reasons']).flatMap(each => {
    const { at, reason: kept } = asObject(each) ?? {}
    const reason = REASONS.find(known => known === kept)
    return typeof at === 'number' && reason !== undefined ? [{ at, reason }] : []
  })
  const [bytesSent, bytesReceived] = [amount(object['bytesSent']), amount(object['bytesReceived'])]
  return { day: object['day'], exchanges, reasons, bytesSent, bytesReceived }
}

function asExchange(value: Value): readonly Exchange[] {
  const object = asObject(value)
  if (object === undefined) return []
  const outcome = (['running', 'done', 'paused', 'failed'] as const).find(known => known === object['outcome'])
  const reason = REASONS.find(known => known === object['reason'])
  const failure = FAILURE_CODES.find(known => known === object['failure']) ?? null
  if (outcome === undefined || reason === undefined || typeof object['provider'] !== 'string') return []
  const [begunAt, endedAt] = [amount(object['begunAt']), amount(object['endedAt'])]
  return [
    {
      begunAt,
      endedAt,
      provider: object['provider'],
      sent: amount(object['sent']),
      received: amount(object['received']),
      bytesSent: amount(object['bytesSent']),
      bytesReceived: amount(object['bytesReceived']),
      // Nothing is under way any more in what an earlier run has kept.
      outcome: outcome === 'running' ? 'paused' : outcome,
      reason,
      failure,
      times: amount(object['times']),
    },
  ]
}

function asObject(value: Value | undefined): { readonly [key: string]: Value } | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: Value })
    : undefined
}

function list(value: Value | undefined): readonly Value[] {
  return Array.isArray(value) ? (value as readonly Value[]) : []
}

function amount(value: Value | undefined): number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : 0
}
