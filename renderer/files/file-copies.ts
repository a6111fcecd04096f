/**
 * Files on their way from this page to main, one after another, wherever the person goes meanwhile. It must never hold more
 * than a piece of one in memory, and never lose one without saying so.
 */
import type { CallAnswer, FileProgress, Undo } from '../../core/model/api.ts'
import { FILE_BYTES, IMPORT_PIECE_BYTES } from '../../core/model/api.ts'
import type { Failure } from '../../core/model/failure.ts'
import type { FileRef } from '../../core/model/fields/files.ts'
import type { FieldId, RecordId } from '../../core/model/record.ts'
import type { Api } from '../api/connect.ts'

export interface FileCopy {
  readonly id: number
  readonly record: RecordId
  readonly field: FieldId
  readonly name: string
  readonly bytes: number
  /** Bytes that main has taken. */
  readonly taken: number
  readonly state: 'waiting' | 'copying' | 'failed'
  /** When failed; 'unreadable': the page cannot read it (it is a folder, or it is gone). */
  readonly failure?: Failure | 'unreadable'
}

export interface FileCopies {
  subscribe(listener: () => void): () => void
  /** In the order they were added; the very same list while nothing changed. */
  current(): readonly FileCopy[]
  add(record: RecordId, field: FieldId, files: readonly File[]): void
  cancel(id: number): void
  dismiss(id: number): void
}

export interface FileCopiesDeps {
  readonly api: Pick<Api, 'call' | 'watch'>
  /** Posts one piece; false when main does not want it. */
  readonly post: (job: string, from: number, piece: ArrayBuffer) => Promise<boolean>
  /** Before a file shows as one of its record: its picture is made, where it is one. */
  readonly prepare: (file: FileRef) => Promise<void>
  /** `batch` is the same for files that were added together; `undo` is null where the record had it already. */
  readonly added: (file: FileRef, undo: Undo | null, batch: number) => void
  /** A batch has ended, in whatever way. */
  readonly ended: (added: number) => void
}

interface Job extends FileCopy {
  readonly file: File
  readonly batch: number
}

export function createFileCopies(deps: FileCopiesDeps): FileCopies {
  const { api } = deps
  const listeners = new Set<() => void>()
  let jobs: readonly Job[] = []
  let lastId = 0
  let running = false
  const addedByBatch = new Map<number, number>()
  const jobIds = new Map<number, string>()

  const set = (next: readonly Job[]) => {
    jobs = next
    for (const listener of [...listeners]) listener()
  }
  const change = (id: number, more: Partial<FileCopy>) =>
    set(jobs.map(job => (job.id === id ? { ...job, ...more } : job)))
  const drop = (id: number) => set(jobs.filter(job => job.id !== id))
  const find = (id: number) => jobs.find(job => job.id === id)

  async function runAll(): Promise<void> {
    if (running) return
    running = true
    for (let next = waiting(); next !== undefined; next = waiting()) {
      await run(next)
      const { batch } = next
      if (jobs.some(job => job.batch === batch && job.state !== 'failed')) continue
      deps.ended(addedByBatch.get(batch) ?? 0)
      addedByBatch.delete(batch)
    }
    running = false
  }
  const waiting = () => jobs.find(({ state }) => state === 'waiting')

  async function run({ id, record, field, name, bytes, file, batch }: Job): Promise<void> {
    if (bytes > FILE_BYTES)
      return change(id, { state: 'failed', failure: { code: 'tooLarge', detail: '2 GB for one file' } })
    change(id, { state: 'copying' })
    const begun = await api.call('files.begin', { record, field, name, bytes, type: file.type })
    if (!begun.ok) return change(id, { state: 'failed', failure: begun.failure })
    const { job } = begun.value
    jobIds.set(id, job)
    const ending = watchEnd(api, job)
    if (find(id) === undefined) await api.call('files.cancel', { job })
    else if (!(await send(id, job, file))) return change(id, { state: 'failed', failure: 'unreadable' })
    const end = await ending
    jobIds.delete(id)
    if (end.state === 'done' && end.added !== undefined) {
      await deps.prepare(end.added.file)
      addedByBatch.set(batch, (addedByBatch.get(batch) ?? 0) + 1)
      deps.added(end.added.file, end.added.undo, batch)
      drop(id)
    } else if (end.state === 'failed') change(id, { state: 'failed', failure: end.failure ?? { code: 'internal' } })
    else drop(id)
  }

  /** False: the file cannot be read to its end, and main has been told. How else it ends is told by main. */
  async function send(id: number, job: string, file: File): Promise<boolean> {
    try {
      let from = 0
      do {
        const piece = await file.slice(from, from + IMPORT_PIECE_BYTES).arrayBuffer()
        if (!(await deps.post(job, from, piece))) return true
        from += piece.byteLength
        change(id, { taken: from })
      } while (from < file.size)
      return true
    } catch {
      await api.call('files.cancel', { job })
      return false
    }
  }

  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    current: () => jobs,
    add(record, field, files) {
      const batch = ++lastId
      const more = files.map((file): Job => {
        const { name, size: bytes } = file
        return { id: ++lastId, record, field, name, bytes, taken: 0, state: 'waiting', file, batch }
      })
      set([...jobs, ...more])
      void runAll()
    },
    cancel(id) {
      const job = jobIds.get(id)
      drop(id)
      if (job !== undefined) void cancelJob(api, job)
    },
    dismiss: drop,
  }
}

function cancelJob(api: Pick<Api, 'call'>, job: string): Promise<CallAnswer<'files.cancel'>> {
  return api.call('files.cancel', { job })
}

/** Resolves with the last frame; a port that closes ends it as failed. */
function watchEnd(api: Pick<Api, 'watch'>, job: string): Promise<FileProgress> {
  return new Promise(resolve => {
    const stop = api.watch(
      'fileCopy',
      { job },
      frame => {
        if (frame.state === 'waiting' || frame.state === 'running') return
        resolve(frame)
        // The first frame may come before watch() has returned.
        queueMicrotask(() => stop())
      },
      () => resolve({ state: 'failed', bytes: 0, fileBytes: 0, failure: { code: 'internal' } }),
    )
  })
}
