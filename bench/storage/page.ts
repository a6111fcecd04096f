/** The page that Chromium loads: the same operations over Dexie. Called from the bench through `bench`. */
import { getRxStorageDexie } from 'rxdb/plugins/storage-dexie'
import type { RxStorage } from 'rxdb'
import { runOperations } from './operations.ts'
import { runOwnOperations } from './own-operations.ts'
import type { Timings } from './timings.ts'

export interface BrowserBench {
  operations(documents: number): Promise<Timings>
  own(runs: number): Promise<Timings>
}

const storage = () => getRxStorageDexie() as unknown as RxStorage<unknown, unknown>

const bench: BrowserBench = {
  operations: documents => runOperations({ storage: storage(), name: 'bench', documents }),
  own: runs => runOwnOperations(storage(), runs),
}
Object.assign(globalThis, { bench })
