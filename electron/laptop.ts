/**
 * Everything behind the port, put together on an open workspace: the tables that a page's calls and feeds are looked up
 * in, and imports. It wires and never decides.
 */
import type { Workspace } from '../core/database/workspace.ts'
import { createImportJobs, type ImportJobs } from './import/jobs.ts'
import { appCalls, type AppFacts } from './ipc/app.ts'
import { conflictCalls, conflictFeeds } from './ipc/conflicts.ts'
import { callTable, feedTable } from './ipc/handlers.ts'
import { importCalls, importFeeds } from './ipc/import.ts'
import { recordCalls, recordFeeds } from './ipc/records.ts'
import type { CallTable, FeedTable } from './ipc/serve.ts'
import { settingCalls } from './ipc/settings.ts'
import { syncCalls, syncFeeds, type SyncControl } from './ipc/sync.ts'
import { typeCalls, typeFeeds } from './ipc/types.ts'
import { windowFeed } from './ipc/window-feed.ts'

export interface Laptop {
  readonly calls: CallTable
  readonly feeds: FeedTable
  readonly jobs: ImportJobs
}

export function createLaptop(deps: {
  readonly workspace: Workspace
  readonly facts: AppFacts
  readonly sync: Promise<SyncControl>
  readonly relax: () => () => void
  readonly newId: () => string
  readonly report: (error: unknown) => void
}): Laptop {
  const { workspace, sync } = deps
  const { records, types, devices, settings } = workspace
  const jobs = createImportJobs({
    records,
    typeOf: type => types.get(type),
    breathe: () => new Promise(resolve => setImmediate(resolve)),
    relax: deps.relax,
    now: () => performance.now(),
    newId: deps.newId,
    report: deps.report,
  })
  const live = {
    reader: records.reader,
    changed$: records.changed$,
    now: () => performance.now(),
    after(ms: number, run: () => void) {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
  }
  return {
    jobs,
    calls: callTable({
      ...appCalls(deps.facts, devices),
      ...typeCalls(types),
      ...recordCalls(records),
      ...conflictCalls(records),
      ...importCalls(jobs),
      ...syncCalls(sync),
      ...settingCalls(settings),
    }),
    feeds: feedTable({
      ...typeFeeds(types, records),
      ...recordFeeds(records),
      ...conflictFeeds(records),
      ...importFeeds(jobs),
      ...syncFeeds(sync),
      window: input => windowFeed(live, input),
    }),
  }
}
