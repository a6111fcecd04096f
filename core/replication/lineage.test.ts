import { expect, test } from 'vitest'
import type { Tables } from '../database/context.ts'
import type { StateDocument } from '../database/documents.ts'
import type { HistoryEntry } from '../model/record.ts'
import { findBase, refineBase } from './lineage.ts'

const stamp = (time: number, device = 'field'): string => `${String(time).padStart(13, '0')}-${device}`

function state(cells: { readonly [slot: string]: string }, created = stamp(1)): StateDocument {
  const entries = Object.entries(cells).map(([slot, at]) => [slot, { value: `made ${at}`, stamp: at }] as const)
  return { id: 'r', created, cells: Object.fromEntries(entries), versions: [], unsent: 0, sent: '' }
}

/** History that tells what was replaced by what. */
function history(...replacements: readonly (readonly [slot: string, from: string, to: string])[]) {
  const entries = new Map(
    replacements.map(([field, from, replacedBy]): [string, HistoryEntry] => {
      const id = `r|${field}|${from}`
      return [id, { id, record: 'r', field, value: `made ${from}`, stamp: from, replacedBy, cause: 'edit' }]
    }),
  )
  const get = async (ids: readonly string[]) => new Map([...entries].filter(([id]) => ids.includes(id)))
  return { history: { get } as unknown as Tables['history'] }
}

test('M2 P4 an earlier edit of this device that comes back from the provider is what both sides have in common', async () => {
  const tables = history(['name', stamp(1), stamp(2)], ['name', stamp(2), stamp(3)], ['name', stamp(3), stamp(4)])
  const base = await refineBase(tables, state({ name: stamp(1) }), state({ name: stamp(4) }), state({ name: stamp(2) }))
  expect(base.cells['name']?.stamp).toBe(stamp(2))
  const other = await refineBase(
    tables,
    state({ name: stamp(1) }),
    state({ name: stamp(2) }),
    state({ name: stamp(4) }),
  )
  expect(other.cells['name']?.stamp).toBe(stamp(2))
})

test('M6 what was replaced by something else than the other side stays a clash', async () => {
  // Replaced on this device by a write that a crash prevented: history alone is no proof.
  const tables = history(['name', stamp(1), stamp(2)], ['name', stamp(2), stamp(5)])
  const base = await refineBase(
    tables,
    state({ name: stamp(1) }),
    state({ name: stamp(2) }),
    state({ name: stamp(4, 'office') }),
  )
  expect(base.cells['name']?.stamp).toBe(stamp(1))
})

test('M7 what a record was created with is known to both, unless it was created twice', async () => {
  const tables = history()
  const edited = state({ name: stamp(4, 'office') })
  expect((await findBase(tables, state({ name: stamp(1) }), edited))?.cells['name']?.stamp).toBe(stamp(1))
  const again = state({ name: stamp(4, 'office') }, stamp(3, 'office'))
  expect(await findBase(tables, state({ name: stamp(1) }), again)).toBeUndefined()
})
