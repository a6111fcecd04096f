/** The contract of bulkWrite and findDocumentsById: each document alone, whole, and by its revision. */
import { expect } from 'vitest'
import type { ContractCase } from './contract-case.suite.ts'
import {
  changeItem,
  findIds,
  insert,
  listen,
  makeFullItem,
  makeItems,
  readOne,
  removeItem,
} from './contract-case.suite.ts'

export const WRITES: readonly ContractCase[] = [
  {
    name: 'finds by id what was written, in the order asked for, without tombstones unless asked for',
    async run(bench) {
      const instance = await bench.open()
      const [a, b, c] = [makeFullItem({ id: 'a' }), makeFullItem({ id: 'b' }), makeFullItem({ id: 'c' })]
      expect((await insert(instance, a, b, c)).error).toEqual([])
      await instance.bulkWrite([removeItem(b)], 'test')
      expect((await instance.findDocumentsById(['c', 'x', 'b', 'a'], false)).map(each => each.id)).toEqual(['c', 'a'])
      expect((await instance.findDocumentsById(['c', 'x', 'b', 'a'], true)).map(each => each.id)).toEqual([
        'c',
        'b',
        'a',
      ])
      expect(await instance.findDocumentsById([], true)).toEqual([])
    },
  },
  {
    name: 'gives a document back as it was written, with nothing of its own in it',
    async run(bench) {
      const instance = await bench.open()
      const more = {
        list: [[], {}, [1, [2, null]]],
        text: 'ä\u{1f600}\n"\\',
        none: null,
        no: false,
        zero: 0,
        tiny: 5e-324,
      }
      const a = makeFullItem({ id: 'a', kind: '', rank: -1.5, more: { ...more, big: 2 ** 53, huge: Number.MAX_VALUE } })
      await insert(instance, a)
      expect(await readOne(instance, 'a')).toEqual(a)
      expect(Object.keys((await readOne(instance, 'a')) ?? {}).toSorted()).toEqual(Object.keys(a).toSorted())
    },
  },
  {
    name: 'replaces the whole document: a field left out is gone',
    async run(bench) {
      const instance = await bench.open()
      const a = makeFullItem({ id: 'a', kind: 'x', rank: 1 })
      await insert(instance, a)
      const document = makeFullItem({ id: 'a', rank: 2 }, 2)
      expect((await instance.bulkWrite([{ previous: a, document }], 'test')).error).toEqual([])
      expect(await readOne(instance, 'a')).toEqual(document)
      expect(await findIds(instance, { selector: { kind: 'x' } })).toEqual([])
    },
  },
  {
    name: 'shows a change at once, by id and by query, however often it was read before',
    async run(bench) {
      const instance = await bench.open()
      let item = makeFullItem({ id: 'a', kind: 'k', rank: 0 })
      await insert(instance, item)
      for (let rank = 1; rank < 5; rank++) {
        expect(await readOne(instance, 'a')).toMatchObject({ rank: rank - 1 })
        expect(await findIds(instance, { selector: { kind: 'k', rank: rank - 1 } })).toEqual(['a'])
        const row = changeItem(item, { rank })
        await instance.bulkWrite([row], 'test')
        item = row.document
        expect(await readOne(instance, 'a')).toMatchObject({ rank })
        expect(await findIds(instance, { selector: { kind: 'k', rank: rank - 1 } })).toEqual([])
      }
    },
  },
  {
    name: 'refuses each conflicting row alone with a 409 that carries the full current document',
    async run(bench) {
      const instance = await bench.open()
      const a = makeFullItem({ id: 'a', kind: 'k', more: { deep: [1, { two: 2 }] } })
      await insert(instance, a)
      const again = { document: makeFullItem({ id: 'a' }) }
      const { error } = await instance.bulkWrite([again, { document: makeFullItem({ id: 'b' }) }], 'ctx')
      expect(error).toHaveLength(1)
      expect(error[0]).toMatchObject({ status: 409, documentId: 'a', isError: true, context: 'ctx', writeRow: again })
      expect(error[0]).toHaveProperty('documentInDb', a)
      expect(await findIds(instance, { sort: [{ id: 'asc' }] })).toEqual(['a', 'b'])
    },
  },
  {
    name: 'refuses a change of another revision than the stored one with a 409 that carries the full current document',
    async run(bench) {
      const instance = await bench.open()
      const a = makeFullItem({ id: 'a', kind: 'k' })
      await insert(instance, a)
      const newer = changeItem(a, { kind: 'newer' })
      await instance.bulkWrite([newer], 'test')
      const { error } = await instance.bulkWrite([changeItem(a, { kind: 'stale' })], 'test')
      expect(error).toHaveLength(1)
      expect(error[0]).toMatchObject({ status: 409, documentInDb: newer.document })
      expect(await readOne(instance, 'a')).toEqual(newer.document)
    },
  },
  {
    name: 'answers a 409 with the full tombstone, so that RxDB can insert over it',
    async run(bench) {
      const instance = await bench.open()
      const a = makeFullItem({ id: 'a', kind: 'x', more: { at: 'kept' } })
      await insert(instance, a)
      const gone = removeItem(a)
      await instance.bulkWrite([gone], 'test')
      const { error } = await insert(instance, makeFullItem({ id: 'a', kind: 'y' }))
      expect(error[0]).toMatchObject({ status: 409, documentInDb: gone.document })
      const back = changeItem(gone.document, { _deleted: false, kind: 'y' })
      expect((await instance.bulkWrite([back], 'test')).error).toEqual([])
      expect(await findIds(instance, { selector: { _deleted: { $eq: false } } })).toEqual(['a'])
    },
  },
  {
    name: 'writes a change of a document that it does not have, and a jump over revisions',
    async run(bench) {
      const instance = await bench.open()
      const known = changeItem(makeFullItem({ id: 'a' }), { kind: 'pulled' })
      expect((await instance.bulkWrite([known], 'test')).error).toEqual([])
      const jump = { previous: known.document, document: makeFullItem({ id: 'a', kind: 'jumped' }, 9) }
      expect((await instance.bulkWrite([jump], 'test')).error).toEqual([])
      expect(await readOne(instance, 'a')).toMatchObject({ kind: 'jumped', _rev: '9-a' })
    },
  },
  {
    name: 'lets the first of two bulks that are written at the same time win',
    async run(bench) {
      const instance = await bench.open()
      const [first, second] = await Promise.all([
        insert(instance, makeFullItem({ id: 'a', kind: 'first' })),
        insert(instance, makeFullItem({ id: 'a', kind: 'second' })),
      ])
      expect([first.error.length, second.error.length]).toEqual([0, 1])
      expect(await readOne(instance, 'a')).toMatchObject({ kind: 'first' })
    },
  },
  {
    name: 'meets the same document twice in one bulk one after the other',
    async run(bench) {
      const instance = await bench.open()
      const told = listen(instance)
      const first = makeFullItem({ id: 'a', rank: 1 })
      const { error } = await insert(instance, first, makeFullItem({ id: 'a', rank: 2 }))
      expect(error).toHaveLength(1)
      expect(error[0]).toMatchObject({ status: 409, documentInDb: first })
      const change = changeItem(first, { rank: 3 })
      expect((await instance.bulkWrite([change, changeItem(change.document, { rank: 4 })], 'test')).error).toEqual([])
      expect(await readOne(instance, 'a')).toMatchObject({ rank: 4 })
      const ranks = told.flatMap(bulk => bulk.events.map(event => event.documentData.rank))
      expect(ranks).toEqual([1, 3, 4])
    },
  },
  {
    name: 'never mutates what it is given, nor what it gave',
    async run(bench) {
      const instance = await bench.open()
      const a = freeze(makeFullItem({ id: 'a', more: { at: 'x', list: [1, 2] } }))
      const before = structuredClone(a)
      await insert(instance, a)
      const [given] = await instance.findDocumentsById(['a'], true)
      const change = freeze(changeItem(a, { more: { at: 'x', list: [3] } }))
      await instance.bulkWrite([change], 'test')
      await findIds(instance, { selector: { 'more.list': 3 } })
      expect(a).toEqual(before)
      expect(given).toEqual(before)
    },
  },
  {
    name: 'takes an empty bulk, and one of 10,000 documents (fewer where a storage is slow)',
    async run(bench) {
      const instance = await bench.open()
      const told = listen(instance)
      expect((await instance.bulkWrite([], 'test')).error).toEqual([])
      expect(told).toEqual([])
      const items = makeItems(bench.many(10_000), index => ({ kind: `k${index % 10}` }))
      expect((await insert(instance, ...items)).error).toEqual([])
      expect(told.map(bulk => bulk.events.length)).toEqual([items.length])
      const found = await findIds(instance, { selector: { kind: 'k3' }, sort: [{ id: 'asc' }] })
      expect(found).toEqual(items.filter((_, index) => index % 10 === 3).map(item => item.id))
    },
  },
  {
    name: 'finds 40,000 ids in one call (fewer where a storage is slow)',
    async run(bench) {
      const instance = await bench.open()
      const items = Array.from({ length: bench.many(40_000) / 40 }, (_, index) =>
        makeFullItem({ id: `i${index * 40}` }),
      )
      await insert(instance, ...items)
      const ids = Array.from({ length: bench.many(40_000) }, (_, index) => `i${index}`)
      expect((await instance.findDocumentsById(ids, false)).map(each => each.id)).toEqual(items.map(item => item.id))
    },
  },
]

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(Object.freeze(value))) freeze(part)
  return value
}
