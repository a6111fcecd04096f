/** What is read of a document that SQLite cannot read is what SQLite would read of it. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readJsonValue } from './json-value.ts'
import { openKeyedDatabase } from './keyed-database.ts'
import { toJsonPath } from './quoting.ts'
import { nativeBinding } from './storage-fixture.suite.ts'

const names = fc.constantFrom('a', 'b', 'constructor', 'größe', '1 2')
const documents = fc.object({
  key: names,
  maxDepth: 4,
  values: [
    fc.string(),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
    fc.boolean(),
    fc.constant(null),
  ],
})

it('equals json_extract for every value and path', () => {
  const database = openKeyedDatabase({ path: ':memory:', ...nativeBinding })
  const extract = database.prepare<[string, string]>('SELECT json_extract(?, ?)').pluck()
  const own = database.prepare<[string, string]>('SELECT json_value(?, ?)').pluck()
  fc.assert(
    fc.property(documents, fc.array(names, { minLength: 1, maxLength: 4 }), (document, path) => {
      const json = JSON.stringify(document)
      const there = toJsonPath(path.join('.')) ?? ''
      expect(own.get(json, path.join('.'))).toEqual(extract.get(json, there))
    }),
    { numRuns: 500 },
  )
  database.close()
})

it('holds nothing where there is no JSON', () => {
  expect([readJsonValue('{', 'a'), readJsonValue(5, 'a'), readJsonValue('[1]', 'a')]).toEqual([null, null, null])
})
