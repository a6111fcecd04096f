/**
 * Runs the hub's tests on every storage it has: a SQLite file, and a real PostgreSQL. What is said to a laptop must not
 * depend on which of them it is.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { openTestHub } from './hub-fixture.suite.ts'
import { openCluster, type Cluster } from './postgres-cluster.suite.ts'
import type { Hub, HubOptions } from './server.ts'

export interface TestStorage {
  readonly name: 'SQLite' | 'PostgreSQL'
  /** A hub in this folder; on PostgreSQL every folder has its own database, which stays when the hub is opened again. */
  open(folder: string, options?: Partial<HubOptions>): Promise<Hub>
  /** Every byte that is stored, for finding what must not be there. */
  read(folder: string): Promise<Uint8Array>
}

export function onEachStorage(tests: (storage: TestStorage) => void): void {
  describe('on SQLite', () => tests({ name: 'SQLite', open: openTestHub, read: async folder => readAll(folder) }))

  describe('on PostgreSQL', () => {
    let cluster: Cluster
    const databases = new Map<string, string>()
    beforeAll(async () => {
      cluster = await openCluster()
    })
    afterAll(() => cluster.close())

    async function databaseOf(folder: string): Promise<string> {
      const known = databases.get(folder) ?? (await cluster.makeDatabase())
      databases.set(folder, known)
      return known
    }

    tests({
      name: 'PostgreSQL',
      async open(folder, options) {
        return openTestHub(folder, { databaseUrl: cluster.url(await databaseOf(folder)), ...options })
      },
      async read(folder) {
        await cluster.query('CHECKPOINT')
        return Buffer.concat([readAll(folder), readAll(join(cluster.folder, 'data', 'base'))])
      },
    })
  })
}

function readAll(folder: string): Buffer {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name))
  return Buffer.concat(files.map(file => readFileSync(file)))
}
