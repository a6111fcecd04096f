/**
 * Long work on whole files (backup, check, compact, salvage) in a thread of its own, so that main never waits for it. It
 * carries wishes, progress and answers; what the work is stands in the file of each job, run by serveFileJob.
 */
import { statSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { BackedUp, BackupJob } from './backup.ts'
import type { Compacted, CompactJob } from './compact.ts'
import type { Mentioned, MentionsJob } from './find-mentions.ts'
import { JobCancelled } from './job-report.ts'
import type { Salvaged, SalvageJob } from './salvage.ts'
import type { SavedWhole, SaveWholeJob } from './save-whole.ts'
import { StorageError, type StorageErrorCode } from './storage-error.ts'
import type { UnpackedWhole, UnpackWholeJob } from './unpack-whole.ts'
import type { Verified, VerifyJob } from './verify.ts'
import type { VerifiedFiles } from './verify-files.ts'

/** Every kind of job: what it takes and what it gives. */
interface Jobs {
  readonly backup: readonly [BackupJob, BackedUp]
  readonly compact: readonly [CompactJob, Compacted]
  readonly mentions: readonly [MentionsJob, Mentioned]
  readonly saveWhole: readonly [SaveWholeJob, SavedWhole]
  readonly unpackWhole: readonly [UnpackWholeJob, UnpackedWhole]
  readonly salvage: readonly [SalvageJob, Salvaged]
  readonly verify: readonly [VerifyJob, Verified & { readonly files?: VerifiedFiles }]
}
type JobKind = keyof Jobs
export type FileJob = Jobs[JobKind][0]

export interface JobProgress {
  /** What is being done now: `copy`, `check`, `tables`, ... */
  readonly step: string
  readonly done: number
  /** 0 where it is not known. */
  readonly total: number
}

export interface JobScript {
  /** A built module that calls serveFileJob. */
  readonly path: string
  /** Node's options for the thread. */
  readonly execArgv?: readonly string[]
}

export interface JobWatch {
  readonly signal?: AbortSignal
  readonly onProgress?: (progress: JobProgress) => void
}

/** From the thread. `watch`: the file that grows while SQLite is busy and can say nothing, and how large it will be. */
export type JobMessage =
  | { readonly progress: JobProgress }
  | { readonly watch: { readonly step: string; readonly path: string; readonly total: number } }
  | { readonly answer: unknown }
  | { readonly failed: { readonly code: StorageErrorCode | 'cancelled' | null; readonly message: string } }

export interface JobData {
  readonly job: FileJob
  /** One Int32: not 0 once the job is cancelled. */
  readonly cancelled: SharedArrayBuffer
}

const LOOK_EVERY_MS = 80

/** @throws StorageError, JobCancelled, or an Error that is a bug */
export async function runFileJob<K extends JobKind>(
  script: JobScript,
  job: Jobs[K][0] & { readonly kind: K },
  { signal, onProgress }: JobWatch = {},
): Promise<Jobs[K][1]> {
  if (signal?.aborted === true) throw new JobCancelled('Cancelled before it began')
  const cancelled = new SharedArrayBuffer(4)
  const cancel = () => void Atomics.store(new Int32Array(cancelled), 0, 1)
  signal?.addEventListener('abort', cancel)
  let looking: NodeJS.Timeout | undefined
  const look = ({ step, path, total }: { readonly step: string; readonly path: string; readonly total: number }) => {
    clearInterval(looking)
    looking = setInterval(() => {
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
      onProgress?.({ step, done: Math.min(size, total), total })
    }, LOOK_EVERY_MS)
  }
  const data: JobData = { job, cancelled }
  const worker = new Worker(script.path, { workerData: data, execArgv: [...(script.execArgv ?? [])] })
  try {
    return await new Promise<Jobs[K][1]>((resolve, reject) => {
      worker.on('error', reject)
      worker.on('exit', () => reject(new Error(`The thread of ${job.kind} ended without an answer`)))
      worker.on('message', (message: JobMessage) => {
        if ('watch' in message) return look(message.watch)
        clearInterval(looking)
        if ('progress' in message) onProgress?.(message.progress)
        // The job's own function made it.
        else if ('answer' in message) resolve(message.answer as Jobs[K][1])
        else reject(toError(message.failed))
      })
    })
  } finally {
    clearInterval(looking)
    signal?.removeEventListener('abort', cancel)
    await worker.terminate()
  }
}

function toError({
  code,
  message,
}: {
  readonly code: StorageErrorCode | 'cancelled' | null
  readonly message: string
}) {
  if (code === 'cancelled') return new JobCancelled(message)
  return code === null ? new Error(message) : new StorageError(code, message)
}
