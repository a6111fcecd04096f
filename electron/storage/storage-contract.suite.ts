/**
 * RxDB 17.6's RxStorage contract as tests that any storage can be held against. It looks only at the public interface, so
 * that a difference between two storages shows on which side the fault is.
 */
import type { EventBulk, RxDocumentData, RxJsonSchema, RxStorage, RxStorageChangeEvent, RxStorageInstance } from 'rxdb'
import { fillWithDefaultSettings, normalizeMangoQuery, now, prepareQuery } from 'rxdb'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

export interface Item {
  readonly id: string
  readonly kind?: unknown
  readonly rank?: unknown
  readonly flag?: unknown
  readonly more?: unknown
}
export type Stored = RxDocumentData<Item>
export type Instance = RxStorageInstance<Item, unknown, unknown, unknown>
type Bulk = EventBulk<RxStorageChangeEvent<Item>, unknown>

export const ITEM_SCHEMA: RxJsonSchema<RxDocumentData<Item>> = fillWithDefaultSettings<Item>({
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 60 },
    kind: { type: 'string', maxLength: 40 },
    rank: { type: 'number', minimum: -1e9, maximum: 1e9, multipleOf: 0.01 },
    flag: { type: 'boolean' },
    more: { type: 'object', additionalProperties: true },
  },
  indexes: ['kind', ['kind', 'rank'], 'flag'],
  attachments: {},
})

export function openInstance(
  storage: RxStorage<unknown, unknown>,
  collectionName = 'items',
  databaseName = 'contract',
): Promise<Instance> {
  return storage.createStorageInstance<Item>({
    databaseInstanceToken: 'token',
    databaseName,
    collectionName,
    schema: ITEM_SCHEMA,
    options: {},
    multiInstance: false,
    devMode: false,
  }) as Promise<Instance>
}

export function makeItem(item: Item, height = 1, over: Partial<Stored> = {}): Stored {
  return { ...item, _deleted: false, _attachments: {}, _meta: { lwt: now() }, _rev: `${height}-a`, ...over }
}

export function changeItem(previous: Stored, over: Partial<Stored>): { previous: Stored; document: Stored } {
  const height = Number.parseInt(previous._rev, 10) + 1
  return { previous, document: { ...previous, _meta: { lwt: now() }, _rev: `${height}-a`, ...over } }
}

export async function findIds(instance: Instance, query: object): Promise<string[]> {
  const prepared = prepareQuery(ITEM_SCHEMA, normalizeMangoQuery(ITEM_SCHEMA, query))
  return (await instance.query(prepared)).documents.map(document => document.id)
}

export function describeStorageContract(name: string, open: () => RxStorage<unknown, unknown>): void {
  describe(`RxStorage contract: ${name}`, () => {
    const instances: Instance[] = []
    // RxDB's memory storage keeps its documents across storage objects.
    let run = 0
    beforeEach(() => {
      run++
    })
    async function start(collectionName?: string, storage = open()): Promise<Instance> {
      const instance = await openInstance(storage, collectionName, `contract${run}`)
      instances.push(instance)
      return instance
    }
    afterEach(async () => {
      await Promise.all(instances.splice(0).map(instance => instance.close()))
    })
    const insert = (instance: Instance, ...documents: Stored[]) =>
      instance.bulkWrite(
        documents.map(document => ({ document })),
        'test',
      )

    it('writes and finds by id, leaving tombstones out unless asked for', async () => {
      const instance = await start()
      const [a, b] = [makeItem({ id: 'a' }), makeItem({ id: 'b' })]
      expect((await insert(instance, a, b)).error).toEqual([])
      await instance.bulkWrite([changeItem(b, { _deleted: true })], 'test')
      expect((await instance.findDocumentsById(['b', 'a', 'x'], false)).map(each => each.id)).toEqual(['a'])
      expect((await instance.findDocumentsById(['b', 'a', 'x'], true)).map(each => each.id).toSorted()).toEqual([
        'a',
        'b',
      ])
    })

    it('refuses each conflicting row alone with a 409 that carries the full current document', async () => {
      const instance = await start()
      const a = makeItem({ id: 'a', more: { deep: [1, { two: 2 }] } })
      await insert(instance, a)
      const { error } = await insert(instance, makeItem({ id: 'a' }), makeItem({ id: 'b' }))
      expect(error).toHaveLength(1)
      expect(error[0]).toMatchObject({ status: 409, documentId: 'a', isError: true, documentInDb: a })
      expect(await findIds(instance, {})).toEqual(['a', 'b'])
      const stale = changeItem({ ...a, _rev: '1-other' }, { rank: 5 })
      expect((await instance.bulkWrite([stale], 'test')).error[0]).toMatchObject({ status: 409, documentInDb: a })
    })

    it('answers a 409 with the tombstone, so that RxDB can insert over it', async () => {
      const instance = await start()
      const a = makeItem({ id: 'a', kind: 'x' })
      await insert(instance, a)
      const gone = changeItem(a, { _deleted: true })
      await instance.bulkWrite([gone], 'test')
      const { error } = await insert(instance, makeItem({ id: 'a', kind: 'y' }))
      expect(error[0]).toMatchObject({ status: 409, documentInDb: { id: 'a', _deleted: true, _rev: '2-a' } })
      expect((await instance.bulkWrite([changeItem(gone.document, { _deleted: false })], 'test')).error).toEqual([])
      expect(await findIds(instance, { selector: { _deleted: { $eq: false } } })).toEqual(['a'])
    })

    it('tells every write once, before it resolves, in commit order, with operation and previous document', async () => {
      const instance = await start()
      const told: Bulk[] = []
      instance.changeStream().subscribe(bulk => told.push(bulk))
      const a = makeItem({ id: 'a' })
      const writing = insert(instance, a)
      await writing
      expect(told).toHaveLength(1)
      const change = changeItem(a, { rank: 1 })
      const removal = changeItem(change.document, { _deleted: true })
      await instance.bulkWrite([change], 'second')
      await instance.bulkWrite([removal], 'third')
      await instance.bulkWrite([changeItem(removal.document, { _deleted: false })], 'fourth')
      expect(told.map(bulk => [bulk.context, bulk.events.map(event => event.operation)])).toEqual([
        ['test', ['INSERT']],
        ['second', ['UPDATE']],
        ['third', ['DELETE']],
        ['fourth', ['INSERT']],
      ])
      expect(told[1]?.events[0]).toMatchObject({ previousDocumentData: a, documentData: { rank: 1 } })
      expect(new Set(told.map(bulk => bulk.id)).size).toBe(4)
    })

    it('tells nothing when a document arrives already deleted, and nothing when all rows are refused', async () => {
      const instance = await start()
      const told: Bulk[] = []
      instance.changeStream().subscribe(bulk => told.push(bulk))
      await insert(instance, makeItem({ id: 'a' }, 1, { _deleted: true }))
      await insert(instance, makeItem({ id: 'a' }))
      expect(told).toEqual([])
      expect(await instance.findDocumentsById(['a'], true)).toHaveLength(1)
    })

    it('never mutates what it is given', async () => {
      const instance = await start()
      const a = makeItem({ id: 'a', more: { list: [1, 2] } })
      const before = structuredClone(a)
      await insert(instance, a)
      await findIds(instance, { selector: { 'more.list': 2 } })
      expect(a).toEqual(before)
    })

    it('gives each change once by its checkpoints, the newest state of it, whatever the page size', async () => {
      const instance = await start()
      const items = Array.from({ length: 7 }, (_, index) => makeItem({ id: `i${index}` }))
      await insert(instance, ...items)
      const [first] = items
      if (!first) throw new Error('no item')
      await instance.bulkWrite([changeItem(first, { rank: 9 })], 'test')
      const seen: string[] = []
      let checkpoint: unknown
      for (;;) {
        const page = await readChanges(instance, 2, checkpoint)
        seen.push(...page.documents.map(document => `${document.id} ${document._rev}`))
        checkpoint = page.checkpoint
        if (page.documents.length === 0) break
      }
      expect(seen.toSorted()).toEqual(['i0 2-a', ...items.slice(1).map(item => `${item.id} 1-a`)])
      expect((await readChanges(instance, 10, checkpoint)).checkpoint).toEqual(checkpoint)
    })

    it('gives with each event a checkpoint after which only later changes come', async () => {
      const instance = await start()
      const told: Bulk[] = []
      instance.changeStream().subscribe(bulk => told.push(bulk))
      await insert(instance, makeItem({ id: 'a' }), makeItem({ id: 'b' }))
      await insert(instance, makeItem({ id: 'c' }))
      const after = await readChanges(instance, 10, told[0]?.checkpoint)
      expect(after.documents.map(document => document.id)).toEqual(['c'])
    })

    it('counts what query finds, skip and limit included', async () => {
      const instance = await start()
      await insert(
        instance,
        ...Array.from({ length: 9 }, (_, index) => makeItem({ id: `i${index}`, kind: index % 2 ? 'x' : 'y' })),
      )
      for (const query of [{}, { selector: { kind: 'x' } }, { selector: { kind: 'y' }, limit: 3 }, { skip: 4 }]) {
        const prepared = prepareQuery(ITEM_SCHEMA, normalizeMangoQuery<Item>(ITEM_SCHEMA, query))
        const { documents } = await instance.query(prepared)
        // RxDB never counts with skip or limit; the interface asks for it and memory ignores it.
        if ('limit' in query || 'skip' in query) continue
        expect(await instance.count(prepared)).toEqual({ count: documents.length, mode: 'fast' })
      }
    })

    it('honours limit 0, skip beyond the end, and descending sorts', async () => {
      const instance = await start()
      await insert(instance, ...['a', 'b', 'c'].map((id, rank) => makeItem({ id, rank, kind: 'k' })))
      expect(await findIds(instance, { limit: 0 })).toEqual([])
      expect(await findIds(instance, { skip: 9 })).toEqual([])
      expect(await findIds(instance, { sort: [{ rank: 'desc' }], skip: 1, limit: 1 })).toEqual(['b'])
    })

    it('finds 40,000 ids in one call', async () => {
      const instance = await start()
      const items = Array.from({ length: 2000 }, (_, index) => makeItem({ id: `i${index * 20}` }))
      await insert(instance, ...items)
      const ids = Array.from({ length: 40_000 }, (_, index) => `i${index}`)
      expect((await instance.findDocumentsById(ids, false)).map(each => each.id)).toEqual(items.map(item => item.id))
    })

    it('purges tombstones older than asked and nothing else', async () => {
      const instance = await start()
      const [a, b] = [makeItem({ id: 'a' }), makeItem({ id: 'b' })]
      await insert(instance, a, b)
      await instance.bulkWrite([changeItem(a, { _deleted: true })], 'test')
      expect(await instance.cleanup(60_000)).toBe(true)
      expect(await instance.findDocumentsById(['a', 'b'], true)).toHaveLength(2)
      while (!(await instance.cleanup(0)));
      expect((await instance.findDocumentsById(['a', 'b'], true)).map(each => each.id)).toEqual(['b'])
    })

    it('stores, replaces, keeps and drops attachments', async () => {
      const instance = await start()
      const write = (text: string) => ({
        data: new Blob([text]),
        length: text.length,
        type: 'text/plain',
        digest: `d-${text}`,
      })
      const stub = (text: string) => ({ length: text.length, type: 'text/plain', digest: `d-${text}` })
      const document = (attachments: object, height = 1) =>
        makeItem({ id: 'a' }, height, { _attachments: attachments as never })
      await insert(instance, document({ photo: write('one'), note: write('two') }))
      const [stored] = await instance.findDocumentsById(['a'], false)
      expect(stored?._attachments).toEqual({ photo: stub('one'), note: stub('two') })
      expect(await (await instance.getAttachmentData('a', 'photo', 'd-one')).text()).toBe('one')
      if (!stored) throw new Error('not stored')
      await instance.bulkWrite([{ previous: stored, document: document({ photo: write('three') }, 2) }], 'test')
      expect(await (await instance.getAttachmentData('a', 'photo', 'd-three')).text()).toBe('three')
      await expect((async () => instance.getAttachmentData('a', 'note', 'd-two'))()).rejects.toThrow()
    })

    it('keeps collections apart, and several instances of one collection together', async () => {
      const storage = open()
      const [first, second, other] = [
        await start('items', storage),
        await start('items', storage),
        await start('others', storage),
      ]
      const told: string[] = []
      second.changeStream().subscribe(bulk => told.push(...bulk.events.map(event => event.documentId)))
      await insert(first, makeItem({ id: 'a' }))
      expect(await findIds(second, {})).toEqual(['a'])
      expect(told).toEqual(['a'])
      expect(await findIds(other, {})).toEqual([])
      await first.close()
      expect(await findIds(second, {})).toEqual(['a'])
    })

    it('closes more than once without complaint, and refuses remove() after it', async () => {
      const instance = await openInstance(open(), 'items', `contract${run}`)
      await instance.close()
      await instance.close()
      await expect((async () => instance.remove())()).rejects.toThrow()
    })

    it('removes its data: the same collection starts empty afterwards', async () => {
      const storage = open()
      const keeper = await start('keeper', storage)
      const instance = await openInstance(storage, 'items', `contract${run}`)
      await insert(instance, makeItem({ id: 'a' }))
      await insert(keeper, makeItem({ id: 'k' }))
      await instance.remove()
      expect(await findIds(await start('items', storage), {})).toEqual([])
      expect(await findIds(keeper, {})).toEqual(['k'])
    })
  })
}

export async function readChanges(instance: Instance, limit: number, checkpoint: unknown) {
  if (instance.getChangedDocumentsSince) return instance.getChangedDocumentsSince(limit, checkpoint)
  const { getChangedDocumentsSince } = await import('rxdb')
  return getChangedDocumentsSince(instance, limit, checkpoint)
}
