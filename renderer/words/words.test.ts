import { describe, expect, it } from 'vitest'
import type { SyncView } from '../../core/model/api.ts'
import { ROW_REASONS } from '../../core/model/api.ts'
import { INVALID_REASONS } from '../../core/model/fields/rules.ts'
import { FAILURE_CODES } from '../../core/model/failure.ts'
import { FIELD_KINDS } from '../../core/model/record-type.ts'
import { REASONS } from '../../core/model/schedule.ts'
import { failureWords } from './failures.ts'
import { KIND_WORDS, reasonOf } from './fields.ts'
import type { FilePlace, FileTraffic, FileTrouble } from '../../core/model/api.ts'
import { placeWords, trafficTroubles } from './files.ts'
import { reasonWords, waitingSentence } from './reasons.ts'
import { byteSize, relativeTime, untilTime } from './times.ts'

const NOW = new Date(2026, 11, 4, 12, 0).getTime()
const HOUR = 3_600_000

const SYNC: SyncView = {
  reason: 'upToDate',
  facts: { battery: 43, networkName: 'Pixel hotspot', until: NOW + 2 * HOUR },
  provider: { name: 'hub', host: 'hub.example.org', port: 4430, tls: 'TLS 1.3', verified: true },
  waiting: { records: 12, bytes: 34_000 },
  files: null,
  progress: { direction: 'send', done: 12, total: 40, bytes: 1_100_000 },
  lastSyncAt: NOW - 2 * 60_000,
  inSync: true,
  checks: [],
  overridable: false,
  parked: [],
  quarantined: [],
  bytesSent: 0,
  bytesReceived: 0,
}

const FORBIDDEN = /\b(local|remote|ours|theirs|undefined|null|NaN)\b/i

describe('words', () => {
  const NO_FILES = { files: 0, photos: 0, bytes: 0 }
  const TRAFFIC: FileTraffic = { counted: true, send: NO_FILES, fetch: NO_FILES, moving: null, troubles: [] }
  const TROUBLES = {
    tooLarge: 0,
    providerFull: 0,
    diskFull: 0,
    notThere: 0,
    wrongContent: 0,
    fileDamaged: 0,
    internal: 0,
  } satisfies { [trouble in FileTrouble]: 0 }

  it('counts photos and files beside changes, and says what is to be fetched', () => {
    const three = { files: 3, photos: 3, bytes: 4_100_000 }
    const sync: SyncView = { ...SYNC, progress: null, files: { ...TRAFFIC, send: three } }
    expect(waitingSentence(sync)).toBe('12 changes and 3 photos wait here, about 4.1 MB')
    const waiting = { records: 0, bytes: 0 }
    const one = { files: 1, photos: 0, bytes: 1000 }
    expect(waitingSentence({ ...sync, waiting, files: { ...TRAFFIC, send: one, fetch: three } })).toBe(
      '1 file waits here, about 1 KB. 3 photos are to be fetched, 4.1 MB',
    )
    const moving = { direction: 'send', photo: true, nth: 2, of: 5, done: 1_000_000, bytes: 2_000_000 } as const
    const said = reasonWords({ ...sync, reason: 'running', files: { ...TRAFFIC, moving } }, NOW)
    expect([said.chip, said.title]).toEqual(['Sending photo 2 of 5', 'Sending photo 2 of 5, 1.0 MB of 2.0 MB'])
  })

  it('says "up to date" of photos and files only when all are where they should be', () => {
    expect(reasonWords({ ...SYNC, files: TRAFFIC }, NOW).next).toContain('photos and files too')
    const troubles = [{ trouble: 'notThere', files: 2, photos: 2, bytes: 10 }] as const
    for (const files of [
      { ...TRAFFIC, counted: false },
      { ...TRAFFIC, troubles },
    ])
      expect(reasonWords({ ...SYNC, files }, NOW)).toMatchObject({ title: 'Records are up to date', next: '' })
    const held = reasonWords({ ...SYNC, files: { ...TRAFFIC, troubles } }, NOW)
    expect([held.chip, held.tone]).toEqual(['2 files held back', 'wait'])
  })

  it('has words for every place a file can be in, and offers what would really help', () => {
    const place: FilePlace = { hash: 'a', here: true, there: true, moving: null, asked: false, trouble: null }
    const say = (change: Partial<FilePlace>, sync: Partial<SyncView> = {}) =>
      placeWords({ ...place, ...change }, { ...SYNC, reason: 'running', ...sync }, NOW)
    expect(say({}).text).toBe('on the hub')
    expect(say({}, { provider: null }).text).toBe('')
    expect(say({ there: false }).text).toBe('Waits to be sent')
    expect(say({ here: false })).toMatchObject({ text: 'On the hub, not on this laptop', remedy: 'fetch' })
    const battery = { reason: 'onBattery', overridable: true } as const
    expect(say({ there: false }, battery).text).toBe('Not sent yet. Paused: on battery, 43 %.')
    const asked = { here: false, asked: true }
    expect(say(asked, battery)).toMatchObject({ text: 'Waits. Paused: on battery, 43 %.', remedy: 'fetchAnyway' })
    expect(say(asked, { ...battery, overridable: false }).remedy).toBeNull()
    expect(say(asked, { reason: 'meteredSmall' }).text).toContain('Only small changes')
    expect(say({ moving: { direction: 'fetch', done: 1000, total: 2000 } }).text).toBe('Fetching, 1 KB of 2 KB')
    for (const trouble of Object.keys(TROUBLES) as FileTrouble[]) {
      expect(say({ here: false, there: false, trouble }).text).toMatch(/^[A-Z].*\.$/)
      for (const files of [1, 2]) {
        const [sentence] = trafficTroubles({ ...TRAFFIC, troubles: [{ trouble, files, photos: 0, bytes: 10 }] })
        expect(sentence).toMatch(/^\d files? .*\)$/)
        expect(sentence).not.toMatch(FORBIDDEN)
      }
    }
  })

  it('has a plain sentence for every failure code, with and without a detail', () => {
    for (const code of FAILURE_CODES) {
      for (const words of [failureWords({ code }), failureWords({ code, detail: 'pin' })]) {
        expect(words, code).toMatch(/^[A-Z].*[.!]$/)
        expect(words, code).not.toMatch(FORBIDDEN)
      }
    }
  })

  it('has words for every reason sync can have, with all facts known and with none', () => {
    for (const reason of REASONS) {
      for (const sync of [
        { ...SYNC, reason },
        { ...SYNC, reason, facts: {}, progress: null, lastSyncAt: null, waiting: { records: 0, bytes: 0 } },
      ]) {
        const said = reasonWords(sync, NOW)
        expect(said.chip.length, reason).toBeGreaterThan(3)
        expect(said.title, reason).toMatch(/^[A-Z]/)
        expect(`${said.chip} ${said.title} ${said.next}`, reason).not.toMatch(FORBIDDEN)
      }
    }
  })

  it('says the cause of each pause in the words of the design', () => {
    const chip = (reason: SyncView['reason']) => reasonWords({ ...SYNC, reason }, NOW).chip
    const title = (reason: SyncView['reason']) => reasonWords({ ...SYNC, reason }, NOW).title
    expect(chip('upToDate')).toBe('Up to date, 2 min ago')
    expect(chip('running')).toBe('Sending 12 of 40')
    expect(title('running')).toBe('Sending 12 of 40, 1.1 MB')
    expect(chip('onBattery')).toBe('Paused, battery 43 %')
    expect(title('onBattery')).toBe('Paused: on battery, 43 %')
    expect(title('metered')).toBe('Waiting: “Pixel hotspot” is metered')
    expect(title('pausedByUser')).toBe('Paused by you until 14:00')
    expect(waitingSentence(SYNC)).toBe('12 changes wait here, about 34 KB')
  })

  it('never says "up to date" unless the digest matched', () => {
    const said = reasonWords({ ...SYNC, inSync: false }, NOW)
    expect(`${said.chip} ${said.title}`).not.toMatch(/up to date/i)
  })

  it('has a name for every field kind and a sentence for every reason a value or an imported row does not fit', () => {
    for (const kind of FIELD_KINDS) expect(KIND_WORDS[kind]).toMatch(/^[A-Z]/)
    const reasons = [...INVALID_REASONS, ...ROW_REASONS]
    const sentences = reasons.map(reasonOf)
    expect(new Set(sentences).size).toBe(reasons.length)
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z].*\.$/)
    expect(sentences).not.toContain(reasonOf('fromANewerVersion'))
    expect(reasonOf('fromANewerVersion')).toBe('This does not fit the field.')
  })
})

describe('times and sizes', () => {
  it('speaks of time as people do', () => {
    const at = (day: number, hour: number) => new Date(2026, 11, day, hour, 4).getTime()
    expect(relativeTime(NOW - 10_000, NOW)).toBe('just now')
    expect(relativeTime(NOW - 5 * 60_000, NOW)).toBe('5 min ago')
    expect(relativeTime(at(4, 9), NOW)).toBe('today 09:04')
    expect(relativeTime(at(3, 18), NOW)).toBe('yesterday 18:04')
    expect(relativeTime(at(1, 18), NOW)).toMatch(/^Tue 1 Dec 18:04$/)
    expect(relativeTime(new Date(2024, 1, 2).getTime(), NOW)).toBe('2 Feb 2024')
    expect(untilTime(at(5, 6), NOW)).toBe('tomorrow 06:04')
  })

  it('rounds sizes to what a person wants to know', () => {
    expect([999, 34_000, 4_200_000, 1_500_000_000].map(byteSize)).toEqual(['999 B', '34 KB', '4.2 MB', '1.5 GB'])
  })
})
