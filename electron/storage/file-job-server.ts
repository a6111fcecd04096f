/**
 * The thread's side of runFileJob: does the one job it was started for and says how it went. What only the caller knows of
 * its documents (their text for search, what they refer to, what must hold of them) it is given by the script that calls it.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { backUp } from './backup.ts'
import { compact } from './compact.ts'
import { createFileReader } from './file-store.ts'
import type { FileJob, JobData, JobMessage } from './file-job.ts'
import { findMentioned } from './find-mentions.ts'
import { JobCancelled, type Report } from './job-report.ts'
import { salvage } from './salvage.ts'
import { saveWhole } from './save-whole.ts'
import { StorageError, toStorageError } from './storage-error.ts'
import { unpackWhole } from './unpack-whole.ts'
import { type Knowledge, verifyFile, type VerifyJob } from './verify.ts'
import { type NamedFiles, noteMention, verifyFiles } from './verify-files.ts'

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
  run(job, knowledge, report).then(
    answer => send({ answer }),
    (thrown: unknown) => send({ failed: toFailed(thrown, job) }),
  )
}

function toFailed(thrown: unknown, job: FileJob): Extract<JobMessage, { failed: unknown }>['failed'] {
  const error = toStorageError(thrown, job.file.path)
  const code = error instanceof StorageError ? error.code : error instanceof JobCancelled ? 'cancelled' : null
  if (!(error instanceof Error)) return { code, message: String(error) }
  return { code, message: code === null && error.stack ? error.stack : error.message }
}

async function run(job: FileJob, knowledge: Knowledge, report: Report): Promise<unknown> {
  switch (job.kind) {
    case 'backup':
      return backUp(job, report)
    case 'verify':
      return verify(job, knowledge, report)
    case 'compact':
      return compact(job, report)
    case 'mentions':
      return findMentioned(job, knowledge, report)
    case 'saveWhole':
      return saveWhole(job, knowledge, report)
    case 'unpackWhole':
      return unpackWhole(job, knowledge, report)
    case 'salvage':
      return salvage(job, report)
  }
}

async function verify(job: VerifyJob, knowledge: Knowledge, report: Report) {
  const { file, files } = job
  const named: NamedFiles = new Map()
  const verified = verifyFile(job, knowledge, report, mention => noteMention(named, mention))
  if (files === undefined || file.key === undefined) return verified
  return { ...verified, files: await verifyFiles(createFileReader({ path: files, key: file.key }), named, report) }
}
