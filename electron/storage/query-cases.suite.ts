/**
 * Random documents, changes and mango queries for tests, biased to what is nasty: values of the wrong kind on indexed
 * paths, nothing and null, arrays on the way, numbers at the ends of their range, strings that UTF-8 and UTF-16 order apart.
 * Everything is plain JSON, as RxDB demands it.
 */
import fc from 'fast-check'
import type { RxDocumentData, RxJsonSchema } from 'rxdb'
import { fillWithDefaultSettings } from 'rxdb'

export interface Thing {
  readonly id: string
  readonly [field: string]: unknown
}
export type StoredThing = RxDocumentData<Thing>
export type ThingSchema = RxJsonSchema<StoredThing>
export interface MangoCase {
  readonly selector: object
  readonly sort?: readonly { readonly [path: string]: 'asc' | 'desc' }[]
  readonly skip?: number
  readonly limit?: number
}
export interface ThingChange {
  readonly at: number
  readonly fields: object
  readonly deleted: boolean
}

const properties = {
  id: { type: 'string', maxLength: 60 },
  kind: { type: 'string', maxLength: 40 },
  rank: { type: 'number', minimum: -1e9, maximum: 1e9, multipleOf: 0.01 },
  flag: { type: 'boolean' },
  list: { type: 'array', items: { type: 'object', additionalProperties: true } },
  more: {
    type: 'object',
    properties: { a: { type: 'string', maxLength: 40 }, n: { type: 'number', minimum: -1e9, maximum: 1e9 } },
    additionalProperties: true,
  },
} as const

function makeSchema(indexes: (string | string[])[]): ThingSchema {
  return fillWithDefaultSettings<Thing>({
    version: 0,
    primaryKey: 'id',
    type: 'object',
    properties,
    ...(indexes.length === 0 ? {} : { indexes }),
  })
}

export const SCHEMAS: { readonly [name: string]: ThingSchema } = {
  'no index': makeSchema([]),
  'plain indexes': makeSchema(['kind', ['kind', 'rank'], 'flag', ['flag', 'kind']]),
  'nested indexes': makeSchema(['more.a', ['more.n', 'kind'], ['rank', 'more.a']]),
}

/** What documents and queries often share, so that queries find something. */
const commonTexts = fc.constantFrom('a', 'b', 'ab', '\ud83d\ude00', '\ue000')
const commonNumbers = fc.constantFrom(0, 1, 2, 1.5)
const oddTexts = fc.constantFrom(
  ...[
    '',
    ' ',
    'a',
    'A',
    'b',
    'ab',
    'ä',
    'z',
    'null',
    'true',
    '0',
    '1',
    '10',
    '2',
    "it's",
    '"',
    '\\',
    '%',
    'a\0b',
    '\n',
  ],
  ...['\ud83d\ude00', '\uffee', '\ue000', '\ud7ff', '\ud800', '\udfff', '2026-11-25', '2026-11-25T09:00:00.000Z'],
)
const oddNumbers = fc.constantFrom(
  ...[0, -0, 1, -1, 2, 3, 10, 1.5, -0.25, 0.1, 0.3, 123456.78, 1e9, -1e9, 2 ** 53, 2 ** 60, -(2 ** 63), 2 ** 64],
  ...[1e21, 1e300, Number.MAX_VALUE, 5e-324, 1e-310, 2.2250738585072014e-308, 0.1 + 0.2, 1.7976931348623155e308],
)
const texts = fc.oneof({ weight: 2, arbitrary: commonTexts }, { weight: 1, arbitrary: oddTexts })
const numbers = fc.oneof({ weight: 2, arbitrary: commonNumbers }, { weight: 1, arbitrary: oddNumbers })
const scalars = fc.oneof(
  { weight: 4, arbitrary: texts },
  { weight: 3, arbitrary: numbers },
  { weight: 1, arbitrary: fc.boolean() },
  { weight: 1, arbitrary: fc.constant(null) },
)
const names = fc.constantFrom('a', 'b', 'n', 'c.d', '0', '1', 'length', 'hasOwnProperty', '', ' ', 'ä', '\ud83d\ude00')
const nested = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small', withCrossShrink: true },
    { weight: 6, arbitrary: scalars },
    { weight: 2, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    { weight: 2, arbitrary: fc.dictionary(names, tie('value'), { maxKeys: 3 }) },
  ),
})).value
const objects = fc.dictionary(names, nested, { maxKeys: 4 })

function fieldsOf(odd: boolean): fc.Arbitrary<object> {
  return fc.record(
    {
      kind: odd ? nested : texts,
      rank: odd ? nested : numbers,
      flag: odd ? nested : fc.boolean(),
      more: odd ? nested : fc.record({ a: texts, n: numbers, b: nested }, { requiredKeys: [] }),
      list: fc.array(fc.oneof(objects, scalars), { maxLength: 3 }),
      when: fc.oneof(texts, fc.constant(null)),
    },
    { requiredKeys: [] },
  )
}

const PATHS = [
  ...['id', 'kind', 'rank', 'flag', 'more', 'list', 'when', '_deleted', '_meta.lwt', '_rev', 'nowhere', 'constructor'],
  ...['more.a', 'more.n', 'more.b', 'more.b.a', 'more.0', 'more.a.length', 'list.a', 'list.0', 'list.0.a', 'list.a.b'],
]
const paths = fc.constantFrom(...PATHS)
const operands = fc.oneof({ weight: 3, arbitrary: scalars }, { weight: 1, arbitrary: nested })
const condition = fc.oneof(
  { weight: 3, arbitrary: operands },
  { weight: 3, arbitrary: fc.record({ $eq: operands }) },
  { weight: 2, arbitrary: fc.record({ $ne: operands }) },
  { weight: 3, arbitrary: fc.record({ $gt: scalars }) },
  { weight: 2, arbitrary: fc.record({ $gte: scalars }) },
  { weight: 2, arbitrary: fc.record({ $lt: scalars }) },
  { weight: 2, arbitrary: fc.record({ $lte: scalars }) },
  { weight: 2, arbitrary: fc.record({ $gte: scalars, $lte: scalars }) },
  { weight: 2, arbitrary: fc.record({ $gt: nested, $ne: nested }) },
  { weight: 2, arbitrary: fc.record({ $in: fc.array(operands, { maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ $nin: fc.array(operands, { maxLength: 4 }) }) },
  { weight: 2, arbitrary: fc.record({ $exists: fc.boolean() }) },
  fc.record({ $type: fc.constantFrom('string', 'number', 'boolean', 'null', 'array', 'object') }),
  fc.record({ $regex: fc.constantFrom('a', '^A', 'b$', '', '^\\d+$'), $options: fc.constantFrom('', 'i') }),
  fc.record({ $size: fc.constantFrom(0, 1, 2) }),
  fc.record({ $mod: fc.constantFrom([2, 0], [3, 1]) }),
  fc.record({ $elemMatch: fc.oneof(fc.record({ $gt: scalars }), fc.record({ a: nested })) }),
)
const field = fc.oneof(
  { weight: 5, arbitrary: condition },
  { weight: 1, arbitrary: fc.record({ $not: condition.filter(isOperators) }) },
)
const selectors = fc.letrec<{ selector: object }>(tie => ({
  selector: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 4, arbitrary: fc.dictionary(paths, field, { minKeys: 1, maxKeys: 1 }) },
    { weight: 2, arbitrary: fc.dictionary(paths, field, { minKeys: 2, maxKeys: 3 }) },
    { weight: 1, arbitrary: fc.record({ $or: fc.array(tie('selector'), { minLength: 1, maxLength: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ $and: fc.array(tie('selector'), { minLength: 1, maxLength: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ $nor: fc.array(tie('selector'), { minLength: 1, maxLength: 2 }) }) },
  ),
})).selector
const sorts = fc.array(
  fc.tuple(paths, fc.constantFrom('asc' as const, 'desc' as const)).map(([path, direction]) => ({ [path]: direction })),
  { minLength: 1, maxLength: 3 },
)

export const queries: fc.Arbitrary<MangoCase> = fc.record(
  { selector: selectors, sort: sorts, skip: fc.nat(4), limit: fc.integer({ min: 0, max: 12 }) },
  { requiredKeys: ['selector'] },
) as fc.Arbitrary<MangoCase>

/** `odd`: values of any kind where the schema promises one. */
export function things(odd: boolean, most: number): fc.Arbitrary<object[]> {
  return fc.array(fieldsOf(odd), { maxLength: most, size: 'max' })
}

export function changes(odd: boolean): fc.Arbitrary<ThingChange[]> {
  return fc.array(fc.record({ at: fc.nat(40), fields: fieldsOf(odd), deleted: fc.boolean() }), {
    maxLength: 8,
    size: 'max',
  })
}

/** fast-check's objects may lack a prototype, which is no JSON; -0 survives. */
export function toPlain<T>(value: T): T {
  if (Array.isArray(value)) return value.map(toPlain) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, toPlain(part)])) as T
}

function isOperators(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).some(key => /^\$[a-z]+$/.test(key))
}
