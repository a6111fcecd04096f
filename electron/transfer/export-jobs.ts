/**
 * What is being taken out of the workspace into a file, one thing at a time: begun by a call, watched and cancelled from
 * the page. The page never learns of, nor names, a path to write to: everything goes to the one folder for it.
 */
import { BehaviorSubject, of, type Observable } from 'rxjs'
import type { Context } from '../../core/database/context.ts'
import type { TypeStore } from '../../core/database/database.ts'
import type { CsvExportPlan, ExportProgress } from '../../core/model/api.ts'
import { fail, succeed, type Failure, type Result } from '../../core/model/failure.ts'
import { type Draft, toDownloadFailure, writeDownload } from './download.ts'
import { type ArchiveDeps, writeArchive } from './write-archive.ts'
import { type CsvDeps, writeCsv } from './write-csv.ts'

export interface ExportJobs {
  csv(plan: CsvExportPlan): Result<{ job: string }>
  /** Everything, not encrypted (write-archive.ts). */
  workspace(): Result<{ job: string }>
  /** Nothing is left of it. */
  cancel(job: string): void
  /** The file it has made, in the system's window of its folder. */
  show(job: string): Result<null>
  progress$(job: string): Observable<ExportProgress>
  close(): Promise<void>
}

export interface ExportDeps extends CsvDeps, Omit<ArchiveDeps, 'tables' | 'store'> {
  readonly context: Pick<Context, 'nameOf' | 'tables'>
  readonly store: () => Promise<ArchiveDeps['store']>
  readonly types: Pick<TypeStore, 'get'>
  /** Where a person finds what is saved. */
  readonly downloads: string
  readonly showInFolder: (path: string) => void
  readonly now: () => number
  readonly newId: () => string
  readonly report: (error: unknown) => void
}

interface Job {
  readonly id: string
  readonly progress: BehaviorSubject<ExportProgress>
  readonly abort: AbortController
  path: string | undefined
  running: Promise<void>
}

const SHOWN_EVERY_MS = 100
const STARTED: ExportProgress = { state: 'running', done: 0, total: 0 }

export function createExportJobs(deps: ExportDeps): ExportJobs {
  /** The one that runs, or the last one. */
  let job: Job | undefined
  const find = (id: string) => (job?.id === id ? job : undefined)

  function begin(name: string, write: (draft: Draft, step: Step) => Promise<void>): Result<{ job: string }> {
    if (job?.progress.value.state === 'running') return fail('busy', 'export')
    job?.progress.complete()
    const progress = new BehaviorSubject(STARTED)
    const begun: Job = {
      id: deps.newId(),
      progress,
      abort: new AbortController(),
      path: undefined,
      running: Promise.resolve(),
    }
    begun.running = run(deps, begun, name, write)
    job = begun
    return succeed({ job: begun.id })
  }

  return {
    csv(plan) {
      const type = plan.view.type === null ? undefined : deps.types.get(plan.view.type)
      if (type === undefined) return fail('notFound', 'type')
      if (type.fields.length === 0) return fail('invalidValue', 'noColumns')
      return begin(`${type.name}.csv`, (draft, step) => writeCsv(deps, plan, type, draft, step))
    },
    workspace() {
      const day = new Date(deps.wallTime()).toISOString().slice(0, 10)
      return begin(`Farfield ${day}.tar`, async (draft, step) => {
        const { version, wallTime } = deps
        await writeArchive({ tables: deps.context.tables, store: await deps.store(), version, wallTime }, draft, step)
      })
    },
    cancel: id => find(id)?.abort.abort(),
    show(id) {
      const path = find(id)?.path
      if (path === undefined) return fail('notFound')
      deps.showInFolder(path)
      return succeed(null)
    },
    progress$: id => find(id)?.progress ?? of({ ...STARTED, state: 'failed', failure: { code: 'notFound' } }),
    async close() {
      job?.abort.abort()
      await job?.running
      job?.progress.complete()
    },
  }
}

type Step = (done: number, total: number) => void

/** It never rejects: how it ended is its progress. */
async function run(
  deps: ExportDeps,
  job: Job,
  name: string,
  write: (draft: Draft, step: Step) => Promise<void>,
): Promise<void> {
  const { progress, abort } = job
  let shownAt = -Infinity
  let last: Pick<ExportProgress, 'done' | 'total'> = { done: 0, total: 0 }
  const step: Step = (done, total) => {
    if (abort.signal.aborted) throw new ExportCancelled()
    last = { done, total }
    if (deps.now() - shownAt < SHOWN_EVERY_MS) return
    shownAt = deps.now()
    progress.next({ state: 'running', ...last })
  }
  try {
    const made = await writeDownload(deps.downloads, name, draft => write(draft, step))
    job.path = made.path
    progress.next({
      state: 'done',
      ...last,
      file: { name: made.name, folder: deps.downloads, bytes: made.bytes },
    })
  } catch (error) {
    if (error instanceof ExportCancelled) return progress.next({ state: 'cancelled', ...last })
    const failure: Failure = toDownloadFailure(error, deps.downloads) ?? { code: 'internal' }
    if (failure.code === 'internal') deps.report(error)
    progress.next({ state: 'failed', ...last, failure })
  }
}

class ExportCancelled extends Error {
  override readonly name = 'ExportCancelled'
}
