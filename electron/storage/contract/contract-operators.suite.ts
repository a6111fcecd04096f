/** The contract of selectors: what each operator finds among values of every kind, as RxDB's own matcher says. */
import { expect } from 'vitest'
import type { ContractCase, Instance, ItemSchema, Stored } from './contract-case.suite.ts'
import {
  countItems,
  findIds,
  insert,
  ITEM_SCHEMA,
  makeFullItem,
  makeItem,
  makeSchema,
  removeItem,
} from './contract-case.suite.ts'

/** One document for each kind of value; `none` has no value at all. */
const VALUES: readonly (readonly [string, unknown])[] = [
  ['array', ['a', 5]],
  ['empty', ''],
  ['false', false],
  ['five', 5],
  ['list', [{ at: 'x' }, { at: 'y' }]],
  ['none', undefined],
  ['null', null],
  ['object', { at: 'x' }],
  ['six', 6.5],
  ['text', 'abc'],
  ['true', true],
  ['upper', 'ABC'],
  ['zero', 0],
]

type Expectation = readonly [selector: object, ids: string]

function byOperator(name: string, ...expected: readonly Expectation[]): ContractCase[] {
  return [
    {
      name: `${name}, on a path without an index`,
      run: async bench => check(await bench.open(), 'more.v', expected),
    },
    {
      name: `${name}, on an indexed path of another kind`,
      run: async bench => check(await bench.open(), 'kind', expected),
    },
  ]
}

async function check(instance: Instance, path: string, expected: readonly Expectation[]): Promise<void> {
  const place = (value: unknown) => (path === 'kind' ? { kind: value } : { more: { v: value } })
  const documents = VALUES.map(([id, value]) => makeItem({ id, ...(value === undefined ? {} : place(value)) }))
  await insert(instance, ...documents)
  for (const [condition, ids] of expected) {
    const query = { selector: rename(condition, path), sort: [{ id: 'asc' }] }
    expect((await findIds(instance, query)).join(' '), JSON.stringify(query.selector)).toBe(ids)
    expect(await countItems(instance, query), JSON.stringify(query.selector)).toBe(
      ids === '' ? 0 : ids.split(' ').length,
    )
  }
}

/** `v` and `v.*` in the selectors below stand for the path under test. */
function rename(selector: unknown, path: string): unknown {
  if (Array.isArray(selector)) return selector.map(part => rename(part, path))
  if (typeof selector !== 'object' || selector === null) return selector
  return Object.fromEntries(
    Object.entries(selector).map(([key, part]) => [
      key.replace(/^v(?=$|\.)/, path),
      key.startsWith('$') ? rename(part, path) : part,
    ]),
  )
}

const EVERYTHING = VALUES.map(([id]) => id)
const without = (...ids: string[]) => EVERYTHING.filter(id => !ids.includes(id)).join(' ')

export const OPERATORS: readonly ContractCase[] = [
  ...byOperator(
    '$eq means the same value of the same kind, null also missing, and any element of an array',
    [{ v: { $eq: 5 } }, 'array five'],
    [{ v: 'abc' }, 'text'],
    [{ v: { $eq: 0 } }, 'zero'],
    [{ v: { $eq: '' } }, 'empty'],
    [{ v: { $eq: true } }, 'true'],
    [{ v: { $eq: null } }, 'none null'],
    [{ v: { $eq: '5' } }, ''],
    [{ v: { $eq: ['a', 5] } }, 'array'],
    [{ v: { $eq: [5, 'a'] } }, ''],
    [{ v: { $eq: { at: 'x' } } }, 'list object'],
  ),
  ...byOperator(
    '$ne is the exact opposite of $eq',
    [{ v: { $ne: 5 } }, without('array', 'five')],
    [{ v: { $ne: null } }, without('none', 'null')],
  ),
  ...byOperator(
    '$gt and $gte compare only values of one kind',
    [{ v: { $gt: 0 } }, 'array five six'],
    [{ v: { $gte: 0 } }, 'array five six zero'],
    [{ v: { $gt: 'ABC' } }, 'array text'],
    [{ v: { $gte: '' } }, 'array empty text upper'],
    [{ v: { $gt: false } }, 'true'],
    [{ v: { $gte: null } }, 'null'],
    [{ v: { $gt: null } }, ''],
  ),
  ...byOperator(
    '$lt and $lte compare only values of one kind',
    [{ v: { $lt: 6 } }, 'array five zero'],
    [{ v: { $lte: 5 } }, 'array five zero'],
    [{ v: { $lt: 'a' } }, 'empty upper'],
    [{ v: { $lte: true } }, 'false true'],
    [{ v: { $gt: 0, $lt: 6 } }, 'array five'],
  ),
  ...byOperator(
    '$in and $nin list values; null in the list also means missing',
    [{ v: { $in: [5, 'abc', true] } }, 'array five text true'],
    [{ v: { $in: [null] } }, 'none null'],
    [{ v: { $in: [] } }, ''],
    [{ v: { $nin: [5, null] } }, without('array', 'five', 'none', 'null')],
    [{ v: { $nin: [] } }, without()],
  ),
  ...byOperator(
    '$exists asks for a value, and null is one',
    [{ v: { $exists: true } }, without('none')],
    [{ v: { $exists: false } }, 'none'],
  ),
  ...byOperator(
    '$type, $size, $mod and $regex look at the value',
    [{ v: { $type: 'string' } }, 'empty text upper'],
    [{ v: { $type: 'number' } }, 'five six zero'],
    [{ v: { $type: 'null' } }, 'null'],
    [{ v: { $type: 'array' } }, 'array list'],
    [{ v: { $size: 2 } }, 'array list'],
    [{ v: { $mod: [5, 0] } }, 'array empty false five null zero'],
    [{ v: { $regex: '^ab' } }, 'text'],
    [{ v: { $regex: '^ab', $options: 'i' } }, 'text upper'],
  ),
  ...byOperator(
    '$elemMatch and paths through arrays look at the elements',
    [{ v: { $elemMatch: { $gt: 1 } } }, 'array'],
    [{ v: { $elemMatch: { at: 'y' } } }, 'list'],
    [{ 'v.at': 'x' }, 'list object'],
    [{ 'v.at': { $in: ['y'] } }, 'list'],
    [{ 'v.1': 5 }, 'array'],
    [{ 'v.0.at': 'x' }, 'list'],
  ),
  ...byOperator(
    '$not, $and, $or and $nor combine',
    [{ v: { $not: { $gt: 0 } } }, without('array', 'five', 'six')],
    [{ v: { $not: { $in: [5, 0] } } }, without('array', 'five', 'zero')],
    [{ $and: [{ v: { $gt: 0 } }, { v: { $lt: 6 } }] }, 'array five'],
    [{ $or: [{ v: 'abc' }, { v: { $gt: 6 } }] }, 'six text'],
    [{ $nor: [{ v: { $gte: 0 } }, { v: { $gte: '' } }] }, 'false list none null object true'],
    [{ $or: [{ $and: [{ v: 5 }, { $nor: [{ v: 'a' }] }] }, { v: { $not: { $ne: true } } }] }, 'five true'],
  ),
  {
    name: 'refuses $all and any operator that it does not know',
    async run(bench) {
      const instance = await bench.open()
      await insert(instance, makeFullItem({ id: 'a', kind: 'x' }))
      for (const selector of [{ kind: { $all: ['x'] } }, { kind: { $near: 1 } }, { $where: '1' }])
        await expect((async () => findIds(instance, { selector }))(), JSON.stringify(selector)).rejects.toThrow()
    },
  },
  {
    name: 'finds what a query asks for, whatever indexes the schema has or the query names',
    async run(bench) {
      const schemas: (readonly [string, ItemSchema])[] = [
        ['plain', ITEM_SCHEMA],
        ['bare', makeSchema(undefined)],
        ['nested', makeSchema(['more.at', ['rank', 'more.at', 'kind']])],
      ]
      for (const [collection, schema] of schemas) {
        const instance = await bench.open({ collection, schema })
        await insert(instance, ...people())
        const find = (selector: object, over: object = {}) =>
          findIds(instance, { selector, sort: [{ id: 'asc' }], ...over })
        expect(await find({ kind: 'x', rank: { $gte: 3 } }), collection).toEqual(['i3', 'i5', 'i7'])
        expect(await find({ 'more.at': 'p1' }), collection).toEqual(['i1', 'i4', 'i7'])
        expect(await find({ rank: { $gt: 2 }, 'more.at': { $gt: 'p0' } }), collection).toEqual(['i4', 'i5', 'i7'])
        const [index] = schema.indexes ?? []
        expect(await find({ kind: 'x' }, { index }), collection).toEqual(['i1', 'i3', 'i5', 'i7'])
      }
    },
  },
  {
    name: 'finds tombstones only where they are asked for',
    async run(bench) {
      const instance = await bench.open()
      const items = people()
      await insert(instance, ...items)
      await instance.bulkWrite(items.slice(0, 4).map(removeItem), 'test')
      const alive = { selector: { _deleted: { $eq: false } }, sort: [{ id: 'asc' }] }
      expect(await findIds(instance, alive)).toEqual(['i4', 'i5', 'i6', 'i7'])
      expect(await findIds(instance, { selector: { kind: 'x', _deleted: { $eq: false } } })).toEqual(['i5', 'i7'])
      expect(await countItems(instance, alive)).toBe(4)
      expect(await findIds(instance, { selector: { _deleted: true }, sort: [{ id: 'asc' }] })).toEqual([
        'i0',
        'i1',
        'i2',
        'i3',
      ])
    },
  },
]

function people(): Stored[] {
  return Array.from({ length: 8 }, (_, rank) =>
    makeFullItem({ id: `i${rank}`, kind: rank % 2 ? 'x' : 'y', rank, flag: rank > 3, more: { at: `p${rank % 3}` } }),
  )
}
