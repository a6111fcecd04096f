/** Random documents and random mango queries: this storage's answers equal those of RxDB's own matcher and comparator. */
import fc from 'fast-check'
import type { FilledMangoQuery } from 'rxdb'
import { getQueryMatcher, getSortComparator, normalizeMangoQuery, prepareQuery } from 'rxdb'
import { describe, expect, it } from 'vitest'
import { translateSelector } from './mango-sql.ts'
import type { Item, Stored } from './storage-contract.suite.ts'
import { ITEM_SCHEMA, makeItem, openInstance } from './storage-contract.suite.ts'
import { makeFolder, openStorage } from './storage-fixture.suite.ts'
import { describeTable } from './table-layout.ts'

const texts = fc.constantFrom('', 'a', 'A', 'b', 'ab', 'ä', '\ud83d\ude00', '\uffee', '\ue000', '1', "it's", 'null')
const numbers = fc.constantFrom(0, 1, -1, 2, 10, 1.5, -0.25, 1e9, 0.1, 123456.78)
const scalars = fc.oneof(texts, numbers, fc.boolean(), fc.constant(null))
const anything = fc.oneof(
  { weight: 6, arbitrary: scalars },
  { weight: 1, arbitrary: fc.array(scalars, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.record({ b: scalars }) },
)
const more = fc.oneof(
  fc.dictionary(fc.constantFrom('a', 'b', 'c.d', '0'), anything, { maxKeys: 3 }),
  fc.array(fc.record({ a: scalars }), { maxLength: 2 }),
)
const fields = (odd: boolean) =>
  fc.record(
    {
      kind: odd ? anything : texts,
      rank: odd ? anything : numbers,
      flag: odd ? anything : fc.boolean(),
      more,
    },
    { requiredKeys: [] },
  )

const paths = fc.constantFrom(
  'id',
  'kind',
  'rank',
  'flag',
  'more.a',
  'more.b',
  'more.a.b',
  'more.0',
  'more',
  '_deleted',
  'nowhere',
)
const condition = fc.oneof(
  { weight: 3, arbitrary: anything },
  { weight: 2, arbitrary: fc.record({ $eq: anything }) },
  fc.record({ $ne: anything }),
  fc.record({ $gt: scalars }),
  fc.record({ $gte: scalars }),
  fc.record({ $lt: scalars }),
  fc.record({ $gte: scalars, $lte: scalars }),
  fc.record({ $in: fc.array(scalars, { maxLength: 4 }) }),
  fc.record({ $nin: fc.array(scalars, { maxLength: 4 }) }),
  fc.record({ $exists: fc.boolean() }),
  fc.record({ $type: fc.constantFrom('string', 'number', 'boolean', 'null', 'array') }),
  fc.record({ $regex: fc.constantFrom('a', '^A', 'b$', '') }),
  fc.record({ $not: fc.record({ $gt: scalars }) }),
  fc.record({ $not: fc.record({ $in: fc.array(scalars, { maxLength: 3 }) }) }),
  fc.record({ $size: fc.constantFrom(0, 1, 2) }),
  fc.record({ $elemMatch: fc.record({ $gt: scalars }) }),
  fc.record({ $mod: fc.constant([2, 0]) }),
)
const plain = fc.dictionary(paths, condition, { maxKeys: 3 })
const selectors = fc.oneof(
  { weight: 4, arbitrary: plain },
  fc.record({ $or: fc.array(plain, { minLength: 1, maxLength: 3 }) }),
  fc.record({ $and: fc.array(plain, { minLength: 1, maxLength: 3 }) }),
  fc.record({ $nor: fc.array(plain, { minLength: 1, maxLength: 2 }), rank: condition }),
)
const sorts = fc.array(
  fc.tuple(paths, fc.constantFrom('asc', 'desc')).map(([path, direction]) => ({ [path]: direction })),
  { minLength: 1, maxLength: 2 },
)
const queries = fc.record(
  { selector: selectors, sort: sorts, skip: fc.nat(4), limit: fc.integer({ min: 0, max: 12 }) },
  { requiredKeys: ['selector'] },
)

/** Objects without a prototype are no JSON, and the matcher stumbles over them. */
function toJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T
}

interface Expected {
  readonly ids: readonly string[]
  /** RxDB's comparator calls two different but equal arrays a tie and stops before the id: then no order is promised. */
  readonly ordered: boolean
}

function predict(documents: readonly Stored[], query: FilledMangoQuery<Item>): Expected {
  const matches = getQueryMatcher<Item>(ITEM_SCHEMA, query)
  const compare = getSortComparator(ITEM_SCHEMA, query) as (a: Stored, b: Stored) => number
  const kept = documents.filter(document => matches(document))
  const ordered = kept.every(a => kept.every(b => a === b || compare(a, b) !== 0))
  const ids = kept
    .toSorted(compare)
    .slice(query.skip, query.skip + (query.limit ?? Infinity))
    .map(document => document.id)
  return { ids, ordered }
}

describe('mango queries as SQL', () => {
  for (const odd of [false, true])
    it(`agree with RxDB's matcher and comparator, values ${odd ? 'of any kind' : 'as the schema says'}`, async () => {
      let asked = 0
      const cases = fc.tuple(
        fc.array(fields(odd), { maxLength: 25 }),
        fc.array(queries, { minLength: 20, maxLength: 20 }),
      )
      await fc.assert(
        fc.asyncProperty(cases.map(toJson), async ([items, asking]) => {
          const documents = items.map((item, index) =>
            makeItem({ id: `i${(index * 7) % 25}`, ...item }, 1, { _deleted: index % 6 === 5 }),
          )
          const instance = await openInstance(openStorage(makeFolder(), { path: ':memory:' }))
          await instance.bulkWrite(
            documents.map(document => ({ document })),
            'test',
          )
          for (const query of asking) {
            const filled = normalizeMangoQuery<Item>(ITEM_SCHEMA, query)
            const prepared = prepareQuery<Item>(ITEM_SCHEMA, filled)
            const found = (await instance.query(prepared)).documents.map(document => document.id)
            const expected = predict(documents, filled)
            if (expected.ordered) expect(found, JSON.stringify(query)).toEqual(expected.ids)
            else expect(found).toHaveLength(expected.ids.length)
            expect((await instance.count(prepared)).count, JSON.stringify(query)).toBe(expected.ids.length)
            if (expected.ordered) asked++
          }
          await instance.close()
        }),
        { seed: Number(process.env['QUERY_SEED'] ?? 20_261_122), numRuns: Number(process.env['QUERY_RUNS'] ?? 50) },
      )
      expect(asked).toBeGreaterThanOrEqual(700)
    })

  it('decides without RxDB only where columns can', () => {
    const { columnsByPath } = describeTable('d', 'c', ITEM_SCHEMA as never)
    const exact = (selector: object) => translateSelector(selector, { columnsByPath, loose: false }).exact
    expect(exact({ kind: { $eq: 'x' }, rank: { $gt: 3 }, _deleted: { $eq: false } })).toBe(true)
    expect(exact({ 'more.a': { $eq: 'x' } })).toBe(false)
    expect(exact({ kind: { $regex: 'x' } })).toBe(false)
    expect(translateSelector({ kind: { $eq: 'x' } }, { columnsByPath, loose: true }).exact).toBe(false)
  })
})
