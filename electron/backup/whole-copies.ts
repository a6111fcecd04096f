/**
 * Whole copies: the database and every photo and file in one encrypted file that a person may keep anywhere; and such a
 * file put in the place of what is here, which is kept as a backup. The work is done in a thread.
 */
import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { freePath } from '../security/free-path.ts'
import { type JobScript, type JobWatch, runFileJob } from '../storage/file-job.ts'
import { JobCancelled } from '../storage/job-report.ts'
import type { KeyedFile } from '../storage/keyed-database.ts'
import type { SavedWhole } from '../storage/save-whole.ts'
import { demandRoom, flushFolder } from '../storage/whole-file.ts'
import { type Arrival, createArrival } from './arrival.ts'
import { ARRIVED, backupFolder, SCRATCH } from './backup-folder.ts'
import { announceReplacement, incomingPart } from './replacement.ts'

export interface WholeCopyDeps {
  /** The workspace's open database. */
  readonly file: KeyedFile
  /** The folder of photos and files. */
  readonly files: string
  readonly script: JobScript
  readonly now: () => number
}

/** Saves one in `folder`, under a name that nothing there has; until it is whole it has another one. */
export async function saveWholeCopy(
  { file, files, script, now }: WholeCopyDeps,
  folder: string,
  watch: JobWatch,
): Promise<SavedWhole & { readonly name: string }> {
  const name = nameOf(new Date(now()))
  const shelf = backupFolder(dirname(file.path))
  mkdirSync(folder, { recursive: true })
  mkdirSync(shelf, { recursive: true, mode: 0o700 })
  const target = freePath(folder, `${name}.part`)
  const scratch = join(shelf, SCRATCH)
  const saved = await runFileJob(script, { kind: 'saveWhole', file, files, scratch, target, madeAt: now() }, watch)
  if (watch.signal?.aborted === true) {
    rmSync(target, { force: true })
    throw new JobCancelled('Cancelled')
  }
  const path = freePath(folder, name)
  renameSync(target, path)
  flushFolder(folder)
  return { ...saved, name: basename(path) }
}

/** Where the page's pieces of a whole copy of so many bytes go. @throws StorageError diskFull */
export function receiveWholeCopy({ file }: WholeCopyDeps, bytes: number, { onProgress }: JobWatch): Arrival {
  const shelf = backupFolder(dirname(file.path))
  mkdirSync(shelf, { recursive: true, mode: 0o700 })
  demandRoom(shelf, bytes)
  return createArrival(join(shelf, ARRIVED), bytes, done => onProgress?.({ step: 'receive', done, total: bytes }))
}

/** Once it has arrived: announces its database for the next opening, with its files in the store. */
export async function restoreWholeCopy(
  { file, files, script, now }: WholeCopyDeps,
  arrival: Arrival,
  mark: string,
  watch: JobWatch,
): Promise<void> {
  const path = join(backupFolder(dirname(file.path)), ARRIVED)
  const stop = () => arrival.end()
  watch.signal?.addEventListener('abort', stop)
  try {
    if (!(await arrival.whole)) throw new JobCancelled('It did not come whole')
    const target = incomingPart(file.path)
    const job = { kind: 'unpackWhole', file: { ...file, path }, files, target } as const
    const { madeAt, lost } = await runFileJob(script, job, watch)
    if (watch.signal?.aborted === true) {
      rmSync(target, { force: true })
      throw new JobCancelled('Cancelled')
    }
    await announceReplacement(file.path, target, { mark, at: madeAt, now: now(), lost })
  } finally {
    watch.signal?.removeEventListener('abort', stop)
    arrival.end()
    await arrival.whole.catch(() => undefined)
    rmSync(path, { force: true })
  }
}

function nameOf(day: Date): string {
  const [year, month, date] = [day.getFullYear(), day.getMonth() + 1, day.getDate()]
  return `Farfield whole copy ${year}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}.farfield`
}
