import { fillWithDefaultSettings } from 'rxdb/plugins/core'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { expect, test } from 'vitest'
import { checkingStorage } from './schema-check.ts'

async function open() {
  const storage = checkingStorage(getRxStorageMemory() as Parameters<typeof checkingStorage>[0], Promise.resolve())
  const schema = fillWithDefaultSettings<{ readonly id: string; readonly size: number }>({
    version: 0,
    primaryKey: 'id',
    type: 'object',
    properties: { id: { type: 'string', maxLength: 20 }, size: { type: 'number', multipleOf: 1 } },
    required: ['id', 'size'],
  })
  return storage.createStorageInstance({
    databaseInstanceToken: 'token',
    databaseName: 'checked',
    collectionName: 'things',
    schema,
    options: {},
    multiInstance: false,
    devMode: false,
  })
}

/** As RxDB stamps a write: milliseconds and hundredths. */
const write = (id: string, size: number, at: number, hundredths: number) => ({
  document: { id, size, _deleted: false, _attachments: {}, _rev: '1-a', _meta: { lwt: at + hundredths * 0.01 } },
})

test('a write is accepted at any time of any year, also where floating point cannot divide its time', async () => {
  const instance = await open()
  for (const year of [2025, 2029, 2031, 2040]) {
    const at = Date.UTC(year, 7, 1)
    const rows = Array.from({ length: 99 }, (_, index) => write(`${year}-${index}`, 1, at, index + 1))
    expect((await instance.bulkWrite(rows, 'test')).error).toEqual([])
  }
  await instance.close()
})

test('a document that does not fit its schema is refused', async () => {
  const instance = await open()
  const { error } = await instance.bulkWrite([write('a', 1.5, Date.UTC(2025, 7, 1), 1)], 'test')
  expect(error.map(({ status }) => status)).toEqual([422])
  await instance.close()
})
