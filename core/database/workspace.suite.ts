/** What a workspace must do on every storage: called once per RxStorage by workspace.test.ts. */
import { randomBytes } from 'node:crypto'
import type { RxStorage } from 'rxdb/plugins/core'
import { filter, firstValueFrom, take, toArray } from 'rxjs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { View } from '../model/api.ts'
import { readStamp } from '../model/clock.ts'
import type { Result } from '../model/failure.ts'
import { canonicalJson } from '../model/canonical.ts'
import { historyEntry } from '../model/history.ts'
import type { RecordType } from '../model/record-type.ts'
import { toDocument, toState, UNSENT } from './states.ts'
import { openWorkspace, type Workspace } from './workspace.ts'

export interface StorageUnderTest {
  readonly name: string
  /** The same data again on each call with the same key, as after a restart. */
  open(key: string): RxStorage<unknown, unknown>
}

const PUMP: RecordType = {
  id: 'pump',
  name: 'Pump',
  icon: 'gauge',
  fields: [
    { id: 'name', kind: 'text', label: 'Name' },
    { id: 'flow', kind: 'number', label: 'Flow' },
    { id: 'number', kind: 'autoNumber', label: 'Number' },
  ],
}
const VIEW: View = { type: 'pump', text: '', sort: { field: '$title', descending: false }, deleted: false, open: false }
let key = 0

export function testWorkspace(storage: StorageUnderTest): void {
  describe(`workspace on ${storage.name}`, () => {
    let workspace: Workspace
    let time = Date.UTC(2026, 10, 20)
    let name = ''

    function open(): Promise<Workspace> {
      return openWorkspace({
        storage: storage.open(name),
        name: `workspace-${name}`,
        now: () => time,
        random: randomBytes,
        report(error) {
          throw error
        },
      })
    }

    beforeEach(async () => {
      name = `${storage.name}-${(key += 1)}`
      workspace = await open()
      must(await workspace.types.save(PUMP))
    })
    afterEach(() => workspace.close())

    async function create(cells: { readonly [field: string]: string | number }): Promise<string> {
      return must(await workspace.records.create('pump', cells)).id
    }
    async function cellsOf(id: string) {
      const view = await workspace.records.read(id)
      return Object.fromEntries(Object.entries(view?.cells ?? {}).map(([field, cell]) => [field, cell.value]))
    }

    function timelineOf(id: string, part: { field?: string; from?: number; to?: number } = {}) {
      return firstValueFrom(workspace.records.history$({ id, field: null, from: 0, to: 100, ...part }))
    }

    /** Without the automatic number. */
    async function typedIn(id: string) {
      const { number: _, ...typed } = await cellsOf(id)
      return typed
    }

    test('a record is created, edited, deleted and restored, and M13 keeps every replaced value', async () => {
      const id = await create({ name: 'Weir', flow: 3 })
      must(await workspace.records.edit([{ record: id, field: 'name', value: 'Old weir' }]))
      must(await workspace.records.delete([id]))
      expect((await workspace.records.read(id))?.deleted).toBe(true)
      must(await workspace.records.restore([id]))
      expect(await cellsOf(id)).toMatchObject({ name: 'Old weir', flow: 3 })
      const { items } = await timelineOf(id)
      expect(items.map(({ field, value, after }) => [field, value, after])).toEqual([
        ['$deleted', true, false],
        ['name', 'Weir', 'Old weir'],
      ])
    })

    test('M13: a window of a timeline has its entries newest first, each with what came in its place', async () => {
      const id = await create({ name: 'v0', flow: 0 })
      for (let n = 1; n <= 12; n += 1) {
        time += 1000
        must(await workspace.records.edit([{ record: id, field: 'name', value: `v${n}` }]))
        must(await workspace.records.edit([{ record: id, field: 'flow', value: n }]))
      }
      must(await workspace.records.edit([{ record: await create({ name: 'another' }), field: 'name', value: 'x' }]))
      const names = await timelineOf(id, { field: 'name', from: 3, to: 6 })
      expect(names.total).toBe(12)
      expect(names.items.map(({ value, after }) => [value, after])).toEqual([
        ['v8', 'v9'],
        ['v7', 'v8'],
        ['v6', 'v7'],
      ])
      expect(names.items.every(({ device, replacedBy }) => device === replacedBy && device === workspace.device)).toBe(
        true,
      )
      const all = await timelineOf(id, { from: 20, to: 100 })
      expect(all.total).toBe(24)
      expect(all.items.map(({ field, value, after }) => [field, value, after])).toEqual([
        ['flow', 1, 2],
        ['name', 'v1', 'v2'],
        ['flow', 0, 1],
        ['name', 'v0', 'v1'],
      ])
      expect(await timelineOf(id, { from: 24, to: 30 })).toEqual({ total: 24, items: [] })
      expect(await timelineOf(id, { field: '$deleted' })).toEqual({ total: 0, items: [] })
    })

    test('M13: a timeline that is watched tells an edit whole, with what came in its place', async () => {
      const id = await create({ name: 'Weir' })
      const frames = firstValueFrom(
        workspace.records
          .history$({ id, field: null, from: 0, to: 10 })
          .pipe(filter(({ items }) => items.some(({ after }) => after === 'Mill'))),
      )
      must(await workspace.records.edit([{ record: id, field: 'name', value: 'Mill' }]))
      expect((await frames).items.map(({ value, after }) => [value, after])).toEqual([['Weir', 'Mill']])
    })

    test('M13: an entry that is kept before its edit is told again once the edit is written', async () => {
      const id = await create({ name: 'Weir' })
      const { tables, clock } = workspace.context
      const stamp = (await workspace.records.read(id))?.cells['name']?.stamp ?? ''
      const later = clock.stamp()
      const seen: (string | undefined)[] = []
      const watching = workspace.records.history$({ id, field: null, from: 0, to: 10 }).subscribe(({ items }) => {
        for (const { after } of items) seen.push(typeof after === 'string' ? after : undefined)
      })
      await tables.history.insert([{ ...historyEntry(id, 'name', { value: 'Weir', stamp }, later, 'edit'), ...UNSENT }])
      await expect.poll(() => seen).toEqual([undefined])
      await tables.records.change([id], document => ({
        document: { ...document, cells: { ...document.cells, name: { value: 'Mill', stamp: later } } },
      }))
      await expect.poll(() => seen).toEqual([undefined, 'Mill'])
      watching.unsubscribe()
    })

    test('M13: values are let go of once a person no longer wants them kept, and nothing else of them is', async () => {
      const id = await create({ name: 'Weir' })
      must(await workspace.records.edit([{ record: id, field: 'name', value: 'Mill' }]))
      const long = 400 * 24 * 3600 * 1000
      time += long
      must(await workspace.records.edit([{ record: id, field: 'name', value: 'Pier' }]))
      must(await workspace.records.delete([id]))
      expect(await workspace.history.keeping()).toBe(null)
      expect(await workspace.history.countPast(365)).toBe(1)
      const was = await timelineOf(id)
      expect(await workspace.history.keep(365)).toBe(1)
      const is = await timelineOf(id)
      expect(is.items).toEqual(was.items.map(item => (item.value === 'Weir' ? { ...item, value: undefined } : item)))
      expect(await cellsOf(id)).toMatchObject({ name: 'Pier' })

      await workspace.close()
      time += 2 * 24 * 3600 * 1000
      workspace = await open()
      expect(await workspace.history.keeping()).toBe(365)
      expect(await workspace.history.countPast(365)).toBe(0)
      // A clock that is years ahead lets go of nothing that is younger than a week more than what was let go of.
      time += 10 * long
      await workspace.history.goOn()
      expect((await timelineOf(id)).items.filter(({ value }) => value === undefined)).toHaveLength(1)
      expect(await workspace.history.keep(null)).toBe(0)
      expect(await workspace.history.keeping()).toBe(null)
    })

    test('undo takes back what a call did, and its answer is the redo', async () => {
      const id = await create({ name: 'Weir' })
      const edited = must(await workspace.records.edit([{ record: id, field: 'name', value: 'Mill' }]))
      const undone = must(await workspace.records.undo(edited.undo))
      expect(await typedIn(id)).toEqual({ name: 'Weir' })
      must(await workspace.records.undo(undone.undo))
      expect(await cellsOf(id)).toMatchObject({ name: 'Mill' })
      must(await workspace.records.edit([{ record: id, field: 'name', value: 'Other' }]))
      expect(await workspace.records.undo(edited.undo)).toEqual({ ok: false, failure: { code: 'stale' } })
    })

    test('new records are numbered, each once, however they come and whatever becomes of them', async () => {
      const tag = workspace.device.slice(0, 4).toUpperCase()
      const ids = await Promise.all([create({ name: 'a' }), create({ name: 'b' }), create({ name: 'c' })])
      const copies = must(await workspace.records.duplicate(ids.slice(0, 2))).ids
      const rows = must(await workspace.records.importRows('pump', [{ name: 'd' }, { name: 'e' }]))
      must(await workspace.records.delete(ids))
      await workspace.close()
      workspace = await open()
      const samples = must(await workspace.records.samples('pump')).ids
      const last = await create({ name: 'z' })
      const all = [...ids, ...copies, ...rows, ...samples, last]
      const numbers = await Promise.all(all.map(async id => (await cellsOf(id))['number']))
      expect(new Set(numbers)).toEqual(new Set(all.map((_, index) => `${tag}-${index + 1}`)))
      expect(numbers.at(-1)).toBe(`${tag}-${all.length}`)
    })

    test('refusals are data: unknown record, unknown type, read-only field, a cell too large', async () => {
      const id = await create({ name: 'Weir' })
      const edit = (record: string, field: string, value: string) => workspace.records.edit([{ record, field, value }])
      expect(await edit('nowhere', 'name', 'x')).toMatchObject({ failure: { code: 'notFound' } })
      expect(await edit(id, 'number', '7')).toMatchObject({ failure: { code: 'readOnlyField' } })
      expect(await edit(id, '$deleted', 'x')).toMatchObject({ failure: { code: 'invalidValue' } })
      expect(await edit(id, 'name', 'x'.repeat(1024 * 1024 + 1))).toMatchObject({ failure: { code: 'tooLarge' } })
      expect(await workspace.records.create('no type', {})).toMatchObject({ failure: { code: 'notFound' } })
      expect(await typedIn(id)).toEqual({ name: 'Weir' })
    })

    test('edits of one record at the same time are all kept, each with its own stamp', async () => {
      const id = await create({ name: 'Weir' })
      const fields = Array.from({ length: 25 }, (_, index) => `f${index}`)
      await Promise.all(fields.map(field => workspace.records.edit([{ record: id, field, value: field }])))
      const view = await workspace.records.read(id)
      for (const field of fields) expect(view?.cells[field]?.value).toBe(field)
      expect(new Set(fields.map(field => view?.cells[field]?.stamp)).size).toBe(fields.length)
    })

    test('counts, waiting and types follow every write', async () => {
      const id = await create({ name: 'Weir' })
      await create({ name: 'Mill' })
      must(await workspace.records.delete([id]))
      expect(await firstValueFrom(workspace.records.counts$)).toEqual({ all: 1, deleted: 1, needsYou: 0 })
      expect(
        (await firstValueFrom(workspace.records.waiting$.pipe(filter(({ records }) => records === 2)))).bytes,
      ).toBeGreaterThan(100)
      const types = await firstValueFrom(workspace.types.all$.pipe(filter(all => all[0]?.count === 1)))
      expect(types.map(({ name: typeName, count }) => [typeName, count])).toEqual([['Pump', 1]])
    })

    test('a restart finds everything again, and the clock does not go back even when the laptop did', async () => {
      const id = await create({ name: 'Weir' })
      const before = (await workspace.records.read(id))?.cells['name']?.stamp ?? ''
      const device = workspace.device
      await workspace.close()
      time -= 3 * 24 * 3600 * 1000
      workspace = await open()
      expect(workspace.device).toBe(device)
      expect(workspace.types.get('pump')?.name).toBe('Pump')
      must(await workspace.records.edit([{ record: id, field: 'name', value: 'Later' }]))
      const after = (await workspace.records.read(id))?.cells['name']?.stamp ?? ''
      expect(after > before).toBe(true)
      expect(readStamp(after).device).toBe(device)
      expect(await firstValueFrom(workspace.records.counts$)).toEqual({ all: 1, deleted: 0, needsYou: 0 })
    })

    test('counts are right although records were written while they were first counted', async () => {
      await Promise.all(Array.from({ length: 20 }, (_, index) => create({ name: `Old ${index}` })))
      await workspace.close()
      workspace = await open()
      const doomed: string[] = []
      for (let index = 0; index < 30; index++) {
        doomed.push(await create({ name: `New ${index}` }))
        if (index % 3 === 0) await new Promise(resolve => setTimeout(resolve, 1))
      }
      must(await workspace.records.delete(doomed.slice(0, 7)))
      const counted = workspace.records.counts$.pipe(filter(({ deleted }) => deleted === 7))
      expect(await firstValueFrom(counted)).toEqual({ all: 43, deleted: 7, needsYou: 0 })
      const types = workspace.types.all$.pipe(filter(([type]) => type?.count !== null))
      expect((await firstValueFrom(types))[0]).toMatchObject({ id: 'pump', count: 43 })
      expect((await firstValueFrom(workspace.records.waiting$)).records).toBe(50)
    })

    test('an import adds rows in bulk, and taking it back leaves nothing behind', async () => {
      await create({ name: 'Kept' })
      const rows = Array.from({ length: 150 }, (_, index) => ({ name: `Row ${index}`, flow: index }))
      const ids = must(await workspace.records.importRows('pump', rows))
      expect(await firstValueFrom(workspace.records.counts$)).toMatchObject({ all: 151 })
      expect(await typedIn(ids[7] ?? '')).toEqual({ name: 'Row 7', flow: 7 })
      must(await workspace.records.removeImported(ids))
      expect(await firstValueFrom(workspace.records.counts$.pipe(filter(({ all }) => all === 1)))).toEqual({
        all: 1,
        deleted: 0,
        needsYou: 0,
      })
      expect(await workspace.records.read(ids[7] ?? '')).toBeNull()
      expect(await workspace.records.reader.count(VIEW)).toBe(1)
    })

    test('the reader sorts, searches, filters and finds positions', async () => {
      for (const [label, flow] of [
        ['Écluse', 3],
        ['weir', 1],
        ['Mill pond', 2],
      ] as const)
        await create({ name: label, flow })
      const { reader } = workspace.records
      const titles = async (view: View) => {
        const page = await reader.page(view, 0, 10)
        return (await reader.rows(page.map(({ id }) => id))).map(({ title }) => title)
      }
      expect(await titles(VIEW)).toEqual(['Écluse', 'Mill pond', 'weir'])
      expect(await titles({ ...VIEW, sort: { field: 'flow', descending: true } })).toEqual([
        'Écluse',
        'Mill pond',
        'weir',
      ])
      expect(await titles({ ...VIEW, text: 'eclu' })).toEqual(['Écluse'])
      expect(await titles({ ...VIEW, text: 'po mi' })).toEqual(['Mill pond'])
      expect(await titles({ ...VIEW, text: '-mill' })).not.toContain('Mill pond')
      expect(await titles({ ...VIEW, text: 'name:"mill pond"' })).toEqual(['Mill pond'])
      const [, second] = await reader.page(VIEW, 0, 10)
      expect(await reader.position(VIEW, second?.id ?? '')).toBe(1)
    })

    test('record$ and changed$ tell of a change once it can be read', async () => {
      const id = await create({ name: 'Weir' })
      const seen = firstValueFrom(workspace.records.record$(id).pipe(take(2), toArray()))
      await firstValueFrom(workspace.records.record$(id))
      must(await workspace.records.edit([{ record: id, field: 'name', value: 'Mill' }]))
      expect((await seen).map(view => view?.cells['name']?.value)).toEqual(['Weir', 'Mill'])
    })

    test('M10 a renamed choice or a new first field gives the records of the type their titles again', async () => {
      const id = await create({ name: 'Weir', flow: 4 })
      const title = firstValueFrom(workspace.records.record$(id).pipe(filter(view => view?.title === 'Weir North')))
      must(
        await workspace.types.save({
          ...PUMP,
          fields: [{ id: 'full', kind: 'text', label: 'Full name' }, ...PUMP.fields],
        }),
      )
      must(await workspace.records.edit([{ record: id, field: 'full', value: 'Weir North' }]))
      await title
      must(await workspace.types.save(PUMP))
      await firstValueFrom(workspace.records.record$(id).pipe(filter(view => view?.title === 'Weir')))
    })

    test('derived columns are not part of the state: it comes back unchanged from the database', async () => {
      const id = await create({ name: 'Weir', flow: 4 })
      const stored = (await workspace.context.tables.records.get([id])).get(id)
      if (stored === undefined) throw new Error('not stored')
      const state = toState(stored)
      expect(Object.keys(state).sort()).toEqual(['cells', 'created', 'id', 'type', 'versions'])
      expect(canonicalJson(toState(toDocument(state, undefined, UNSENT)))).toBe(canonicalJson(state))
    })

    test('the laptop is named once and everybody reads its name', async () => {
      expect(await firstValueFrom(workspace.devices.own$)).toBeNull()
      must(await workspace.devices.name('  Field laptop '))
      expect(workspace.devices.nameOf(workspace.device)).toBe('Field laptop')
      must(await workspace.devices.name('Van laptop'))
      expect((await firstValueFrom(workspace.devices.own$))?.name).toBe('Van laptop')
      const id = await create({ name: 'Weir' })
      expect((await workspace.records.read(id))?.cells['name']?.deviceName).toBe('Van laptop')
    })

    test('settings of this laptop are kept, and are no part of what replicates', async () => {
      await workspace.settings.set('sync.policy', { metered: 'none', list: [1, 'two', null] })
      await workspace.settings.set('sync.policy', { metered: 'small' })
      expect(await workspace.settings.get('sync.policy')).toEqual({ metered: 'small' })
      expect(await workspace.settings.get('never set')).toBeUndefined()
    })
  })
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.code} ${result.failure.detail ?? ''}`)
  return result.value
}
