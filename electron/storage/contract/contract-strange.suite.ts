/** The contract holds for whatever is a JSON value and whatever is a name: strange ids, odd fields, deep and large documents. */
import { isDeepStrictEqual } from 'node:util'
import type { RxStorageInstance } from 'rxdb'
import { fillWithDefaultSettings, getComposedPrimaryKeyOfDocumentData } from 'rxdb'
import { expect } from 'vitest'
import type { ContractCase, Item, ItemSchema } from './contract-case.suite.ts'
import { changeItem, findIds, insert, makeFullItem, readOne } from './contract-case.suite.ts'

const STRANGE = [
  ...[
    '"',
    "'; DROP TABLE x; --",
    'a b',
    ' a',
    'a ',
    '%',
    '_',
    '[1]',
    '{}',
    '\\',
    '/',
    '|',
    '..',
    '?',
    '\n',
    '\t',
    '\u0001',
    '\u007f',
  ],
  ...['ä', 'a\u0308', '\u{1f600}', '\ufffd', '\ue000', '\u200b', '__proto__', 'constructor', 'toString', 'null', '0'],
]

export const STRANGE_VALUES: readonly ContractCase[] = [
  {
    name: 'keeps ids and values apart that are hostile to SQL, JSON, paths or objects',
    async run(bench) {
      const instance = await bench.open()
      await insert(instance, ...STRANGE.map(id => makeFullItem({ id, kind: id })))
      for (const id of STRANGE) {
        expect(
          (await instance.findDocumentsById([id], false)).map(each => each.kind),
          JSON.stringify(id),
        ).toEqual([id])
        expect(await findIds(instance, { selector: { kind: id } }), JSON.stringify(id)).toEqual([id])
      }
      expect((await instance.findDocumentsById(STRANGE, false)).map(each => each.id)).toEqual(STRANGE)
      expect(await findIds(instance, { sort: [{ id: 'asc' }] })).toEqual(STRANGE.toSorted())
    },
  },
  {
    name: 'finds what begins with the last of all characters',
    async run(bench) {
      const instance = await bench.open()
      await insert(instance, makeFullItem({ id: 'a', kind: '\uffff' }), makeFullItem({ id: '\uffff\uffff', kind: 'x' }))
      expect(await findIds(instance, { selector: { kind: '\uffff' } })).toEqual(['a'])
      expect(await findIds(instance, { sort: [{ kind: 'desc' }] })).toEqual(['a', '\uffff\uffff'])
      expect(await findIds(instance, { sort: [{ id: 'asc' }] })).toEqual(['a', '\uffff\uffff'])
    },
  },
  {
    name: 'keeps ids apart that differ by a NUL or by a lone surrogate only',
    async run(bench) {
      const instance = await bench.open()
      const ids = ['a', 'a\0', 'a\0b', '\0', '\ud800', '\ud801', '\udfff', '\ud800\ud800']
      await insert(instance, ...ids.map(id => makeFullItem({ id, kind: id })))
      for (const id of ids) {
        expect((await readOne(instance, id))?.id, JSON.stringify(id)).toBe(id)
        expect(await findIds(instance, { selector: { kind: id } }), JSON.stringify(id)).toEqual([id])
      }
      expect(await findIds(instance, { sort: [{ id: 'asc' }] })).toEqual(ids.toSorted())
    },
  },
  {
    name: 'finds numbers of any size by themselves, whole ones that JSON rounds included',
    async run(bench) {
      const instance = await bench.open()
      const numbers = [
        5e-324,
        1e-310,
        0.1 + 0.2,
        1 / 3,
        770_901_535_869_904_100,
        2 ** 60,
        2 ** 63,
        2 ** 64,
        1e21,
        1e300,
      ]
      const items = [...numbers, ...numbers.map(number => -number)].map((n, index) =>
        makeFullItem({ id: `i${index}`, more: { n } }),
      )
      await insert(instance, ...items)
      for (const { id, more } of items) {
        const { n } = more as { n: number }
        for (const condition of [n, { $eq: n }, { $gte: n, $lte: n }, { $in: [n] }])
          expect(await findIds(instance, { selector: { 'more.n': condition } }), String(n)).toEqual([id])
      }
    },
  },
  {
    name: 'keeps databases and collections apart whose names are hostile or differ little',
    async run(bench) {
      const names = [
        'items',
        'Items',
        'itEms',
        'it"ems',
        "it'ems",
        'items;--',
        'items%',
        'ite ms',
        'items/0',
        'sqlite_items',
      ]
      const places = names.flatMap(name => [{ collection: name }, { database: name }])
      const instances = await Promise.all(places.map(place => bench.open(place)))
      for (const [index, instance] of instances.entries()) await insert(instance, makeFullItem({ id: `i${index}` }))
      for (const [index, instance] of instances.entries())
        expect(await findIds(instance, {}), JSON.stringify(places[index])).toEqual([`i${index}`])
    },
  },
  {
    name: 'finds documents by fields with strange names',
    async run(bench) {
      const instance = await bench.open()
      const names = STRANGE.filter(name => !name.includes('.') && !['__proto__', 'constructor'].includes(name))
      const more = Object.fromEntries([...names, '\ud800'].map((name, index) => [name, index]))
      await insert(instance, makeFullItem({ id: 'a', more }), makeFullItem({ id: 'b', more: {} }))
      for (const [name, index] of Object.entries(more).filter(([name]) => name !== '0'))
        expect(await findIds(instance, { selector: { [`more.${name}`]: index } }), JSON.stringify(name)).toEqual(['a'])
    },
  },
  {
    name: 'keeps fields that are named like the properties of every object',
    async run(bench) {
      const instance = await bench.open()
      const text = '{"at":"x","__proto__":{"x":1},"constructor":"c","toString":5,"hasOwnProperty":null,"prototype":[]}'
      const item = makeFullItem({ id: 'a', more: JSON.parse(text) as unknown })
      await insert(instance, item)
      expect(JSON.stringify((await readOne(instance, 'a'))?.more)).toBe(text)
      expect(await findIds(instance, { selector: { 'more.constructor': 'c' } })).toEqual(['a'])
      expect(await findIds(instance, { selector: { 'more.toString': 5 } })).toEqual(['a'])
      expect(await findIds(instance, { selector: { 'more.valueOf': { $eq: 5 } } })).toEqual([])
    },
  },
  {
    name: 'keeps and finds a document of a million characters and one that is 1,500 levels deep',
    async run(bench) {
      const instance = await bench.open()
      const text = 'Ünïcode \u{1f600} '.repeat(80_000)
      let deep: unknown = 'bottom'
      for (let level = 0; level < 1500; level++) deep = level % 2 ? [deep] : { deep }
      const items = [
        makeFullItem({ id: 'large', more: { text } }),
        makeFullItem({ id: 'deep', more: { deep, at: 'x' } }),
      ]
      await insert(instance, ...items, makeFullItem({ id: 'small', more: { at: 'x', n: 5 } }))
      expect(isDeepStrictEqual((await readOne(instance, 'large'))?.more, items[0]?.more)).toBe(true)
      expect(JSON.stringify((await readOne(instance, 'deep'))?.more)).toBe(JSON.stringify(items[1]?.more))
      const sort = [{ id: 'asc' }]
      expect(await findIds(instance, { selector: { 'more.at': 'x' }, sort })).toEqual(['deep', 'small'])
      expect(await findIds(instance, { selector: { 'more.n': 5 }, sort })).toEqual(['small'])
      expect(await findIds(instance, { selector: { 'more.text': text }, sort })).toEqual(['large'])
    },
  },
  {
    name: 'answers selectors of thousands of parts, and ones that are hundreds of levels deep',
    async run(bench) {
      const instance = await bench.open()
      await insert(instance, makeFullItem({ id: 'a', kind: 'k3' }), makeFullItem({ id: 'b', kind: 'z' }))
      const kinds = Array.from({ length: 3000 }, (_, index) => `k${index}`)
      expect(await findIds(instance, { selector: { kind: { $in: kinds } } })).toEqual(['a'])
      expect(await findIds(instance, { selector: { $or: kinds.map(kind => ({ kind })) } })).toEqual(['a'])
      expect(await findIds(instance, { selector: { $and: kinds.map(kind => ({ kind: { $ne: kind } })) } })).toEqual([
        'b',
      ])
      let selector: object = { kind: { $eq: 'z' } }
      for (let level = 0; level < 300; level++)
        selector = level % 2 ? { $or: [selector] } : { $nor: [{ $nor: [selector] }] }
      expect(await findIds(instance, { selector })).toEqual(['b'])
    },
  },
  {
    name: 'keeps documents with a composite primary key',
    async run(bench) {
      const schema: ItemSchema = fillWithDefaultSettings<Item>({
        version: 0,
        primaryKey: { key: 'id', fields: ['kind', 'rank'], separator: '|' } as never,
        type: 'object',
        properties: {
          id: { type: 'string', maxLength: 60 },
          kind: { type: 'string', maxLength: 20 },
          rank: { type: 'number', minimum: 0, maximum: 1000, multipleOf: 1 },
        } as never,
        indexes: ['rank'],
        required: ['id', 'kind', 'rank'],
      })
      const instance: RxStorageInstance<Item, unknown, unknown, unknown> = await bench.open({ schema })
      const items = ['x', 'y'].flatMap(kind =>
        [1, 10, 2].map(rank => {
          const id = getComposedPrimaryKeyOfDocumentData(schema, { kind, rank })
          return makeFullItem({ id, kind, rank })
        }),
      )
      expect((await insert(instance, ...items)).error).toEqual([])
      expect(await findIds(instance, { selector: { rank: { $gte: 2 } }, sort: [{ rank: 'asc' }] })).toEqual([
        'x|2',
        'y|2',
        'x|10',
        'y|10',
      ])
      expect(await findIds(instance, { selector: { id: { $gt: 'x|10' } }, sort: [{ id: 'asc' }] })).toEqual([
        'x|2',
        'y|1',
        'y|10',
        'y|2',
      ])
      const first = items[0]
      if (!first) throw new Error('no item')
      expect((await instance.bulkWrite([changeItem(first, { _deleted: true })], 'test')).error).toEqual([])
      expect((await insert(instance, first)).error[0]).toMatchObject({ status: 409, documentId: 'x|1' })
    },
  },
]
