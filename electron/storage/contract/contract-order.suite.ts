/** The contract of sorting, skipping, limiting and counting. */
import { expect } from 'vitest'
import type { ContractCase, Instance } from './contract-case.suite.ts'
import {
  changeItem,
  countItems,
  findIds,
  insert,
  makeFullItem,
  makeItem,
  makeItems,
  makeSchema,
  prepare,
} from './contract-case.suite.ts'

/** In the order of their UTF-16 units; by UTF-8 bytes the astral one would come last. */
const TEXTS = ['', ' ', '1', '10', '2', 'A', 'Z', 'a', 'ab', 'z', 'ä', '\ud7ff', '\u{1f600}', '\ue000', '\uffee']

export const ORDER: readonly ContractCase[] = [
  {
    name: 'sorts text by its UTF-16 units, indexed or not, and compares it so',
    async run(bench) {
      for (const [collection, schema] of [
        ['indexed', makeSchema(['kind'])],
        ['bare', makeSchema(undefined)],
      ] as const) {
        const instance = await bench.open({ collection, schema })
        const shuffled = TEXTS.map((kind, index) => [kind, (index * 7) % TEXTS.length] as const).toSorted(
          (a, b) => a[1] - b[1],
        )
        await insert(instance, ...shuffled.map(([kind], index) => makeFullItem({ id: `i${index}`, kind })))
        const kinds = async (query: object) =>
          (await instance.query(prepare(instance, query))).documents.map(document => document.kind)
        expect(await kinds({ sort: [{ kind: 'asc' }] })).toEqual(TEXTS)
        expect(await kinds({ sort: [{ kind: 'desc' }] })).toEqual(TEXTS.toReversed())
        const above = { selector: { kind: { $gt: '\u{1f600}' } }, sort: [{ kind: 'asc' }] }
        expect(await kinds(above)).toEqual(['\ue000', '\uffee'])
      }
    },
  },
  {
    name: 'sorts ids by their UTF-16 units',
    async run(bench) {
      const instance = await bench.open()
      const ids = TEXTS.filter(text => text !== '')
      await insert(instance, ...ids.toReversed().map(id => makeFullItem({ id })))
      expect(await findIds(instance, { sort: [{ id: 'asc' }] })).toEqual(ids)
      expect(await findIds(instance, { selector: { id: { $gt: '\u{1f600}' } }, sort: [{ id: 'desc' }] })).toEqual([
        '\uffee',
        '\ue000',
      ])
    },
  },
  {
    name: 'sorts what is missing first, and last when descending',
    async run(bench) {
      const instance = await bench.open()
      await insert(
        instance,
        makeItem({ id: 'b', rank: 1, more: { at: 'x' } }),
        makeItem({ id: 'c' }),
        makeItem({ id: 'a', rank: -5, more: { at: 'y' } }),
      )
      expect(await findIds(instance, { sort: [{ rank: 'asc' }] })).toEqual(['c', 'a', 'b'])
      expect(await findIds(instance, { sort: [{ rank: 'desc' }] })).toEqual(['b', 'a', 'c'])
      expect(await findIds(instance, { sort: [{ 'more.at': 'asc' }] })).toEqual(['c', 'b', 'a'])
      expect(await findIds(instance, { sort: [{ nowhere: 'asc' }, { id: 'asc' }] })).toEqual(['a', 'b', 'c'])
    },
  },
  {
    name: 'sorts values of different kinds by their kind',
    async run(bench) {
      const values = { missing: undefined, null: null, number: 5, text: 'a', object: { at: 1 }, true: true }
      for (const path of ['more.v', 'rank']) {
        const instance = await bench.open({ collection: path.replace('.', '') })
        const place = (value: unknown) => (path === 'rank' ? { rank: value } : { more: { v: value } })
        const items = Object.entries(values).map(([id, value]) =>
          makeItem({ id, ...(value === undefined ? {} : place(value)) }),
        )
        await insert(instance, ...items.toReversed())
        expect(await findIds(instance, { sort: [{ [path]: 'asc' }] }), path).toEqual(Object.keys(values))
        expect(await findIds(instance, { sort: [{ [path]: 'desc' }] }), path).toEqual(Object.keys(values).toReversed())
      }
    },
  },
  {
    name: 'sorts by several paths, each its own way, and ends with the id',
    async run(bench) {
      const instance = await filled(await bench.open())
      expect(await findIds(instance, { sort: [{ flag: 'desc' }, { rank: 'asc' }] })).toEqual([
        'i3',
        'i4',
        'i5',
        'i0',
        'i1',
        'i2',
      ])
      expect(await findIds(instance, { sort: [{ kind: 'asc' }, { rank: 'desc' }] })).toEqual([
        'i4',
        'i2',
        'i0',
        'i5',
        'i3',
        'i1',
      ])
      expect(await findIds(instance, { sort: [{ kind: 'desc' }, { id: 'desc' }] })).toEqual([
        'i5',
        'i3',
        'i1',
        'i4',
        'i2',
        'i0',
      ])
      expect(await findIds(instance, { sort: [{ kind: 'asc' }] })).toEqual(['i0', 'i2', 'i4', 'i1', 'i3', 'i5'])
    },
  },
  {
    name: 'skips and limits what is sorted, to nothing and beyond the end too',
    async run(bench) {
      const instance = await filled(await bench.open())
      const sort = [{ rank: 'desc' }]
      for (const selector of [{}, { kind: { $gte: 'x' } }, { 'more.at': { $exists: true } }]) {
        expect(await findIds(instance, { selector, sort, limit: 2 })).toEqual(['i5', 'i4'])
        expect(await findIds(instance, { selector, sort, skip: 1, limit: 3 })).toEqual(['i4', 'i3', 'i2'])
        expect(await findIds(instance, { selector, sort, skip: 4 })).toEqual(['i1', 'i0'])
        expect(await findIds(instance, { selector, sort, skip: 5, limit: 9 })).toEqual(['i0'])
        expect(await findIds(instance, { selector, sort, limit: 0 })).toEqual([])
        expect(await findIds(instance, { selector, sort, skip: 9 })).toEqual([])
      }
    },
  },
  {
    name: 'sorts and limits anew after changes',
    async run(bench) {
      const instance = await bench.open()
      const items = makeItems(6, rank => ({ kind: 'k', rank }))
      await insert(instance, ...items)
      const query = { selector: { kind: 'k', _deleted: { $eq: false } }, sort: [{ rank: 'asc' }], limit: 3 }
      expect(await findIds(instance, query)).toEqual(['i00000', 'i00001', 'i00002'])
      const [first, second] = items
      if (!first || !second) throw new Error('no items')
      await instance.bulkWrite([changeItem(first, { rank: 4.5 }), changeItem(second, { _deleted: true })], 'test')
      expect(await findIds(instance, query)).toEqual(['i00002', 'i00003', 'i00004'])
    },
  },
  {
    name: 'counts what a query finds',
    async run(bench) {
      const instance = await filled(await bench.open())
      for (const selector of [
        {},
        { kind: 'x' },
        { kind: 'nobody' },
        { rank: { $gt: 1, $lt: 4 } },
        { 'more.at': 'here' },
      ]) {
        const prepared = prepare(instance, { selector })
        const { documents } = await instance.query(prepared)
        const { count, mode } = await instance.count(prepared)
        expect(count, JSON.stringify(selector)).toBe(documents.length)
        expect(['fast', 'slow']).toContain(mode)
      }
    },
  },
  {
    name: 'counts by an index in the mode fast, so that RxDB allows it',
    async run(bench) {
      const instance = await filled(await bench.open({ schema: makeSchema(['kind']) }))
      const query = { selector: { kind: { $eq: 'x' }, _deleted: { $eq: false } } }
      expect(await instance.count(prepare(instance, query))).toEqual({ count: 3, mode: 'fast' })
    },
  },
  {
    name: 'counts with skip and limit as query does',
    async run(bench) {
      const instance = await filled(await bench.open())
      for (const selector of [{ kind: 'x' }, { 'more.at': 'here' }]) {
        expect(await countItems(instance, { selector, limit: 2 })).toBe(2)
        expect(await countItems(instance, { selector, skip: 1 })).toBe((await countItems(instance, { selector })) - 1)
        expect(await countItems(instance, { selector, skip: 90 })).toBe(0)
        expect(await countItems(instance, { selector, limit: 0 })).toBe(0)
      }
    },
  },
]

/** i0 to i5: kinds x and y by turns, ranks as numbered, flagged from i3 on. */
async function filled(instance: Instance): Promise<Instance> {
  const items = Array.from({ length: 6 }, (_, rank) =>
    makeFullItem({ id: `i${rank}`, kind: rank % 2 ? 'y' : 'x', rank, flag: rank > 2 }),
  )
  await insert(instance, ...items)
  return instance
}
