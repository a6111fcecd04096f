/**
 * Opens this laptop's encrypted database: its key, the SQLite storage, the workspace on it. A damaged database is set
 * aside and what can be read of it brought into a fresh one; a key that is missing or wrong is told and nothing is touched. It must never delete anything.
 */
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { searchText } from '../core/database/states.ts'
import { openWorkspace, type Workspace } from '../core/database/workspace.ts'
import type { Restored } from '../core/model/api.ts'
import { newId } from '../core/model/id.ts'
import { createLaptopReader } from './reader.ts'
import { openKey, type Keychain, type Protection } from './security/key-store.ts'
import type { JobScript } from './storage/file-job.ts'
import { getRxStorageSQLite, type RxStorageSqlite } from './storage/rx-storage-sqlite.ts'
import type { KeyedFile } from './storage/keyed-database.ts'
import type { BulkLoad } from './storage/sqlite-file.ts'
import type { SearchRebuild } from './storage/search-rebuild.ts'
import { StorageError, toStorageError } from './storage/storage-error.ts'

export interface LaptopWorkspace {
  readonly workspace: Workspace
  readonly protection: Protection
  /** The database's; for what else is kept encrypted beside it. */
  readonly key: Uint8Array
  /** The open database's file. */
  readonly file: KeyedFile
  /** A backup is in place since this opening. */
  readonly restored: Restored | null
  readonly searchIndex: SearchRebuild
  beginBulk(): BulkLoad
  /** Writes wait until it is released. */
  holdWrites(): { release(): void }
}

/** Why there is nothing to open; the files are as they were. */
export type WorkspaceProblem = 'keyMissing' | 'keyLocked' | 'keyUnreadable' | 'wrongKey' | 'diskFull' | 'busy'

export type OpenedWorkspace =
  | { readonly ok: true; readonly opened: LaptopWorkspace }
  | { readonly ok: false; readonly problem: WorkspaceProblem; readonly folder: string }

const NAME = 'workspace'
/** What asks for work before an opening (backup/opening.ts). */
const NOTES = ['replacement.json', 'rescue.json']
const KEY_PROBLEMS = { missing: 'keyMissing', locked: 'keyLocked', unreadable: 'keyUnreadable' } as const

export interface OpeningDeps {
  /** Made if it is not there. */
  readonly folder: string
  readonly nativeBinding: string | undefined
  /** The built script of the thread that makes checkpoints and indexes; without it they are made here. */
  readonly threadScript?: string
  /** The thread that works on whole files; without it nothing is saved of a damaged one. */
  readonly jobScript?: JobScript
  /** A damaged database is being rescued, which takes its time. */
  readonly onRescue?: () => void
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
  const path = join(folder, `${NAME}.db`)
  const openOwnKey = () => {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    return openKey({
      file: join(folder, 'key.json'),
      databaseExists: existsSync(path) && statSync(path).size > 0,
      keychain: deps.keychain,
      random,
    })
  }
  let key: Awaited<ReturnType<typeof openKey>>
  try {
    key = await openOwnKey()
  } catch (error) {
    // The first start writes one.
    const problem = problemOf(toStorageError(error, folder))
    if (problem === 'damaged') throw error
    return { ok: false, problem, folder }
  }
  if (!key.ok) return { ok: false, problem: KEY_PROBLEMS[key.problem], folder }

  const file: KeyedFile = {
    path,
    key: key.key,
    ...(deps.nativeBinding === undefined ? {} : { nativeBinding: deps.nativeBinding }),
  }
  const openAt = async (from: string): Promise<Workspace & { readonly storage: RxStorageSqlite }> => {
    const storage = getRxStorageSQLite({
      ...file,
      path: from,
      search: { records: document => searchText(document as unknown as Parameters<typeof searchText>[0]) },
      counted: { records: ['deleted', 'type'] },
      now,
      ...(deps.threadScript === undefined ? {} : { thread: { path: deps.threadScript } }),
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
    return { ...workspace, storage }
  }
  /** A start usually has nothing of this to do, and does not load it. */
  const prepare = async () => {
    if (!NOTES.some(name => existsSync(join(folder, name)))) return undefined
    const { prepareOpening } = await import('./backup/opening.ts')
    return prepareOpening({
      file,
      script: deps.jobScript,
      openAt,
      newMark: () => newId(random),
      onRescue: () => deps.onRescue?.(),
    })
  }
  const open = async (): Promise<LaptopWorkspace> => {
    const prepared = await prepare()
    const { storage, ...workspace } = await openAt(path)
    await prepared?.settle(workspace)
    return {
      workspace,
      protection: key.protection,
      key: key.key,
      file,
      restored: prepared?.restored ?? null,
      searchIndex: storage.openSearchRebuild(NAME, 'records'),
      beginBulk: () => storage.beginBulk(NAME),
      holdWrites: () => storage.holdWrites(NAME),
    }
  }

  try {
    return { ok: true, opened: await open() }
  } catch (error) {
    const problem = problemOf(error)
    if (problem !== 'damaged') return { ok: false, problem, folder }
  }
  const { askForRescue } = await import('./backup/rescue.ts')
  askForRescue(path, now())
  try {
    return { ok: true, opened: await open() }
  } catch (error) {
    const problem = problemOf(error)
    if (problem === 'damaged') throw error
    return { ok: false, problem, folder }
  }
}

/** @throws what is no failure of the file */
function problemOf(error: unknown): WorkspaceProblem | 'damaged' {
  if (!(error instanceof StorageError) || error.code === 'closed') throw error
  return error.code
}
