/**
 * Everything behind the port: the opened workspace, the tables that a page's calls and feeds are looked up in, and
 * imports. It wires and never decides.
 */
import { randomBytes } from 'node:crypto'
import { statfsSync } from 'node:fs'
import { join } from 'node:path'
import type { Workspace } from '../core/database/workspace.ts'
import { BOUNDS } from '../core/model/api.ts'
import { newId } from '../core/model/id.ts'
import type { Files } from './files/files.ts'
import type { Backups } from './backup/backups.ts'
import type { Power } from './backup/daily.ts'
import { createHealth } from './backup/health.ts'
import { receiveCopy } from './backup/receive.ts'
import { createImportJobs } from './import/jobs.ts'
import { receiveImport } from './import/receive.ts'
import { appCalls, type AppFacts } from './ipc/app.ts'
import { conflictCalls, conflictFeeds } from './ipc/conflicts.ts'
import { fileCalls, fileFeeds } from './ipc/files.ts'
import { exportCalls, exportFeeds } from './ipc/export.ts'
import { callTable, feedTable } from './ipc/handlers.ts'
import { historyCalls } from './ipc/history.ts'
import { importCalls, importFeeds } from './ipc/import.ts'
import { recordCalls, recordFeeds } from './ipc/records.ts'
import { searchCalls, searchFeeds } from './ipc/search.ts'
import { serve, type Wire } from './ipc/serve.ts'
import { settingCalls } from './ipc/settings.ts'
import { storageCalls, storageFeeds } from './ipc/storage.ts'
import { syncCalls, syncFeeds, type SyncControl } from './ipc/sync.ts'
import { typeCalls, typeFeeds } from './ipc/types.ts'
import { windowFeed } from './ipc/window-feed.ts'
import { openHistoryCare } from './history-care.ts'
import { openSearchCare } from './search-care.ts'
import type { PageAnswer, StreamedAnswer } from './security/page-answer.ts'
import type { JobScript } from './storage/file-job.ts'
import type { Transfers } from './transfer/transfers.ts'
import { openLaptopWorkspace, type OpeningDeps, type WorkspaceProblem } from './workspace.ts'

export interface Laptop {
  serve(wire: Wire): void
  /** Undefined: the page may not post to this address. */
  receive(address: URL, body: Uint8Array): Promise<PageAnswer | undefined>
  /** Undefined: not the address of a record's file. */
  attachment(address: URL, range: string | undefined): Promise<PageAnswer | undefined>
  stream(address: URL, range: string | undefined): Promise<StreamedAnswer>
  close(): Promise<void>
}

export interface OpenedSync extends SyncControl {
  /** As the scheduler knows it. */
  power(): Power
  close(): Promise<void>
}

export type OpenedLaptop =
  { readonly ok: true; readonly laptop: Laptop } | { readonly ok: false; readonly problem: WorkspaceProblem }

export async function openLaptop(
  deps: Omit<OpeningDeps, 'random' | 'jobScript'> & {
    readonly jobScript: JobScript
    readonly facts: Pick<AppFacts, 'platform' | 'suggestedDeviceName' | 'version'>
    /** Where a person finds what is saved. */
    readonly downloads: string
    /** Shows a file there in the system's own window. */
    readonly showInFolder: (path: string) => void
    readonly openSync: (workspace: Workspace, depot: Promise<Files['depot']>) => Promise<OpenedSync>
    /** Closes everything and opens it again: a backup takes the database's place, or a damaged one is rescued. */
    readonly reopen: () => void
    readonly report: (error: unknown, where: string) => void
  },
): Promise<OpenedLaptop> {
  const health = createHealth({ room: () => freeBytes(deps.folder), after })
  const report = (error: unknown, where: string) => {
    health.note(error)
    deps.report(error, where)
  }
  const random = (bytes: number) => new Uint8Array(randomBytes(bytes))
  const opening = await openLaptopWorkspace({ ...deps, random, report })
  if (!opening.ok) return opening
  const { workspace, protection, restored, beginBulk } = opening.opened
  const { records, types, devices, settings, history } = workspace
  const care = openSearchCare({
    index: opening.opened.searchIndex,
    settled: deps.settled,
    report: error => report(error, 'search'),
  })
  const keeping = openHistoryCare({ history, after, report: error => report(error, 'history') })
  const jobs = createImportJobs({
    records,
    typeOf: type => types.get(type),
    beginBulk,
    now: () => performance.now(),
    newId: () => newId(random),
    report: error => report(error, 'import'),
    toFailure: error => health.note(error),
  })
  // What it takes is loaded once the first screen stands.
  const files = deps.settled.then(async () => {
    const { openFiles } = await import('./files/files.ts')
    return openFiles({
      folder: deps.folder,
      key: opening.opened.key,
      downloads: deps.downloads,
      findKept: async stopped => {
        const { findKeptFiles } = await import('./backup/kept-files.ts')
        const backupsOf = { file: opening.opened.file, script: deps.jobScript }
        return findKeptFiles({ ...backupsOf, report: error => deps.report(error, 'backups') }, stopped)
      },
      mayRemove: () => openedBackups?.isBusy() !== true,
      workspace,
      random,
      now: deps.now,
      newId: () => newId(random),
      report: error => report(error, 'files'),
    })
  })
  let openedFiles: Files | undefined
  files.then(
    opened => (openedFiles = opened),
    (error: unknown) => report(error, 'files'),
  )
  const sync = deps.openSync(
    workspace,
    files.then(({ depot }) => depot),
  )
  let openedSync: OpenedSync | undefined
  sync.then(
    opened => (openedSync = opened),
    (error: unknown) => report(error, 'sync'),
  )
  const backups = deps.settled.then(async () => {
    const { openBackups } = await import('./backup/backups.ts')
    return openBackups({
      file: opening.opened.file,
      files: join(deps.folder, 'files'),
      downloads: deps.downloads,
      script: deps.jobScript,
      health,
      rebuildSearch: () => care.rebuild(),
      holdWrites: () => opening.opened.holdWrites(),
      power: () => openedSync?.power() ?? { power: 'unknown', level: null },
      now: deps.now,
      after,
      newMark: () => newId(random),
      reopen: deps.reopen,
      report: error => report(error, 'backups'),
    })
  })
  let openedBackups: Backups | undefined
  backups.then(
    opened => (openedBackups = opened),
    (error: unknown) => report(error, 'backups'),
  )
  const transfers = deps.settled.then(async () => {
    const { openTransfers } = await import('./transfer/transfers.ts')
    return openTransfers({
      workspace,
      store: async () => (await files).store,
      beginBulk,
      version: deps.facts.version,
      downloads: deps.downloads,
      showInFolder: deps.showInFolder,
      wallTime: deps.now,
      now: () => performance.now(),
      newId: () => newId(random),
      report: error => report(error, 'export'),
      toFailure: error => health.note(error),
    })
  })
  let openedTransfers: Transfers | undefined
  transfers.then(
    opened => (openedTransfers = opened),
    (error: unknown) => report(error, 'export'),
  )
  const live = {
    reader: records.reader,
    changed$: records.changed$,
    now: () => performance.now(),
    after,
  }
  const handlers = {
    ...appCalls({ ...deps.facts, protection, restored }, devices),
    ...typeCalls(types),
    ...recordCalls(records),
    ...conflictCalls(records),
    ...searchCalls(care),
    ...importCalls(jobs),
    ...exportCalls(transfers),
    ...fileCalls(files),
    ...syncCalls(sync),
    ...storageCalls(backups),
    ...historyCalls(history),
    ...settingCalls(settings),
  }
  const calls = callTable(handlers, error => health.note(error))
  const feeds = feedTable({
    ...typeFeeds(types, records),
    ...recordFeeds(records),
    ...conflictFeeds(records),
    ...searchFeeds(records, types, care),
    ...importFeeds(jobs),
    ...exportFeeds(transfers),
    ...fileFeeds(files),
    ...syncFeeds(sync),
    ...storageFeeds(backups),
    window: input => windowFeed(live, input),
  })
  return {
    ok: true,
    laptop: {
      serve(wire) {
        // There is one page at a time: the one before it sends nothing any more.
        jobs.endFeeds()
        openedFiles?.copies.endFeeds()
        openedTransfers?.archives.endFeeds()
        openedBackups?.endFeeds()
        serve(wire, calls, feeds, BOUNDS, report)
      },
      receive: async (address, body) =>
        (await receiveImport(jobs, address, body)) ??
        (await (await transfers).archives.receive(address, body)) ??
        (await receiveCopy(backups, address, body)) ??
        (await files).receive(address, body),
      attachment: async (address, range) => (await files).answer(address, range),
      stream: async (address, range) => (await files).stream(address, range),
      async close() {
        await openedBackups?.close()
        await openedTransfers?.close()
        await jobs.close()
        await openedSync?.close()
        await openedFiles?.close()
        keeping.close()
        await care.close()
        await workspace.close()
        health.close()
      },
    },
  }
}

function after(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms)
  timer.unref()
  return () => clearTimeout(timer)
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
