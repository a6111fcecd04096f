/**
 * Exports of workspaces on their way in: begun by a call, fed by the page with the archive's bytes, watched and cancelled
 * from it. What came in before one was cancelled or failed stays: whole records, merged like any that arrive.
 */
import { BehaviorSubject, of, type Observable } from 'rxjs'
import { IMPORT_PIECE_BYTES, type ArchivePlan, type ArchiveProgress } from '../../core/model/api.ts'
import { fail, succeed, type Failure, type Result } from '../../core/model/failure.ts'
import { createIntake, type Intake } from '../import/intake.ts'
import { type PageAnswer, statusAnswer } from '../security/page-answer.ts'
import type { BulkLoad } from '../storage/sqlite-file.ts'
import { type ArchiveIntake, emptyTally, NotReadable, readArchive } from './read-archive.ts'

export interface ArchiveJobs {
  begin(plan: ArchivePlan): Result<{ job: string }>
  /** The next piece of the job's archive; undefined: not an address of one. */
  receive(address: URL, body: Uint8Array): Promise<PageAnswer | undefined>
  /** The page that sent it is gone. */
  endFeeds(): void
  cancel(job: string): void
  progress$(job: string): Observable<ArchiveProgress>
  close(): Promise<void>
}

export interface ArchiveJobsDeps extends Omit<ArchiveIntake, 'breathe' | 'store'> {
  readonly store: () => Promise<ArchiveIntake['store']>
  readonly beginBulk: () => BulkLoad
  readonly now: () => number
  readonly newId: () => string
  readonly report: (error: unknown) => void
  /** A failure that a person can do something about, such as a full disk. */
  readonly toFailure: (error: unknown) => Failure | undefined
}

interface Job {
  readonly id: string
  readonly plan: ArchivePlan
  readonly progress: BehaviorSubject<ArchiveProgress>
  readonly abort: AbortController
  readonly intake: Intake
  running: Promise<void> | undefined
}

const SHOWN_EVERY_MS = 150

export function createArchiveJobs(deps: ArchiveJobsDeps): ArchiveJobs {
  /** The one that runs, or the last one. */
  let job: Job | undefined
  const find = (id: string) => (job?.id === id ? job : undefined)
  const isOver = ({ progress }: Job) => progress.value.state !== 'waiting' && progress.value.state !== 'running'
  const stop = ({ abort, intake }: Job) => {
    abort.abort()
    // It may be waiting for a piece.
    intake.end()
  }

  return {
    begin(plan) {
      if (job !== undefined && !isOver(job)) return fail('busy', 'archive')
      job?.progress.complete()
      job = {
        id: deps.newId(),
        plan,
        progress: new BehaviorSubject<ArchiveProgress>(started(plan.fileBytes)),
        abort: new AbortController(),
        intake: createIntake(plan.fileBytes),
        running: undefined,
      }
      return succeed({ job: job.id })
    },
    async receive(address, body) {
      const [, id] = /^\/archive\/([\w-]{1,64})$/.exec(address.pathname) ?? []
      if (id === undefined) return undefined
      if (body.byteLength > IMPORT_PIECE_BYTES) return statusAnswer(413)
      const found = find(id)
      if (found === undefined || isOver(found)) return statusAnswer(404)
      found.running ??= run(deps, found)
      const from = Number(address.searchParams.get('from') ?? Number.NaN)
      return statusAnswer((await found.intake.push(from, body)) ? 204 : 404)
    },
    endFeeds: () => job?.intake.end(),
    cancel(id) {
      const found = find(id)
      if (found === undefined || isOver(found)) return
      stop(found)
      if (found.running === undefined) found.progress.next({ ...found.progress.value, state: 'cancelled' })
    },
    progress$: id => find(id)?.progress ?? of({ ...started(0), state: 'failed', failure: { code: 'notFound' } }),
    async close() {
      if (job === undefined) return
      stop(job)
      await job.running
      job.progress.complete()
    },
  }
}

function started(fileBytes: number): ArchiveProgress {
  return { state: 'waiting', bytes: 0, fileBytes, ...emptyTally() }
}

/** It never rejects: how it ended is its progress. */
async function run(deps: ArchiveJobsDeps, { plan, progress, abort, intake }: Job): Promise<void> {
  const tally = emptyTally()
  const bulk = deps.beginBulk()
  let bytes = 0
  let shownAt = -Infinity
  let isCut = false
  const show = (state: ArchiveProgress['state'], failure?: Failure) =>
    progress.next({
      state,
      bytes,
      fileBytes: plan.fileBytes,
      ...tally,
      ...(failure === undefined ? {} : { failure }),
    })
  const step = () => {
    if (abort.signal.aborted) throw new ArchiveCancelled()
    if (deps.now() - shownAt < SHOWN_EVERY_MS) return
    shownAt = deps.now()
    show('running')
  }
  async function* received(): AsyncGenerator<Uint8Array> {
    for await (const piece of intake.bytes) {
      bytes += piece.byteLength
      yield piece
    }
    // The page went away.
    isCut = bytes < plan.fileBytes
  }
  try {
    step()
    const parts = { intaking: deps.intaking, store: await deps.store(), breathe: () => bulk.breathe() }
    await readArchive(parts, received(), tally, step)
    show(isCut ? 'cancelled' : 'done')
  } catch (error) {
    if (error instanceof ArchiveCancelled || abort.signal.aborted) return show('cancelled')
    const failure =
      error instanceof NotReadable ? error.failure : (deps.toFailure(error) ?? { code: 'internal' as const })
    if (failure.code === 'internal') deps.report(error)
    show('failed', failure)
  } finally {
    bulk.end()
    intake.drop()
  }
}

class ArchiveCancelled extends Error {
  override readonly name = 'ArchiveCancelled'
}
