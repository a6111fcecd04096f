/** Walks every row of schedule-table.csv: network x power x reach x overlays, under two policies. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Metering, ProbeReading, Reason, SchedulePolicy } from '../schedule.ts'
import { DEFAULT_POLICY, FIRST_MEMORY } from '../schedule.ts'
import { evaluate } from './evaluate.ts'
import { NOON, OPT_IN, situation } from './situations.suite.ts'

const text = readFileSync(new URL('../schedule-table.csv', import.meta.url), 'utf8')
const rows = text
  .trim()
  .split('\n')
  .slice(1)
  .map(line => line.split(',').map(cell => cell.trim().replaceAll('"', '')))
  .map(joinPower)

/** "unknown, has battery" holds a comma. */
function joinPower(cells: readonly string[]): readonly string[] {
  return cells.length === 12 ? [cells[0] ?? '', `${cells[1]}, ${cells[2]}`, ...cells.slice(3)] : cells
}

const POWERS: { readonly [words: string]: Partial<ProbeReading> } = {
  AC: { power: 'mains', level: 80 },
  'battery>=min': { power: 'battery', level: 80 },
  'battery<min': { power: 'battery', level: 20 },
  'unknown, has battery': { power: 'unknown', level: null, hasBattery: true },
  'unknown, no battery': { power: 'unknown', level: null, hasBattery: false },
}

const REASON_WORDS: { readonly [words: string]: Reason } = {
  ok: 'running',
  override: 'override',
  captive: 'captive',
  offline: 'offline',
  battery: 'onBattery',
  'battery-low': 'batteryLow',
  'power-unknown': 'powerUnknown',
  saver: 'saver',
  quiet: 'quietHours',
  metered: 'metered',
  'metered-small': 'meteredSmall',
  'network-unknown': 'meteredUnknown',
  'network-unknown-small': 'meteredUnknownSmall',
  roaming: 'roaming',
}

function judge(row: readonly string[], policy: SchedulePolicy): string {
  const [metered, power, reach, saver, quiet, roaming, override] = row
  const inputs = situation({
    now: NOON - (quiet === 'true' ? 11 : 0) * 3_600_000,
    policy: { ...policy, quietHours: { from: 0, to: 360 } },
    reading: {
      metered: metered as Metering,
      ...POWERS[power ?? ''],
      reach: reach === 'offline' ? 'none' : reach === 'captive' ? 'portal' : 'full',
      saver: saver === 'true',
      roamingOrOverLimit: roaming === 'true',
    },
  })
  const given = { givenAt: inputs.now - 1000, networkId: 'home' }
  const { mode, reason } = evaluate({ ...inputs, override: override === 'true' ? given : null }, FIRST_MEMORY).decision
  return `${mode} ${reason}`
}

describe('the schedule table (S1, S2, S3, S5, S6)', () => {
  it('has its 720 rows, all different', () => {
    expect(new Set(rows.map(row => row.slice(0, 7).join('|'))).size).toBe(720)
  })

  it.each([
    ['strict', DEFAULT_POLICY, 7],
    ['opt-in', OPT_IN, 9],
  ] as const)('S1 holds in every row under the %s policy', (_name, policy, column) => {
    const wrong = rows.flatMap(row => {
      const expected = `${row[column]} ${REASON_WORDS[row[column + 1] ?? '']}`
      const found = judge(row, policy)
      return found === expected ? [] : [`${row.slice(0, 7).join(' | ')}: expected ${expected}, found ${found}`]
    })
    expect(wrong).toEqual([])
  })
})
