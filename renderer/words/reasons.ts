/**
 * The sync chip's words and the popover's sentences for every reason a decision can have; the compiler refuses a reason
 * without words. Each says the cause and, where known, until when and what would change it.
 */
import type { SyncView } from '../../core/model/api.ts'
import type { Check, Reason } from '../../core/model/schedule.ts'
import { byteSize, count, plural, relativeTime, span, untilTime } from './times.ts'

export type Tone = 'good' | 'busy' | 'wait' | 'quiet' | 'bad'

/** What the person can do about it, if anything. */
export type Remedy =
  | 'syncNow'
  | 'syncOnce'
  | 'pause'
  | 'resume'
  | 'treatUnmetered'
  | 'treatEither'
  | 'connect'
  | 'reconnect'
  | 'changePower'

export interface ReasonWords {
  /** A few words for the chip. */
  readonly chip: string
  /** The popover's heading; one sentence without a full stop. */
  readonly title: string
  /** What would change it, with a full stop; empty when nothing is to be said. */
  readonly next: string
  readonly tone: Tone
  readonly remedies: readonly Remedy[]
}

type Describe = (sync: SyncView, now: number) => ReasonWords

function batteryWords(sync: SyncView): string {
  const level = sync.facts.battery
  return level === undefined ? '' : ` ${Math.round(level)} %`
}

function networkWords(sync: SyncView): string {
  const name = sync.facts.networkName
  return name === undefined || name === '' ? 'This network' : `“${name}”`
}

function untilWords(sync: SyncView, now: number, before: string): string {
  return sync.facts.until === undefined ? '' : `${before}${untilTime(sync.facts.until, now)}`
}

function waitingWords(sync: SyncView): string {
  const { what, bytes } = waitsHere(sync)
  return what === '' ? '' : `${what} (${byteSize(bytes)})`
}

function progressWords(sync: SyncView): string {
  const progress = sync.progress
  if (progress === null) return movingFile(sync) ?? 'Syncing'
  const verb = progress.direction === 'send' ? 'Sending' : 'Receiving'
  if (progress.total === null) return progress.done === 0 ? verb : `${verb} ${count(progress.done)}`
  return `${verb} ${count(progress.done)} of ${count(progress.total)}`
}

function running(sync: SyncView, next: string): ReasonWords {
  const held = sync.parked.length + sync.quarantined.length
  // All there is left to do is what cannot be done.
  if (sync.progress === null && held > 0 && sync.waiting.records <= sync.parked.length) {
    const title = `${plural(held, 'record')} held back`
    return { chip: title, title, next: '', tone: 'wait', remedies: ['syncNow', 'pause'] }
  }
  const words = progressWords(sync)
  const moving = sync.progress === null ? sync.files?.moving : undefined
  const bytes =
    moving != null
      ? `, ${byteSize(moving.done)} of ${byteSize(moving.bytes)}`
      : sync.progress === null || sync.progress.bytes === 0
        ? ''
        : `, ${byteSize(sync.progress.bytes)}`
  return { chip: words, title: words + bytes, next, tone: 'busy', remedies: ['pause'] }
}

function upToDate(sync: SyncView, now: number): ReasonWords {
  const at = sync.lastSyncAt
  const ago = at === null ? '' : now - at < 45_000 ? ', just now' : `, ${span(now - at)} ago`
  if (sync.inSync) {
    // Records were compared; of files it is said only once all are where they should be.
    const isWhole = sync.files === null || (sync.files.counted && sync.files.troubles.length === 0)
    const held = sync.files === null ? 0 : sync.files.troubles.reduce((sum, { files }) => sum + files, 0)
    return {
      chip: held === 0 ? `Up to date${ago}` : `${plural(held, 'file')} held back`,
      title: isWhole ? 'Up to date' : 'Records are up to date',
      next: isWhole ? 'What is here equals what the hub has, photos and files too.' : '',
      tone: held === 0 ? 'good' : 'wait',
      remedies: ['syncNow', 'pause'],
    }
  }
  // Never say "up to date" unless the digest matched.
  return {
    chip: 'Checking with the hub',
    title: 'Checking with the hub',
    next: '',
    tone: 'busy',
    remedies: ['syncNow'],
  }
}

function still(
  chip: string,
  title: string,
  next: string,
  remedies: readonly Remedy[],
  tone: Tone = 'wait',
): ReasonWords {
  return { chip, title, next, tone, remedies }
}

export const REASON_WORDS: { readonly [reason in Reason]: Describe } = {
  upToDate,
  running: sync => running(sync, ''),
  override: sync => running(sync, 'Once, because you asked.'),
  meteredSmall: sync => running(sync, 'Only small changes: this network is metered.'),
  meteredUnknownSmall: sync => running(sync, 'Only small changes: this network may be metered.'),
  suspended: () => still('Asleep', 'This laptop is asleep', 'Continues when it wakes.', [], 'quiet'),
  adminOff: () => still('Sync is off', 'Your organisation does not allow sync', '', [], 'quiet'),
  off: () =>
    still(
      'On this laptop only',
      'Everything is kept on this laptop',
      'Connect a hub to share it.',
      ['connect'],
      'quiet',
    ),
  pausedByUser: (sync, now) =>
    still(
      `Paused by you${untilWords(sync, now, ' until ')}`,
      `Paused by you${untilWords(sync, now, ' until ')}`,
      'Continues when you resume.',
      ['resume', 'syncOnce'],
      'quiet',
    ),
  offline: () => still('Offline', 'Offline, working on this laptop', 'Continues when there is a network.', [], 'quiet'),
  captive: () =>
    still('Sign in to Wi-Fi', 'Sign in to this Wi-Fi first', 'Open a web browser; this network wants a sign-in.', []),
  retryAfter: (sync, now) =>
    still(
      `Hub busy${untilWords(sync, now, ', waits until ')}`,
      `The hub asked us to wait${untilWords(sync, now, ' until ')}`,
      'Continues by itself.',
      [],
    ),
  unreachable: (sync, now) =>
    still(
      'Hub did not answer',
      `The hub did not answer${untilWords(sync, now, ', trying again ')}`,
      'Everything is kept here meanwhile.',
      ['syncNow'],
    ),
  hubFault: (sync, now) =>
    still(
      'Hub has a problem',
      `The hub has a problem of its own${untilWords(sync, now, ', trying again ')}`,
      'Everything is kept here meanwhile.',
      ['syncNow'],
      'bad',
    ),
  hubNonsense: (sync, now) =>
    still(
      'Hub not understood',
      `What answered is not a Farfield hub${untilWords(sync, now, ', trying again ')}`,
      'Nothing was taken from it.',
      ['syncNow'],
      'bad',
    ),
  signIn: () =>
    still(
      'Hub needs a new code',
      'The hub no longer knows this laptop',
      'Connect again with a new pairing code.',
      ['reconnect'],
      'bad',
    ),
  untrusted: () =>
    still(
      'Hub not trusted',
      'The hub’s certificate is not trusted',
      'Nothing is sent until this is settled.',
      ['reconnect'],
      'bad',
    ),
  providerFull: () =>
    still('Hub is full', 'The hub is full', 'Make room there; everything is kept here.', ['syncNow'], 'bad'),
  diskFull: () =>
    still('Disk is full', 'This laptop’s disk is full', 'Make room here, then it continues.', ['syncNow'], 'bad'),
  locked: () => still('Locked', 'The workspace is locked', 'Continues when it is unlocked.', [], 'quiet'),
  clockWrong: () =>
    still(
      'Check the clock',
      'This laptop’s clock looks wrong',
      'Set the date and time, then it continues.',
      ['syncNow'],
      'bad',
    ),
  metered: sync =>
    still(
      'Waiting, metered network',
      `Waiting: ${networkWords(sync)} is metered`,
      waitingWords(sync) === '' ? 'Continues on another network.' : `${waitingWords(sync)} go on another network.`,
      ['syncOnce', 'treatUnmetered'],
    ),
  meteredUnknown: sync =>
    still(
      'Metered network?',
      'Can’t tell if this network is metered',
      `Say so once for ${networkWords(sync) === 'This network' ? 'this network' : networkWords(sync)} and it is remembered.`,
      ['treatEither', 'syncOnce'],
    ),
  roaming: () =>
    still('Waiting, roaming', 'Waiting: roaming or over the limit', 'Continues on another network.', ['syncOnce']),
  budgetSpent: () =>
    still('Daily amount used', 'Today’s amount for metered networks is used', 'More at 00:00.', ['syncOnce']),
  onBattery: sync =>
    still(
      `Paused, battery${batteryWords(sync)}`,
      `Paused: on battery${batteryWords(sync) === '' ? '' : `,${batteryWords(sync)}`}`,
      'Continues when plugged in.',
      ['syncOnce', 'changePower'],
    ),
  batteryLow: sync =>
    still(
      `Paused, battery${batteryWords(sync)}`,
      `Paused: battery low${batteryWords(sync) === '' ? '' : `,${batteryWords(sync)}`}`,
      'Continues when plugged in or charged.',
      ['syncOnce', 'changePower'],
    ),
  powerUnknown: () =>
    still('Paused, power unknown', 'Paused: can’t tell if this laptop is plugged in', 'Continues on mains power.', [
      'syncOnce',
      'changePower',
    ]),
  saver: () =>
    still('Paused, power saver', 'Paused: power saver is on', 'Continues when power saver is off.', ['syncOnce']),
  quietHours: (sync, now) =>
    still(
      `Waits${untilWords(sync, now, ' until ') || ', quiet hours'}`,
      `Quiet hours${untilWords(sync, now, ' until ')}`,
      'Continues by itself.',
      ['syncOnce'],
      'quiet',
    ),
  adminMetered: () =>
    still('Waiting, metered', 'Your organisation does not allow sync on metered networks', '', [], 'quiet'),
  adminBattery: () => still('Paused, battery', 'Your organisation does not allow sync on battery', '', [], 'quiet'),
  settling: () => still('Starting soon', 'Connection just came back', 'Starting in a few seconds.', [], 'busy'),
}

export function reasonWords(sync: SyncView, now: number): ReasonWords {
  return REASON_WORDS[sync.reason](sync, now)
}

export interface CheckWords {
  readonly label: string
  readonly fact: string
  /** The rule behind it when it does not pass. */
  readonly rule: string
}

export function checkWords(check: Check, sync: SyncView): CheckWords {
  switch (check.name) {
    case 'power': {
      const level = check.level === null ? '' : `, ${Math.round(check.level)} %`
      const power =
        check.power === 'mains'
          ? 'On mains'
          : check.power === 'battery'
            ? `On battery${level}`
            : 'Can’t tell the power source'
      return {
        label: 'Power',
        fact: check.saver ? `${power}, power saver on` : power,
        rule: check.passes ? '' : check.reason === 'saver' ? 'rule: not in power saver' : 'rule: only on mains',
      }
    }
    case 'network': {
      const name = check.network === null ? '' : `“${check.network}”, `
      const metering =
        check.reason === 'offline'
          ? 'No network'
          : check.metering === 'metered'
            ? 'metered'
            : check.metering === 'unmetered'
              ? 'not metered'
              : 'can’t tell if metered'
      const from = check.from === 'you' ? ' (you said so)' : check.from === 'guess' ? ' (best guess)' : ''
      return {
        label: 'Network',
        fact: capital(check.reason === 'offline' ? metering : `${name}${metering}${from}`),
        rule: check.passes || check.reason === 'offline' ? '' : 'rule: only unmetered',
      }
    }
    case 'provider': {
      const provider = sync.provider
      if (provider === null) return { label: 'Provider', fact: 'None connected', rule: '' }
      const tls = provider.tls === undefined ? '' : `, ${provider.tls}`
      return {
        label: 'Provider',
        fact: `Hub at ${provider.host}${tls}${provider.verified ? ', verified' : ''}`,
        rule: '',
      }
    }
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** "Last sync 09:12, 3 h ago" */
export function lastSyncWords(sync: SyncView, now: number): string {
  if (sync.provider === null) return ''
  return sync.lastSyncAt === null ? 'Not synced yet' : `Last sync ${relativeTime(sync.lastSyncAt, now)}`
}

/** "12 changes and 3 photos wait here, about 4.2 MB"; what waits on the hub in a sentence of its own. */
export function waitingSentence(sync: SyncView): string {
  const { what, things, bytes } = waitsHere(sync)
  const here =
    what === '' ? 'No changes wait here' : `${what} ${things === 1 ? 'waits' : 'wait'} here, about ${byteSize(bytes)}`
  const { files, photos, bytes: size } = sync.files?.fetch ?? { files: 0, photos: 0, bytes: 0 }
  if (files === 0) return here
  const there = plural(files, photos === files ? 'photo' : 'file')
  return `${here}. ${there} ${files === 1 ? 'is' : 'are'} to be fetched, ${byteSize(size)}`
}

function waitsHere(sync: SyncView): { readonly what: string; readonly things: number; readonly bytes: number } {
  const { records, bytes } = sync.waiting
  const { files, photos, bytes: size } = sync.files?.send ?? { files: 0, photos: 0, bytes: 0 }
  const parts = [
    ...(records === 0 ? [] : [plural(records, 'change')]),
    ...(files === 0 ? [] : [plural(files, photos === files ? 'photo' : 'file')]),
  ]
  return { what: parts.join(' and '), things: records + files, bytes: bytes + size }
}

/** "Sending photo 2 of 5" */
function movingFile(sync: SyncView): string | null {
  if (sync.files?.moving == null) return null
  const { direction, photo, nth, of } = sync.files.moving
  return `${direction === 'send' ? 'Sending' : 'Fetching'} ${photo ? 'photo' : 'file'} ${count(nth)} of ${count(of)}`
}
