/** Run as a process by the crash test: writes until it is killed, and prints only what has been acknowledged. */
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { fillWithDefaultSettings, now } from 'rxdb'
import { getRxStorageSQLite } from './rx-storage-sqlite.ts'

const [, , folder = '', synchronous] = process.argv
const addon = process.env['FARFIELD_SQLITE_ADDON']
const storage = getRxStorageSQLite({
  path: join(folder, 'test.db'),
  key: Uint8Array.from({ length: 32 }, (_, index) => index * 7),
  synchronous: synchronous === 'full' ? 'full' : 'normal',
  ...(addon === undefined ? {} : { nativeBinding: addon }),
})
const instance = await storage.createStorageInstance<{ id: string }>({
  databaseInstanceToken: 'token',
  databaseName: 'contract',
  collectionName: 'items',
  schema: fillWithDefaultSettings<{ id: string }>({
    version: 0,
    primaryKey: 'id',
    type: 'object',
    properties: {
      id: { type: 'string', maxLength: 60 },
    },
  }),
  options: {},
  multiInstance: false,
  devMode: false,
})
for (let bulk = 0; ; bulk++) {
  const ids = [0, 1, 2, 3].map(index => `w${bulk}-${index}`)
  const rows = ids.map(id => ({
    document: { id, _deleted: false, _attachments: {}, _meta: { lwt: now() }, _rev: '1-a' },
  }))
  await instance.bulkWrite(rows, 'crash')
  writeSync(1, `${ids.join(' ')}\n`)
}
