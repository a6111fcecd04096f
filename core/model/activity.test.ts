/** How syncing is written down: one line per exchange, however it goes, and nothing counted twice. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type ActivityLog, asActivityDay, emptyDay, noteActivity, type Observation, QUIET_MS } from './activity.ts'
import { REASONS } from './schedule.ts'

const DAY = '2026-11-25'
const REST: Observation = {
  at: 1_000,
  reason: 'upToDate',
  running: true,
  inSync: true,
  failure: null,
  provider: 'hub.example.org',
  sent: 0,
  received: 0,
  bytesSent: 0,
  bytesReceived: 0,
}

function fold(...changes: readonly Partial<Observation>[]): ActivityLog {
  let log: ActivityLog = { today: emptyDay(DAY), last: undefined }
  let now = REST
  for (const change of changes) {
    now = { ...now, at: now.at + 1_000, ...change }
    log = noteActivity(log, now, DAY)
  }
  return log
}
const lines = (log: ActivityLog) => log.today.exchanges

describe('activity', () => {
  test('news that is asked for and not there makes no line, and its bytes count for the day', () => {
    const log = fold({}, { bytesSent: 300, bytesReceived: 900 })
    expect(lines(log)).toEqual([])
    expect(log.today).toMatchObject({ bytesSent: 300, bytesReceived: 900 })
  })

  test('changes that go out are one line from the first to the comparison', () => {
    const log = fold(
      {},
      { reason: 'running', inSync: false, sent: 5, bytesSent: 500 },
      { sent: 12, bytesSent: 1_200 },
      { reason: 'upToDate', inSync: true, bytesReceived: 80 },
      { bytesReceived: 200 },
    )
    expect(lines(log)).toMatchObject([
      { begunAt: 3_000, endedAt: 5_000, sent: 12, bytesSent: 1_200, bytesReceived: 80, outcome: 'done', times: 1 },
    ])
  })

  test('one letter after another is one line, and what comes later is another', () => {
    const log = fold({}, { received: 1 }, { received: 2 }, { received: 3, at: 4_000 + QUIET_MS }, { received: 4 })
    expect(lines(log).map(({ received }) => received)).toEqual([2, 2])
  })

  test('told to stop in the middle, it says why; going on is another line', () => {
    const log = fold(
      {},
      { reason: 'running', inSync: false, sent: 3 },
      { reason: 'onBattery', running: false },
      { reason: 'running', running: true, sent: 4 },
      { inSync: true },
    )
    expect(lines(log)).toMatchObject([
      { sent: 3, outcome: 'paused', reason: 'onBattery' },
      { sent: 1, outcome: 'done' },
    ])
  })

  test('a hub that is away is one line that counts; another trouble is another', () => {
    const log = fold(
      {},
      { failure: 'unreachable', inSync: false },
      { failure: null },
      { failure: 'unreachable' },
      { failure: null },
      { failure: 'hubFault' },
    )
    expect(lines(log)).toMatchObject([
      { outcome: 'failed', failure: 'unreachable', times: 2 },
      { outcome: 'failed', failure: 'hubFault', times: 1 },
    ])
  })

  test('amounts that begin again with another connection are counted from there', () => {
    const log = fold({ sent: 10, bytesSent: 1_000 }, { sent: 2, bytesSent: 150, provider: 'other.example.org' })
    expect(lines(log).map(({ sent }) => sent)).toEqual([10, 2])
    expect(log.today.bytesSent).toBe(1_150)
  })

  test('a new day begins empty, and an exchange over midnight has a line in each', () => {
    const log = fold({}, { inSync: false, sent: 3 })
    const next = noteActivity(log, { ...REST, at: 9_000, inSync: true, sent: 5 }, '2026-11-26')
    expect(next.today).toMatchObject({ day: '2026-11-26', exchanges: [{ sent: 2, outcome: 'done' }] })
    expect(next.today.reasons).toEqual([{ at: 9_000, reason: 'upToDate' }])
  })

  test('every document and every byte is counted once, and what is kept reads back as it was', () => {
    const step = fc.record({
      at: fc.integer({ min: 0, max: 120_000 }),
      sent: fc.nat(20),
      received: fc.nat(20),
      bytesSent: fc.nat(5_000),
      bytesReceived: fc.nat(5_000),
      running: fc.boolean(),
      inSync: fc.boolean(),
      reason: fc.constantFrom(...REASONS),
      failure: fc.constantFrom(null, null, 'unreachable' as const, 'offline' as const),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), steps => {
        let log: ActivityLog = { today: emptyDay(DAY), last: undefined }
        let now = REST
        for (const { at, sent, received, bytesSent, bytesReceived, ...rest } of steps) {
          now = {
            ...now,
            ...rest,
            at: now.at + at,
            sent: now.sent + sent,
            received: now.received + received,
            bytesSent: now.bytesSent + bytesSent,
            bytesReceived: now.bytesReceived + bytesReceived,
          }
          log = noteActivity(log, now, DAY)
        }
        const sum = (key: 'sent' | 'received') => lines(log).reduce((total, line) => total + line[key], 0)
        expect([sum('sent'), sum('received')]).toEqual([now.sent, now.received])
        expect([log.today.bytesSent, log.today.bytesReceived]).toEqual([now.bytesSent, now.bytesReceived])
        for (const line of lines(log)) expect(line.endedAt).toBeGreaterThanOrEqual(line.begunAt)
        const kept = asActivityDay(JSON.parse(JSON.stringify(log.today)))
        const ended = lines(log).map(line => (line.outcome === 'running' ? { ...line, outcome: 'paused' } : line))
        expect(kept).toEqual({ ...log.today, exchanges: ended })
      }),
    )
  })

  test('what is no record of a day is read as none, and odd lines are left out', () => {
    expect(asActivityDay(null)).toBeUndefined()
    expect(asActivityDay([])).toBeUndefined()
    expect(
      asActivityDay({ day: DAY, exchanges: [{ outcome: 'odd' }, 3], reasons: [{ at: 1, reason: 'odd' }] }),
    ).toEqual(emptyDay(DAY))
  })
})
