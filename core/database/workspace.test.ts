import 'fake-indexeddb/auto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RxStorage } from 'rxdb/plugins/core'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { afterAll } from 'vitest'
import { getRxStorageSQLite } from '../../electron/storage/rx-storage-sqlite.ts'
import { testWorkspace } from './workspace.suite.ts'

const folder = mkdtempSync(join(tmpdir(), 'farfield-workspace-'))
const nativeBinding = process.env['FARFIELD_SQLITE_ADDON']
const memory = new Map<string, RxStorage<unknown, unknown>>()

afterAll(() => rmSync(folder, { recursive: true, force: true }))

testWorkspace({
  name: 'memory',
  open(key) {
    const storage = memory.get(key) ?? getRxStorageMemory()
    memory.set(key, storage)
    return storage
  },
})
testWorkspace({ name: 'dexie', open: () => getRxStorageDexie() })
testWorkspace({
  name: 'sqlite',
  open: key =>
    getRxStorageSQLite({
      path: join(folder, `${key}.db`),
      key: new Uint8Array(32).fill(7),
      ...(nativeBinding === undefined ? {} : { nativeBinding }),
    }),
})
