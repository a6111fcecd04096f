/**
 * Opens this laptop's encrypted database: its key, the SQLite storage, the workspace on it. A damaged database is set
 * aside and a fresh one made; a key that is missing or wrong is told and nothing is touched. It must never delete anything.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { searchText } from '../core/database/states.ts'
import { openWorkspace, type Workspace } from '../core/database/workspace.ts'
import type { AppInfo } from '../core/model/api.ts'
import { createLaptopReader } from './reader.ts'
import { openKey, type Keychain, type Protection } from './security/key-store.ts'
import { getRxStorageSQLite } from './storage/rx-storage-sqlite.ts'
import { type BulkLoad, setAside } from './storage/sqlite-file.ts'
import { StorageError } from './storage/storage-error.ts'

export interface LaptopWorkspace {
  readonly workspace: Workspace
  readonly protection: Protection
  /** The database's; for what else is kept encrypted beside it. */
  readonly key: Uint8Array
  readonly setAside: AppInfo['setAside']
  beginBulk(): BulkLoad
}

/** Why there is nothing to open; the files are as they were. */
export type WorkspaceProblem = 'keyMissing' | 'keyLocked' | 'keyUnreadable' | 'wrongKey' | 'diskFull' | 'busy'

export type OpenedWorkspace =
  | { readonly ok: true; readonly opened: LaptopWorkspace }
  | { readonly ok: false; readonly problem: WorkspaceProblem; readonly folder: string }

const NAME = 'workspace'
const KEY_PROBLEMS = { missing: 'keyMissing', locked: 'keyLocked', unreadable: 'keyUnreadable' } as const

export interface OpeningDeps {
  /** Made if it is not there. */
  readonly folder: string
  readonly nativeBinding: string | undefined
  /** The built script of the thread that makes checkpoints; without it they are made here. */
  readonly checkpointScript?: string
  readonly keychain: Keychain
  readonly now: () => number
  /** Bytes from a cryptographic source. */
  readonly random: (bytes: number) => Uint8Array
  /** The first screen stands: what takes main's time without anybody waiting for it may begin. */
  readonly settled: Promise<void>
  readonly report: (error: unknown, where: string) => void
}

export async function openLaptopWorkspace(deps: OpeningDeps): Promise<OpenedWorkspace> {
  const { folder, now, random } = deps
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, `${NAME}.db`)
  const key = await openKey({
    file: join(folder, 'key.json'),
    databaseExists: existsSync(path) && statSync(path).size > 0,
    keychain: deps.keychain,
    random,
  })
  if (!key.ok) return { ok: false, problem: KEY_PROBLEMS[key.problem], folder }

  const open = async (aside: AppInfo['setAside']): Promise<LaptopWorkspace> => {
    const storage = getRxStorageSQLite({
      path,
      key: key.key,
      search: { records: document => searchText(document as unknown as Parameters<typeof searchText>[0]) },
      counted: { records: ['deleted', 'type'] },
      now,
      ...(deps.nativeBinding === undefined ? {} : { nativeBinding: deps.nativeBinding }),
      ...(deps.checkpointScript === undefined ? {} : { checkpoints: { path: deps.checkpointScript } }),
    })
    const workspace: Workspace = await openWorkspace({
      storage,
      name: NAME,
      now,
      random,
      settled: deps.settled,
      report: error => deps.report(error, 'workspace'),
      readerFor: general =>
        createLaptopReader({
          storage: storage.openWindowReader(NAME, 'records'),
          search: storage.openSearchReader(NAME, 'records'),
          general,
          types: () => workspace.types.list(),
        }),
    })
    return {
      workspace,
      protection: key.protection,
      key: key.key,
      setAside: aside,
      beginBulk: () => storage.beginBulk(NAME),
    }
  }

  try {
    return { ok: true, opened: await open(null) }
  } catch (error) {
    if (!(error instanceof StorageError) || error.code === 'closed') throw error
    if (error.code !== 'damaged') return { ok: false, problem: error.code, folder }
    const at = now()
    const file = basename(setAside(path, new Date(at)))
    return { ok: true, opened: await open({ file, at }) }
  }
}
