/** Syncing, loaded and opened only once the first screen stands: nothing of it may be in the way of that. */
import type { Workspace } from '../core/database/workspace.ts'
import type { Depot } from './sync/file-sync.ts'
import type { OpenedSync } from './laptop.ts'
import { describeComputer } from './system/paths.ts'

export async function openSyncLater(deps: {
  readonly workspace: Workspace
  readonly depot: Promise<Depot>
  readonly settled: Promise<void>
  readonly report: (error: unknown, where: string) => void
}): Promise<OpenedSync> {
  await deps.settled
  const [{ openSync }, { openProbe }, { watchSuspension }] = await Promise.all([
    import('./sync/sync.ts'),
    import('./system/probe.ts'),
    import('./system/power.ts'),
  ])
  return openSync({
    workspace: deps.workspace,
    depot: deps.depot,
    probe: openProbe(Date.now),
    suspended$: watchSuspension(),
    suggestedDeviceName: describeComputer().suggestedDeviceName,
    now: Date.now,
    random: Math.random,
    report: error => deps.report(error, 'sync'),
  })
}
