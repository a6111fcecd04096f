/**
 * Whatever is stored and whatever is asked: the storage gives the same ids in the same order as RxDB's own matcher and
 * comparator over all documents, and counts as many. Replay a run with FARFIELD_SEED, make it longer with FARFIELD_RUNS.
 */
import fc from 'fast-check'
import type { FilledMangoQuery, RxStorageInstance } from 'rxdb'
import { getQueryMatcher, getSortComparator, normalizeMangoQuery, now, prepareQuery } from 'rxdb'
import { describe, expect, it } from 'vitest'
import type { MangoCase, StoredThing, Thing, ThingChange, ThingSchema } from './query-cases.suite.ts'
import { changes, queries, SCHEMAS, things, toPlain } from './query-cases.suite.ts'
import { makeFolder, openStorage } from './storage-fixture.suite.ts'

const SEED = Number(process.env['FARFIELD_SEED'] ?? 20_261_125)
/** Per schema and kind of document; each asks QUERIES twice, before and after changes. */
const RUNS = Number(process.env['FARFIELD_RUNS'] ?? 22)
const QUERIES = 20
const DOCUMENTS = 30

type Instance = RxStorageInstance<Thing, unknown, unknown, unknown>

async function openThings(schema: ThingSchema): Promise<Instance> {
  const storage = openStorage(makeFolder(), { path: ':memory:' })
  const params = { databaseInstanceToken: 't', databaseName: 'd', collectionName: 'c', options: {}, devMode: false }
  return (await storage.createStorageInstance<Thing>({ ...params, schema, multiInstance: false })) as Instance
}

function makeThing(fields: object, index: number): StoredThing {
  const id = `i${(index * 7) % DOCUMENTS}`
  return { id, ...fields, _deleted: index % 6 === 5, _attachments: {}, _meta: { lwt: now() }, _rev: '1-a' }
}

/** In the order in which they were first written: what RxDB's comparator calls equal stays in it. */
function predict(
  schema: ThingSchema,
  documents: readonly StoredThing[],
  query: FilledMangoQuery<Thing>,
): string[] | Error {
  try {
    const matches = getQueryMatcher<Thing>(schema, query)
    const compare = getSortComparator(schema, query) as (a: StoredThing, b: StoredThing) => number
    return documents
      .filter(document => matches(document))
      .toSorted(compare)
      .slice(query.skip, query.skip + (query.limit ?? Infinity))
      .map(document => document.id)
  } catch (thrown) {
    return thrown as Error
  }
}

async function ask(instance: Instance, schema: ThingSchema, documents: readonly StoredThing[], query: MangoCase) {
  const filled = normalizeMangoQuery<Thing>(schema, query as never)
  const expected = predict(schema, documents, filled)
  const prepared = prepareQuery<Thing>(schema, filled)
  if (expected instanceof Error)
    throw new Error(`RxDB itself cannot answer ${JSON.stringify(query)}`, { cause: expected })
  const found = (await instance.query(prepared)).documents.map(document => document.id)
  const { count } = await instance.count(prepared)
  if (found.join() === expected.join() && count === expected.length) return
  expect({ ids: found, count }, JSON.stringify(query)).toEqual({ ids: expected, count: expected.length })
}

async function change(instance: Instance, documents: StoredThing[], made: readonly ThingChange[]): Promise<void> {
  for (const { at, fields, deleted } of made) {
    const previous = documents[at % Math.max(documents.length, 1)]
    if (!previous) return
    const height = Number.parseInt(previous._rev, 10) + 1
    const meta = { id: previous.id, _attachments: {}, _meta: { lwt: now() }, _rev: `${height}-a` }
    const document: StoredThing = { ...fields, ...meta, _deleted: deleted }
    expect((await instance.bulkWrite([{ previous, document }], 'test')).error).toEqual([])
    documents[documents.indexOf(previous)] = document
  }
}

describe('queries agree with RxDB', () => {
  let asked = 0
  for (const [name, schema] of Object.entries(SCHEMAS))
    for (const odd of [false, true])
      it(`${name}, values ${odd ? 'of any kind' : 'as the schema says'}`, async () => {
        const lists = fc.tuple(
          things(odd, DOCUMENTS),
          fc.array(queries, { minLength: QUERIES, maxLength: QUERIES }),
          changes(odd),
        )
        const property = fc.asyncProperty(lists.map(toPlain), async ([fields, asking, made]) => {
          const instance = await openThings(schema)
          const documents = fields.map(makeThing)
          await instance.bulkWrite(
            documents.map(document => ({ document })),
            'test',
          )
          for (const query of asking) await ask(instance, schema, documents, query)
          await change(instance, documents, made)
          for (const query of asking) await ask(instance, schema, documents, query)
          asked += 2 * asking.length
          await instance.close()
        })
        await fc.assert(property, { seed: SEED, numRuns: RUNS })
      })

  it('in at least 5,000 queries', () => {
    expect(asked).toBeGreaterThanOrEqual(5000)
  })
})
