/**
 * Takes away files that nothing names any more, a while after the start and then once a day (core/model/file-sweep.ts
 * decides). It must never take one that a kept backup names, nor while something that could name it cannot be read.
 */
import type { FileReferences } from '../../core/database/file-references.ts'
import type { SettingStore } from '../../core/database/database.ts'
import { planSweep, readSweepMemory } from '../../core/model/file-sweep.ts'
import type { FileStore } from '../storage/file-store.ts'
import type { SealedFolder } from '../storage/sealed-folder.ts'

export interface SweepDeps {
  readonly store: Pick<FileStore, 'list' | 'remove'>
  readonly thumbnails: Pick<SealedFolder, 'remove'>
  readonly settings: SettingStore
  /** Undefined: it was stopped. */
  readonly findReferences: (stopped: () => boolean) => Promise<FileReferences | undefined>
  /** What the kept backups name, which is asked only when something would go. Undefined: it was stopped. */
  readonly findKept: (stopped: () => boolean) => Promise<ReadonlySet<string> | 'unknown' | undefined>
  /** False while a copy of everything is made or put in place, which may need what nothing names yet. */
  readonly mayRemove: () => boolean
  /** A database that was set aside may still be salvaged, and would then name files that this one does not. */
  readonly isSomethingSetAside: () => Promise<boolean>
  readonly now: () => number
}

const MEMORY = 'files.sweep'

/** Resolves to the hashes that were removed. */
export async function sweepFiles(deps: SweepDeps, stopped: () => boolean): Promise<readonly string[]> {
  const { store, thumbnails, settings } = deps
  if (!deps.mayRemove() || (await deps.isSomethingSetAside())) return []
  const here: string[] = []
  for await (const { hash } of store.list()) here.push(hash)
  if (here.length === 0) return []
  const references = await deps.findReferences(stopped)
  if (references === undefined) return []
  const removed: string[] = []
  try {
    const memory = readSweepMemory(await settings.get(MEMORY))
    let plan = planSweep(here, references.hashes, memory, deps.now())
    if (plan.remove.length > 0) {
      // Backups are large: what they name waits anew, so that they are read once in a month and not every day.
      const kept = await deps.findKept(stopped)
      if (kept === undefined) return []
      const named = kept === 'unknown' ? new Set(here) : new Set([...references.hashes, ...kept])
      plan = planSweep(here, named, memory, deps.now())
    }
    for (const hash of plan.remove) {
      // Named since, or added again.
      if (stopped() || !deps.mayRemove() || references.hashes.has(hash) || !(await store.remove(hash))) continue
      await thumbnails.remove(hash)
      removed.push(hash)
    }
    await settings.set(MEMORY, { ...plan.memory })
  } finally {
    references.close()
  }
  return removed
}

/** Begins; answers how to stop it. */
export function startSweeping(
  deps: SweepDeps & { readonly report: (error: unknown) => void },
  { firstAfterMs, everyMs }: { readonly firstAfterMs: number; readonly everyMs: number },
): { close(): Promise<void> } {
  let closed = false
  let running: Promise<void> = Promise.resolve()
  let timer = setTimeout(run, firstAfterMs)
  function run(): void {
    running = sweepFiles(deps, () => closed)
      .then(() => undefined, deps.report)
      .finally(() => {
        if (!closed) timer = setTimeout(run, everyMs)
      })
  }
  return {
    async close() {
      closed = true
      clearTimeout(timer)
      await running
    },
  }
}
