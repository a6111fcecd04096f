import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BACKUP_KINDS, DAILY_KEPT, dueIn, type KeptBackup, letGo, WEEKLY_KEPT } from './backup-plan.ts'

const DAY = 24 * 3600 * 1000
const START = Date.UTC(2026, 0, 1)
const daily = (at: number): KeptBackup => ({ file: `b${at}`, at, kind: 'daily' })
const backups = fc
  .uniqueArray(fc.integer({ min: 0, max: 400 * 24 }), { maxLength: 80 })
  .chain(hours =>
    fc.tuple(
      ...hours.map(hour =>
        fc.record({ at: fc.constant(START + hour * 3_600_000), kind: fc.constantFrom(...BACKUP_KINDS) }),
      ),
    ),
  )
  .map(all => all.map(each => ({ ...each, file: `${each.kind}${each.at}` })))

describe('which backups are kept', () => {
  it('never lets go of the newest, of what was asked for, or of what was replaced', () => {
    fc.assert(
      fc.property(backups, all => {
        const gone = new Set(letGo(all))
        const newest = all.filter(({ kind }) => kind === 'daily').sort((a, b) => b.at - a.at)[0]
        expect(newest === undefined || !gone.has(newest.file)).toBe(true)
        expect(all.filter(({ kind, file }) => kind !== 'daily' && gone.has(file))).toEqual([])
      }),
    )
  })

  it('keeps at most 7 days and 4 weeks, is the same whatever the order, and has nothing more to do after itself', () => {
    fc.assert(
      fc.property(backups, all => {
        const gone = new Set(letGo(all))
        const kept = all.filter(({ file }) => !gone.has(file))
        expect(kept.filter(({ kind }) => kind === 'daily').length).toBeLessThanOrEqual(DAILY_KEPT + WEEKLY_KEPT)
        expect(new Set(letGo([...all].reverse()))).toEqual(gone)
        expect(letGo(kept)).toEqual([])
      }),
    )
  })

  it('after half a year of days has a week of days and four weeks', () => {
    let shelf: KeptBackup[] = []
    for (let day = 0; day < 180; day++) {
      shelf.push(daily(START + day * DAY + 3_600_000))
      const gone = new Set(letGo(shelf))
      shelf = shelf.filter(({ file }) => !gone.has(file))
    }
    const ages = shelf.map(({ at }) => 179 - Math.floor((at - START) / DAY)).sort((a, b) => a - b)
    expect(ages.slice(0, 7)).toEqual([0, 1, 2, 3, 4, 5, 6])
    expect(Math.max(...ages)).toBeGreaterThanOrEqual(15)
    expect(ages.length).toBeLessThanOrEqual(11)
  })

  it('lets nothing go because of time alone: a year in a drawer empties no shelf', () => {
    const shelf = [0, 1, 2, 9, 16].map(day => daily(START + day * DAY))
    expect(letGo([...shelf, daily(START + 400 * DAY)])).toEqual([])
  })
})

describe('when the next is due', () => {
  it('is now without any, a day after the newest, and never later than a day from now', () => {
    expect(dueIn([], START)).toBe(0)
    expect(dueIn([daily(START)], START + DAY / 4)).toBe((DAY * 3) / 4)
    expect(dueIn([daily(START)], START + 2 * DAY)).toBe(0)
    fc.assert(
      fc.property(backups, fc.integer({ min: 0, max: 500 * DAY }), (all, later) => {
        const wait = dueIn(all, START + later)
        expect(wait >= 0 && wait <= DAY).toBe(true)
      }),
    )
  })

  it('is not put off by a clock that was set back', () => {
    expect(dueIn([daily(START + 300 * DAY)], START)).toBe(0)
    expect(dueIn([daily(START + DAY / 2)], START)).toBe(DAY)
  })
})
