import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { HistoryItem } from '../../../core/model/api.ts'
import { groupHistory } from './history-groups.ts'

const MINUTE = 60_000

function item(id: number, replacedBy: string, minute: number): HistoryItem {
  const by = { replacedAt: minute * MINUTE, replacedBy, replacedByName: `${replacedBy}!`, replacedByStamp: replacedBy }
  const was = { value: id, at: 0, device: 'x', deviceName: undefined, after: undefined }
  return { id: String(id), field: 'f', ...was, ...by, cause: 'edit' }
}

describe('groupHistory', () => {
  it('puts what one device did in one go together', () => {
    const groups = groupHistory([
      item(1, 'a', 100),
      item(2, 'a', 99),
      item(3, 'b', 98),
      item(4, 'a', 97),
      item(5, 'a', 20),
    ])
    expect(groups.map(group => [group.deviceName, group.at / MINUTE, group.items.map(({ id }) => id)])).toEqual([
      ['a!', 100, ['1', '2']],
      ['b!', 98, ['3']],
      ['a!', 97, ['4']],
      ['a!', 20, ['5']],
    ])
  })

  it('keeps every change, in order, under the device that made it', () => {
    const items = fc
      .array(fc.tuple(fc.constantFrom('a', 'b'), fc.nat(100)))
      .map(all => all.map(([device, minute], at) => item(at, device, minute)))
    fc.assert(
      fc.property(items, all => {
        const groups = groupHistory(all)
        expect(groups.flatMap(group => group.items)).toEqual(all)
        for (const group of groups)
          expect(group.items.every(({ replacedBy }) => replacedBy === group.device)).toBe(true)
      }),
    )
  })
})
