/**
 * The thread's side of runFileJob: does the one job it was started for and says how it went. What only the caller knows of
 * its documents (their text for search, what they refer to, what must hold of them) it is given by the script that calls it.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { backUp } from './backup.ts'
import { compact } from './compact.ts'
import type { FileJob, JobData, JobMessage } from './file-job.ts'
import { JobCancelled, type Report } from './job-report.ts'
import { salvage } from './salvage.ts'
import { StorageError, toStorageError } from './storage-error.ts'
import { type Knowledge, verifyFile } from './verify.ts'

export function serveFileJob(knowledge: Knowledge = {}): void {
  if (parentPort === null) throw new Error('File jobs run as a worker thread')
  const port = parentPort
  // Made by runFileJob, in this process.
  const { job, cancelled } = workerData as JobData
  const flag = new Int32Array(cancelled)
  const send = (message: JobMessage) => port.postMessage(message)
  const report: Report = {
    step(step, done, total) {
      if (Atomics.load(flag, 0) !== 0) throw new JobCancelled('Cancelled')
      send({ progress: { step, done, total } })
    },
    watch: (step, path, total) => send({ watch: { step, path, total } }),
  }
  try {
    send({ answer: run(job, knowledge, report) })
  } catch (thrown) {
    const error = toStorageError(thrown, job.file.path)
    const code = error instanceof StorageError ? error.code : error instanceof JobCancelled ? 'cancelled' : null
    const message =
      error instanceof Error ? (code === null && error.stack ? error.stack : error.message) : String(error)
    send({ failed: { code, message } })
  }
}

function run(job: FileJob, knowledge: Knowledge, report: Report): unknown {
  switch (job.kind) {
    case 'backup':
      return backUp(job, report)
    case 'verify':
      return verifyFile(job, knowledge, report)
    case 'compact':
      return compact(job, report)
    case 'salvage':
      return salvage(job, report)
  }
}
