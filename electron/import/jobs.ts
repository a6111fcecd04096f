/**
 * The imports of this run of the app: begun by a call, fed by the file's bytes, watched and cancelled from the page. It
 * keeps their progress only; what is imported goes straight to the records.
 */
import { BehaviorSubject, of, type Observable } from 'rxjs'
import type { ImportPlan, ImportProgress } from '../../core/model/api.ts'
import { kindRules } from '../../core/model/fields/kinds.ts'
import { fail, succeed, type Result } from '../../core/model/failure.ts'
import { createIntake, type Intake } from './intake.ts'
import { runImport, type ImportDeps } from './run.ts'
import type { Column } from './rows.ts'

export interface ImportJobs {
  begin(plan: ImportPlan): Result<{ job: string }>
  /** The next piece of the job's file, which begins at byte `from`; true once it is taken, false when it is not wanted. */
  feed(job: string, from: number, piece: Uint8Array): Promise<boolean>
  /** The page that sent files is gone: what it had not sent whole is cancelled. */
  endFeeds(): void
  /** What was imported so far is taken away again. */
  cancel(job: string): void
  progress$(job: string): Observable<ImportProgress>
  close(): Promise<void>
}

interface Job {
  readonly plan: ImportPlan
  readonly columns: readonly Column[]
  readonly progress: BehaviorSubject<ImportProgress>
  readonly abort: AbortController
  readonly intake: Intake
  running: Promise<ImportProgress> | undefined
}

const KEPT_JOBS = 20

export function createImportJobs(deps: ImportDeps & { readonly newId: () => string }): ImportJobs {
  const jobs = new Map<string, Job>()
  const closing = new AbortController()
  const runDeps = { ...deps, closing: closing.signal }

  const forgetOldest = () => {
    for (const [id, { progress }] of jobs) {
      if (jobs.size < KEPT_JOBS) return
      if (progress.value.state === 'running') continue
      progress.complete()
      jobs.delete(id)
    }
  }

  const stop = ({ abort, intake }: Job) => {
    abort.abort()
    // It may be waiting for a piece.
    intake.end()
  }

  return {
    begin(plan) {
      const columns = readMapping(deps, plan)
      if (!columns.ok) return columns
      forgetOldest()
      const job = deps.newId()
      const progress = new BehaviorSubject<ImportProgress>(emptyProgress('waiting', plan.fileBytes))
      jobs.set(job, {
        plan,
        columns: columns.value,
        progress,
        abort: new AbortController(),
        intake: createIntake(plan.fileBytes),
        running: undefined,
      })
      return succeed({ job })
    },
    async feed(id, from, piece) {
      const job = jobs.get(id)
      if (job === undefined) return false
      job.running ??= runImport(runDeps, job.plan, job.columns, job.intake.bytes, job.abort.signal, progress =>
        job.progress.next(progress),
      )
      return job.intake.push(from, piece)
    },
    endFeeds() {
      for (const { intake } of jobs.values()) intake.end()
    },
    cancel(id) {
      const job = jobs.get(id)
      if (job === undefined) return
      stop(job)
      if (job.running === undefined) job.progress.next({ ...job.progress.value, state: 'cancelled' })
    },
    progress$: id => jobs.get(id)?.progress ?? of({ ...emptyProgress('failed', 0), failure: { code: 'notFound' } }),
    async close() {
      for (const job of jobs.values()) stop(job)
      closing.abort()
      await Promise.allSettled([...jobs.values()].flatMap(({ running }) => running ?? []))
      for (const { progress } of jobs.values()) progress.complete()
    },
  }
}

/** Columns to import with their fields; each field at most once, and none that computes itself. */
function readMapping(deps: ImportDeps, plan: ImportPlan): Result<readonly Column[]> {
  const type = deps.typeOf(plan.type)
  if (type === undefined) return fail('notFound', 'type')
  const columns: Column[] = []
  const taken = new Set<string>()
  for (const [index, id] of plan.mapping.entries()) {
    if (id === null) continue
    const field = type.fields.find(each => each.id === id)
    if (field === undefined) return fail('notFound', 'field')
    if (kindRules(field.kind).readOnly) return fail('readOnlyField', field.label)
    if (taken.has(id)) return fail('invalidValue', 'twoColumnsForOneField')
    taken.add(id)
    columns.push({ index, name: field.label, field })
  }
  return columns.length === 0 ? fail('invalidValue', 'noColumns') : succeed(columns)
}

export function emptyProgress(state: ImportProgress['state'], fileBytes: number): ImportProgress {
  return { state, bytes: 0, fileBytes, imported: 0, refused: 0, refusedRows: [] }
}
