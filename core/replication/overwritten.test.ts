import { expect, test } from 'vitest'
import type { Tables } from '../database/context.ts'
import type { HistoryDocument, StateDocument } from '../database/documents.ts'
import type { Value, Version } from '../model/record.ts'
import { createOverwritten } from './overwritten.ts'

function state(cells: { readonly [slot: string]: readonly [Value, string] }, versions: readonly Version[] = []) {
  const entries = Object.entries(cells).map(([slot, [value, stamp]]) => [slot, { value, stamp }] as const)
  return { id: 'r', created: '0', cells: Object.fromEntries(entries), versions, unsent: 0, sent: '' } as StateDocument
}

function open() {
  const history = new Map<string, HistoryDocument>()
  let stored: StateDocument | undefined
  const table = {
    async get(ids: readonly string[]) {
      return new Map([...history].filter(([id]) => ids.includes(id)))
    },
    async insert(entries: readonly HistoryDocument[]) {
      for (const entry of entries) history.set(entry.id, entry)
      return new Set<string>()
    },
  }
  const tables = { history: table } as unknown as Pick<Tables, 'history'>
  const overwritten = createOverwritten(tables, {
    get: async () => new Map(stored === undefined ? [] : [['r', stored] as const]),
  })
  return { history, overwritten, hold: (next: StateDocument) => (stored = next) }
}

test('M13 a value that was written over and that nobody tells of is kept by this device', async () => {
  const { history, overwritten, hold } = open()
  const next = state({ name: ['B', '2'], place: ['Weir', '1'] })
  await overwritten.note(state({ name: ['A', '1'], place: ['Weir', '1'] }), next)
  hold(next)
  await overwritten.keep()
  expect([...history.values()].map(({ field, value, replacedBy, cause }) => [field, value, replacedBy, cause])).toEqual(
    [['name', 'A', '2', 'sync']],
  )
})

test('M13 a version that was closed without a word is kept too', async () => {
  const { history, overwritten, hold } = open()
  const next = state({ name: ['B', '2'] })
  await overwritten.note(state({ name: ['B', '2'] }, [{ field: 'name', value: 'A', stamp: '1' }]), next)
  hold(next)
  await overwritten.keep()
  expect([...history.keys()]).toEqual(['r|name|1'])
})

test('M1 M13 nothing is kept that history knows, that is still there, or that is there under another stamp', async () => {
  const { history, overwritten, hold } = open()
  const told = { id: 'r|name|1', cause: 'edit' } as HistoryDocument
  history.set(told.id, told)
  const before = state({ name: ['A', '1'], place: ['Weir', '1'], flow: [7, '1'] })
  await overwritten.note(before, state({ name: ['B', '2'], place: ['Weir', '2'], flow: [8, '2'] }))
  // Somebody edited here meanwhile: the document was merged, and 7 is what shows.
  hold(state({ name: ['B', '2'], place: ['Weir', '2'], flow: [7, '1'] }))
  await overwritten.keep()
  expect([...history.values()]).toEqual([told])
})
