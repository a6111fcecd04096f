/**
 * Files on their way from the page into the store, and then into their record. Each is kept whole or not at all; once its
 * last byte is kept the record has it, whether the page is still there or not.
 */
import { BehaviorSubject, of, type Observable } from 'rxjs'
import type { RecordStore } from '../../core/database/database.ts'
import type { FilePlan, FileProgress } from '../../core/model/api.ts'
import { cleanFileName, withFile, type FileRef } from '../../core/model/fields/files.ts'
import { fail, succeed, type Failure, type Result } from '../../core/model/failure.ts'
import { createIntake, type Intake } from '../import/intake.ts'
import type { FileStore } from '../storage/file-store.ts'
import { StorageError } from '../storage/storage-error.ts'
import { keptType, TELLING_BYTES } from './media-type.ts'

export interface CopyDeps {
  readonly store: Pick<FileStore, 'add'>
  readonly records: Pick<RecordStore, 'editValue'>
  /** Whether the record is here and the field one for files. */
  readonly takesFiles: (record: string, field: string) => Promise<boolean>
  readonly now: () => number
  readonly newId: () => string
  readonly report: (error: unknown) => void
}

export interface FileCopies {
  begin(plan: FilePlan): Promise<Result<{ job: string }>>
  /** As ImportJobs.feed. */
  feed(job: string, from: number, piece: Uint8Array): Promise<boolean>
  /** The page that sent files is gone: what it had not sent whole is cancelled. */
  endFeeds(): void
  cancel(job: string): void
  progress$(job: string): Observable<FileProgress>
  close(): Promise<void>
}

interface Copy {
  readonly plan: FilePlan
  readonly progress: BehaviorSubject<FileProgress>
  readonly abort: AbortController
  readonly intake: Intake
  running: Promise<void> | undefined
}

const KEPT_COPIES = 100
const SHOWN_EVERY_MS = 100

export function createFileCopies(deps: CopyDeps): FileCopies {
  const copies = new Map<string, Copy>()

  const forgetOldest = () => {
    for (const [id, { progress }] of copies) {
      if (copies.size < KEPT_COPIES) return
      if (progress.value.state === 'running') continue
      progress.complete()
      copies.delete(id)
    }
  }
  const stop = ({ abort, intake }: Copy) => {
    abort.abort()
    // It may be waiting for a piece.
    intake.end()
  }

  return {
    async begin(plan) {
      if (!(await deps.takesFiles(plan.record, plan.field))) return fail('notFound', 'field')
      forgetOldest()
      const job = deps.newId()
      copies.set(job, {
        plan,
        progress: new BehaviorSubject<FileProgress>({ state: 'waiting', bytes: 0, fileBytes: plan.bytes }),
        abort: new AbortController(),
        intake: createIntake(plan.bytes),
        running: undefined,
      })
      return succeed({ job })
    },
    async feed(id, from, piece) {
      const copy = copies.get(id)
      if (copy === undefined || copy.abort.signal.aborted) return false
      copy.running ??= runCopy(deps, copy)
      return copy.intake.push(from, piece)
    },
    endFeeds() {
      for (const { intake } of copies.values()) intake.end()
    },
    cancel(id) {
      const copy = copies.get(id)
      if (copy === undefined) return
      stop(copy)
      if (copy.running === undefined) copy.progress.next({ ...copy.progress.value, state: 'cancelled' })
    },
    progress$: id =>
      copies.get(id)?.progress ?? of({ state: 'failed', bytes: 0, fileBytes: 0, failure: { code: 'notFound' } }),
    async close() {
      for (const copy of copies.values()) stop(copy)
      await Promise.allSettled([...copies.values()].flatMap(({ running }) => running ?? []))
      for (const { progress } of copies.values()) progress.complete()
    },
  }
}

/** It never rejects: how it ended is its progress. */
async function runCopy(deps: CopyDeps, { plan, progress, abort, intake }: Copy): Promise<void> {
  let bytes = 0
  let shownAt = -Infinity
  const head = Buffer.alloc(TELLING_BYTES)
  const show = (state: FileProgress['state'], more: Partial<FileProgress> = {}) =>
    progress.next({ state, bytes, fileBytes: plan.bytes, ...more })

  async function* take(): AsyncGenerator<Uint8Array> {
    for await (const piece of intake.bytes) {
      if (abort.signal.aborted) throw new CopyCancelled()
      if (bytes < TELLING_BYTES) head.set(piece.subarray(0, TELLING_BYTES - bytes), bytes)
      bytes += piece.byteLength
      yield piece
      if (deps.now() - shownAt < SHOWN_EVERY_MS) continue
      shownAt = deps.now()
      show('running')
    }
    // Cancelled, or the page went away.
    if (abort.signal.aborted || bytes < plan.bytes) throw new CopyCancelled()
  }

  try {
    show('running')
    const { hash } = await deps.store.add(take())
    const type = keptType(head.subarray(0, bytes), plan.type)
    const file: FileRef = { hash, name: cleanFileName(plan.name), bytes, type }
    const answer = await deps.records.editValue(plan.record, plan.field, value => withFile(value, file))
    if (answer.ok) show('done', { added: { file, undo: answer.value.undo } })
    else show('failed', { failure: answer.failure })
  } catch (error) {
    if (error instanceof CopyCancelled) return show('cancelled')
    const failure: Failure = {
      code: error instanceof StorageError && error.code === 'diskFull' ? 'diskFull' : 'internal',
    }
    if (failure.code === 'internal') deps.report(error)
    show('failed', { failure })
  } finally {
    // It may have failed before it read anything.
    intake.drop()
  }
}

class CopyCancelled extends Error {
  override readonly name = 'CopyCancelled'
}
