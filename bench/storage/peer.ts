/**
 * One measurement in a process of its own, so that no peer pays for the code and the heap of another. Answers its parent
 * with Timings; it prints nothing.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { RxStorage } from 'rxdb'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { getRxStorageSQLite, type SqliteStorageOptions } from '../../electron/storage/rx-storage-sqlite.ts'
import { fillGrid, GRID_OPTIONS, timeGrid, timeOpening } from './grid.ts'
import { runOperations } from './operations.ts'
import { runOwnOperations } from './own-operations.ts'
import { runPouch } from './pouch.ts'
import { runRaw } from './raw.ts'
import type { Timings } from './timings.ts'

export type StorageName = 'memory' | 'plain' | 'encrypted'
export type PeerTask =
  | { readonly task: 'raw' | 'pouch'; readonly documents: number }
  | { readonly task: 'operations'; readonly storage: StorageName; readonly documents: number }
  | { readonly task: 'own'; readonly storage: StorageName; readonly runs: number }
  | { readonly task: 'fill' | 'open' | 'grid'; readonly records: number; readonly file: string }

export interface PeerInput {
  readonly what: PeerTask
  /** An empty folder. */
  readonly folder: string
  /** Of the packages that only the bench needs. */
  readonly packages: string
}

/** No secret: what it encrypts is made up. */
const KEY = Uint8Array.from({ length: 32 }, (_, index) => index * 7)

process.once('message', (input: PeerInput) => {
  void run(input).then(timings => process.send?.(timings, () => process.disconnect()))
})

function run({ what, folder, packages }: PeerInput): Promise<Timings> {
  switch (what.task) {
    case 'raw':
      return runRaw(join(folder, 'raw.db'), what.documents, process.env['FARFIELD_SQLITE_ADDON'])
    case 'pouch':
      return runPouch(join(folder, 'pouch'), what.documents, packages)
    case 'operations':
      return runOperations({ storage: open(what.storage, folder), name: 'bench', documents: what.documents, cpu })
    case 'own':
      return runOwnOperations(open(what.storage, folder), what.runs)
    case 'fill':
    case 'open':
    case 'grid':
      return runGrid(what)
  }
}

async function runGrid(what: Extract<PeerTask, { readonly records: number }>): Promise<Timings> {
  const input = {
    records: what.records,
    openStorage: () => getRxStorageSQLite({ ...ownOptions(what.file), ...GRID_OPTIONS, key: KEY }),
  }
  if (what.task === 'open') return timeOpening(input)
  if (what.task === 'grid') return timeGrid(input)
  await fillGrid(input)
  return {}
}

function open(name: StorageName, folder: string): RxStorage<unknown, unknown> {
  if (name === 'memory') return getRxStorageMemory()
  const options = { ...ownOptions(join(folder, 'own.db')), synchronous: 'normal' as const }
  return getRxStorageSQLite(name === 'plain' ? options : { ...options, key: KEY })
}

/** Bundled, this file is in dist/bench/node. Without the thread the storage would do its work in main, and say nothing. */
const threadScript = join(import.meta.dirname, '..', '..', 'electron', 'file-thread.worker.mjs')
if (!existsSync(threadScript)) throw new Error(`${threadScript} is not there`)

/** As the app opens it, with its thread. */
function ownOptions(path: string): SqliteStorageOptions {
  const addon = process.env['FARFIELD_SQLITE_ADDON']
  return {
    path,
    thread: { path: threadScript },
    ...(addon === undefined ? {} : { nativeBinding: addon }),
  }
}

/** Milliseconds of this process, all of its threads. */
function cpu(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
