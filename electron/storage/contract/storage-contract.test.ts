/** The contract held against this storage and, so that it is known to be RxDB's and not ours, against RxDB's own two. */
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { join } from 'node:path'
import { makeFolder, nativeBinding, openStorage } from '../storage-fixture.suite.ts'
import { getRxStorageSQLite } from '../rx-storage-sqlite.ts'
import { DEXIE_EXCEPTIONS, MEMORY_EXCEPTIONS } from './contract-exceptions.suite.ts'
import { describeStorageContract } from './storage-contract.suite.ts'

describeStorageContract('SQLite, encrypted', () => openStorage(makeFolder()))
describeStorageContract('SQLite, plain', () =>
  getRxStorageSQLite({ path: join(makeFolder(), 'plain.db'), ...nativeBinding }),
)
describeStorageContract("RxDB's memory storage", () => getRxStorageMemory(), MEMORY_EXCEPTIONS)
describeStorageContract(
  "RxDB's Dexie storage",
  () => getRxStorageDexie({ indexedDB: new IDBFactory(), IDBKeyRange }),
  DEXIE_EXCEPTIONS,
  400,
)
