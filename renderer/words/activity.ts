/** Words of the Activity screen. */
import type { Exchange } from '../../core/model/activity.ts'
import type { ParkedItem, SyncView } from '../../core/model/api.ts'
import type { Reason } from '../../core/model/schedule.ts'
import { failureWords } from './failures.ts'
import { REASON_WORDS, type Tone } from './reasons.ts'
import { byteSize, count, plural } from './times.ts'

/** A reason by itself, without the facts of a moment. */
const BARE: SyncView = {
  reason: 'upToDate',
  facts: {},
  provider: null,
  waiting: { records: 0, bytes: 0 },
  files: null,
  progress: null,
  lastSyncAt: null,
  inSync: true,
  checks: [],
  overridable: false,
  parked: [],
  quarantined: [],
  bytesSent: 0,
  bytesReceived: 0,
}

export function reasonName(reason: Reason): { readonly name: string; readonly tone: Tone } {
  const { chip, tone } = REASON_WORDS[reason](BARE, 0)
  return { name: chip, tone }
}

export const activityWords = {
  title: 'Activity',
  emptyTitle: 'Nothing has been synced yet',
  emptyBody: 'Once a hub is connected, every exchange with it is listed here: when, how much, and why it ended.',
  ribbon: 'Last 24 hours',
  off: 'Not running',
  from: (name: string, from: string, to: string) => `${from} to ${to}: ${name}`,
  days: 'Sent and received per day',
  day: 'Day',
  sent: 'Sent',
  received: 'Received',
  active: 'Busy for',
  exchanges: 'Exchanges',
  show: 'Show',
  filters: { all: 'Everything', sent: 'What was sent', received: 'What was received', trouble: 'What did not go well' },
  none: 'Nothing of that kind.',
  older: 'Show older ones',
  most: (amount: string) => `Highest bar: ${amount}`,
  copy: 'Copy as CSV',
  copied: (lines: number) => `${plural(lines, 'line')} copied`,
  when: 'When',
  what: 'Changes',
  bytes: 'Amount',
  took: 'Took',
  outcome: 'Outcome',
  moved({ sent, received }: Exchange): string {
    const parts = [sent > 0 && `${count(sent)} sent`, received > 0 && `${count(received)} received`]
    return parts.filter(part => part !== false).join(', ') || 'None'
  },
  amount: ({ bytesSent, bytesReceived }: Exchange) => `${byteSize(bytesSent)} ↑ ${byteSize(bytesReceived)} ↓`,
  ended(exchange: Exchange): string {
    const { outcome, failure, times } = exchange
    if (outcome === 'done') return 'Both sides are the same'
    if (outcome === 'running') return 'Under way'
    const again = times > 1 ? ` (${count(times)} times)` : ''
    if (outcome === 'failed') return failure === null ? 'Failed' : failureWords({ code: failure }) + again
    return `Stopped: ${reasonName(exchange.reason).name.toLowerCase()}`
  },
  held: 'Held back',
  heldMore: 'These could not be exchanged. Everything else goes on without them, and nothing of them is lost.',
  retry: 'Try again',
  retried: 'They are tried again with the next exchange.',
  parked: 'Not sent',
  quarantined: 'Not taken',
  unnamed: {
    records: 'A record',
    types: 'A record type',
    devices: 'The name of a laptop',
    history: 'An earlier value',
  },
  why({ reason }: ParkedItem): string {
    const known: { readonly [reason: string]: string } = {
      tooLarge: 'It is too large for the hub. Make it smaller, and it is sent.',
      malformed: 'It is not of a form that this version knows. A newer version of Farfield may.',
      currentUnreadable: 'What the hub has of it cannot be read here, so it was not written over.',
      notMerged: 'It could not be combined with what the hub has. That is tried again by itself.',
      otherId: 'It came under the name of another.',
      hash: 'It was changed on its way or on the hub, so it was not believed.',
    }
    return known[reason] ?? 'The hub did not take it.'
  },
}

/** "3 s", "4 min": how long something took. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return 'under 1 s'
  if (milliseconds < 120_000) return `${Math.round(milliseconds / 1000)} s`
  if (milliseconds < 7_200_000) return `${Math.round(milliseconds / 60_000)} min`
  return `${Math.round(milliseconds / 3_600_000)} h`
}

/** For a spreadsheet: one line per exchange, times in ISO 8601. */
export function exchangesAsCsv(exchanges: readonly Exchange[]): string {
  const head = ['begun', 'ended', 'hub', 'sent', 'received', 'bytes sent', 'bytes received', 'outcome', 'why', 'times']
  const lines = exchanges.map(each => [
    new Date(each.begunAt).toISOString(),
    new Date(each.endedAt).toISOString(),
    each.provider,
    each.sent,
    each.received,
    each.bytesSent,
    each.bytesReceived,
    each.outcome,
    each.failure ?? each.reason,
    each.times,
  ])
  return [head, ...lines]
    .map(line => line.map(cell => `"${String(cell).replaceAll('"', '""')}"`).join(','))
    .join('\r\n')
}
