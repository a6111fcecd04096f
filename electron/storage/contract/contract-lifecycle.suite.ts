/** The contract of cleanup, close and remove, and of many instances of many collections beside each other. */
import { expect } from 'vitest'
import type { ContractCase, Instance } from './contract-case.suite.ts'
import {
  changeItem,
  findIds,
  insert,
  listen,
  makeFullItem,
  makeItems,
  makeSchema,
  prepare,
  readChanges,
  readOne,
  removeItem,
} from './contract-case.suite.ts'

const HOUR = 3_600_000

async function cleanUp(instance: Instance, minimumDeletedTime: number): Promise<void> {
  for (let call = 0; !(await instance.cleanup(minimumDeletedTime)); call++)
    if (call > 100) throw new Error('It never ends')
}

/** Also what throws at once where a promise was promised is a refusal. */
async function refuses(name: string, ask: () => unknown): Promise<void> {
  await expect((async () => ask())(), name).rejects.toThrow()
}

export const LIFECYCLE: readonly ContractCase[] = [
  {
    name: 'purges tombstones older than asked, and nothing else',
    async run(bench) {
      const instance = await bench.open()
      const long = { _meta: { lwt: Date.now() - 2 * HOUR } }
      const [a, b, c] = [
        makeFullItem({ id: 'a' }),
        makeFullItem({ id: 'b' }, 1, long),
        makeFullItem({ id: 'c' }, 1, long),
      ]
      await insert(instance, a, b, c)
      await instance.bulkWrite([removeItem(a), changeItem(b, { _deleted: true, ...long })], 'test')
      await cleanUp(instance, HOUR)
      expect((await instance.findDocumentsById(['a', 'b', 'c'], true)).map(each => each.id)).toEqual(['a', 'c'])
      await cleanUp(instance, -HOUR)
      expect((await instance.findDocumentsById(['a', 'b', 'c'], true)).map(each => each.id)).toEqual(['c'])
      expect(await findIds(instance, {})).toEqual(['c'])
    },
  },
  {
    name: 'purges more than a thousand tombstones, says when it is done, and takes their ids again',
    async run(bench) {
      const instance = await bench.open()
      const items = makeItems(1200).map(item => ({ ...item, _deleted: true }))
      await insert(instance, ...items)
      await cleanUp(instance, -HOUR)
      expect(
        await instance.findDocumentsById(
          items.map(item => item.id),
          true,
        ),
      ).toEqual([])
      expect((await insert(instance, ...makeItems(1200))).error).toEqual([])
    },
  },
  {
    name: 'closes more than once without complaint',
    async run(bench) {
      const instance = await bench.open()
      await Promise.all([instance.close(), instance.close()])
      await instance.close()
    },
  },
  {
    name: 'refuses remove() after close()',
    async run(bench) {
      const instance = await bench.open()
      await instance.close()
      await refuses('remove', () => instance.remove())
    },
  },
  {
    name: 'refuses everything after close()',
    async run(bench) {
      const instance = await bench.open()
      const item = makeFullItem({ id: 'a' })
      const prepared = prepare(instance, {})
      await insert(instance, item)
      await instance.close()
      await refuses('bulkWrite', () => instance.bulkWrite([changeItem(item, {})], 'test'))
      await refuses('findDocumentsById', () => instance.findDocumentsById(['a'], true))
      await refuses('query', () => instance.query(prepared))
      await refuses('count', () => instance.count(prepared))
      await refuses('changes', () => readChanges(instance, 1, undefined))
      await refuses('changeStream', () => instance.changeStream())
      await refuses('cleanup', () => instance.cleanup(0))
      await refuses('getAttachmentData', () => instance.getAttachmentData('a', 'b', 'c'))
    },
  },
  {
    name: 'finds everything again after it was closed and opened',
    async run(bench) {
      let instance = await bench.open()
      const [a, b] = [makeFullItem({ id: 'a', kind: 'k' }), makeFullItem({ id: 'b' })]
      await insert(instance, a, b)
      await instance.bulkWrite([removeItem(b)], 'test')
      await instance.close()
      instance = await bench.open()
      expect(await readOne(instance, 'a')).toEqual(a)
      expect(await readOne(instance, 'b')).toMatchObject({ _deleted: true })
      expect(await findIds(instance, { selector: { kind: 'k' } })).toEqual(['a'])
    },
  },
  {
    name: 'removes its data: the same collection starts empty afterwards, others keep theirs',
    async run(bench) {
      const keeper = await bench.open({ collection: 'keeper' })
      const instance = await bench.open()
      await insert(instance, makeFullItem({ id: 'a' }), makeFullItem({ id: 'b' }))
      await insert(keeper, makeFullItem({ id: 'k' }))
      await instance.remove()
      await refuses('bulkWrite', () => insert(instance, makeFullItem({ id: 'c' })))
      const again = await bench.open()
      expect(await findIds(again, {})).toEqual([])
      expect((await insert(again, makeFullItem({ id: 'a' }))).error).toEqual([])
      expect((await readChanges(again, 10, undefined)).documents).toHaveLength(1)
      expect(await findIds(keeper, {})).toEqual(['k'])
    },
  },
  {
    name: 'lets several instances of one collection share their data',
    async run(bench) {
      const [first, second] = [await bench.open(), await bench.open()]
      const item = makeFullItem({ id: 'a', rank: 1 })
      await insert(first, item)
      expect(await findIds(second, {})).toEqual(['a'])
      await second.bulkWrite([changeItem(item, { rank: 2 })], 'test')
      expect(await readOne(first, 'a')).toMatchObject({ rank: 2 })
      await first.close()
      expect(await readOne(second, 'a')).toMatchObject({ rank: 2 })
    },
  },
  {
    name: 'tells the changes of one instance to the others of its collection',
    async run(bench) {
      const [first, second] = [await bench.open(), await bench.open()]
      const told = listen(second)
      await insert(first, makeFullItem({ id: 'a' }))
      expect(told.flatMap(bulk => bulk.events.map(event => event.documentId))).toEqual(['a'])
    },
  },
  {
    name: 'keeps databases, collections and versions of one collection apart',
    async run(bench) {
      const places = [
        {},
        { collection: 'others' },
        { schema: makeSchema(['kind'], 1) },
        { schema: makeSchema(['rank'], 10) },
        { database: 'elsewhere' },
        { database: 'elsewhere', collection: 'others' },
      ]
      const instances = await Promise.all(places.map(place => bench.open(place)))
      for (const [index, instance] of instances.entries()) await insert(instance, makeFullItem({ id: `i${index}` }))
      for (const [index, instance] of instances.entries()) expect(await findIds(instance, {})).toEqual([`i${index}`])
    },
  },
  {
    name: 'opens fifty collections at a time',
    async run(bench) {
      const collections = Array.from({ length: 50 }, (_, index) => `c${index}`)
      const instances = await Promise.all(collections.map(collection => bench.open({ collection })))
      await Promise.all(instances.map((instance, index) => insert(instance, makeFullItem({ id: `i${index}` }))))
      expect(await findIds(instances[49] as Instance, {})).toEqual(['i49'])
      await Promise.all(instances.map(instance => instance.close()))
    },
  },
]
