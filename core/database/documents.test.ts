import { getAjv } from 'rxdb/plugins/validate-ajv'
import { expect, test } from 'vitest'
import { SCHEMAS } from './documents.ts'

test.each(Object.entries(SCHEMAS))('the schema of %s is a JSON Schema', (_name, schema) => {
  expect(getAjv().validateSchema(schema), JSON.stringify(getAjv().errors)).toBe(true)
  expect(getAjv().validateSchema({ ...schema, properties: { id: { type: 'text' } } })).toBe(false)
})
