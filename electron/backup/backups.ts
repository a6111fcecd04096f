/**
 * Everything a person can do with the database as a whole, one thing at a time: back it up, check it, compact it, put a
 * backup in its place. The work is done in threads; here is what is under way and what came of it. It never deletes but
 * daily backups that have had their time (core/model/backup-plan.ts).
 */
import { rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { BehaviorSubject, combineLatest, map, type Observable } from 'rxjs'
import type { FilesChecked, StorageJob, StorageOutcome, StorageView } from '../../core/model/api.ts'
import { letGo } from '../../core/model/backup-plan.ts'
import { fail, type Result, succeed } from '../../core/model/failure.ts'
import { type JobProgress, type JobScript, type JobWatch, runFileJob } from '../storage/file-job.ts'
import { JobCancelled } from '../storage/job-report.ts'
import type { KeyedFile } from '../storage/keyed-database.ts'
import { StorageError, toStorageError } from '../storage/storage-error.ts'
import type { Verified } from '../storage/verify.ts'
import type { VerifiedFiles } from '../storage/verify-files.ts'
import type { Arrival } from './arrival.ts'
import { backupFolder, listBackups, newBackupName, removeParts } from './backup-folder.ts'
import { type Power, scheduleDaily } from './daily.ts'
import type { Health } from './health.ts'
import { announceReplacement, incomingPart } from './replacement.ts'
import { askForRescue, forgetReport, readReport } from './rescue.ts'
import { receiveWholeCopy, restoreWholeCopy, saveWholeCopy } from './whole-copies.ts'

export interface BackupsDeps {
  /** The workspace's open database. */
  readonly file: KeyedFile
  /** The folder of photos and files. */
  readonly files: string
  readonly script: JobScript
  readonly health: Health
  /** Where a person finds what is saved. */
  readonly downloads: string
  /** Begins to make the search index anew. */
  readonly rebuildSearch: () => void
  readonly holdWrites: () => { release(): void }
  readonly power: () => Power
  readonly now: () => number
  readonly after: (ms: number, ring: () => void) => () => void
  readonly newMark: () => string
  /** Closes everything and opens it again, with what was announced. */
  readonly reopen: () => void
  readonly report: (error: unknown) => void
}

export interface Backups {
  readonly view$: Observable<StorageView>
  /** The view tells the disk's state as it is now; by itself it does so after each job only. */
  look(): Result<null>
  backUp(): Result<null>
  verify(): Result<null>
  compact(): Result<null>
  restore(file: string): Result<null>
  saveCopy(): Result<null>
  /** Of so many bytes, whose pieces are fed to the job. */
  restoreCopy(bytes: number): Result<{ job: string }>
  /** As Arrival.push. */
  feed(job: string, from: number, piece: Uint8Array): Promise<boolean>
  /** The page is gone: what it had not sent whole is cancelled. */
  endFeeds(): void
  /** Something is being done with the database as a whole. */
  isBusy(): boolean
  cancel(): Result<null>
  rescue(): Result<null>
  dismiss(): Result<null>
  /** Ends what is under way. */
  close(): Promise<void>
}

type Local = Omit<StorageView, 'diskFull' | 'damaged'>
type Made =
  | { readonly bytes: number; readonly asked: boolean }
  | Omit<Extract<StorageOutcome, { job: 'verify' }>, 'job' | 'at'>
  | { readonly before: number; readonly after: number }
  | Omit<Extract<StorageOutcome, { job: 'saveCopy'; name: string }>, 'job' | 'at'>
  | { readonly reopening: true }

export function openBackups(deps: BackupsDeps): Backups {
  const { file, script, now, health } = deps
  const folder = backupFolder(dirname(file.path))
  removeParts(folder)
  rmSync(incomingPart(file.path), { force: true })
  const local$ = new BehaviorSubject<Local>({ ...readDisk(), job: null, outcome: null })
  let arriving: { readonly job: string; readonly arrival: Arrival } | undefined
  let running: { readonly asked: AbortController; readonly done: Promise<void> } | undefined

  function readDisk(): Pick<Local, 'bytes' | 'backups' | 'rescue'> {
    const size = (path: string) => statSync(path, { throwIfNoEntry: false })?.size ?? 0
    return {
      bytes: size(file.path) + size(`${file.path}-wal`),
      backups: listBackups(folder),
      rescue: readReport(file.path),
    }
  }
  const set = (change: Partial<Local>) => local$.next({ ...local$.value, ...change })

  /** Undefined while another job is under way. */
  function begin(job: StorageJob, work: (watch: JobWatch) => Promise<Made>): Promise<void> | undefined {
    if (running !== undefined) return undefined
    const asked = new AbortController()
    const onProgress = ({ step, done, total }: JobProgress) => set({ job: { job, step, done, total } })
    set({ job: { job, step: '', done: 0, total: 0 }, outcome: null })
    const done = work({ signal: asked.signal, onProgress })
      .then(
        // Each job makes an outcome of its own kind.
        made => ({ job, at: now(), ...made }) as StorageOutcome,
        (thrown: unknown) => toOutcome(job, thrown),
      )
      .then(outcome => {
        running = undefined
        set({ ...readDisk(), job: null, outcome })
      })
    running = { asked, done }
    return done
  }

  function toOutcome(job: StorageJob, thrown: unknown): StorageOutcome {
    const at = now()
    if (thrown instanceof JobCancelled) return { job, at, failure: null }
    const error = toStorageError(thrown, file.path)
    const code = error instanceof StorageError ? error.code : undefined
    // A backup reads every page, and so finds what nobody has looked at for long.
    const ofBackup = job === 'restore' || job === 'restoreCopy'
    if (code === 'damaged' && !ofBackup) health.note(error)
    if (code === 'wrongKey' && job === 'restoreCopy') return { job, at, failure: { code: 'notWholeCopy' } }
    if (code === 'diskFull' || code === 'damaged' || code === 'busy') return { job, at, failure: { code } }
    deps.report(thrown)
    return { job, at, failure: { code: 'internal' } }
  }

  const asResult = (begun: Promise<void> | undefined): Result<null> =>
    begun === undefined ? fail('busy') : succeed(null)

  function backUp(kind: 'daily' | 'asked'): Promise<void> | undefined {
    return begin('backUp', async watch => {
      const target = join(folder, newBackupName(folder, now(), kind))
      const { bytes } = await runFileJob(script, { kind: 'backup', file, target }, watch)
      for (const name of letGo(listBackups(folder))) rmSync(join(folder, name))
      return { bytes, asked: kind === 'asked' }
    })
  }

  const daily = scheduleDaily({
    list: () => listBackups(folder),
    backUp: () => backUp('daily') ?? Promise.resolve(),
    power: deps.power,
    now,
    after: deps.after,
  })

  return {
    view$: combineLatest([local$, health.view$]).pipe(map(([local, wrong]) => ({ ...local, ...wrong }))),
    look() {
      set(readDisk())
      return succeed(null)
    },
    backUp: () => asResult(backUp('asked')),
    verify: () =>
      asResult(
        begin('verify', async watch => {
          const verified = await runFileJob(script, { kind: 'verify', file, files: deps.files }, watch)
          const { sound, documents, counts } = verified
          const { reference, ...wrong } = counts
          const readable = isReadable(counts)
          if (!readable) health.note(new StorageError('damaged', 'A check has found damage.'))
          // A damaged database is rescued, which makes it anew too.
          const rebuilding = readable && wrong.search > 0
          if (rebuilding) deps.rebuildSearch()
          return { sound, documents, wrong, references: reference, files: toChecked(verified.files), rebuilding }
        }),
      ),
    compact: () =>
      asResult(
        begin('compact', async watch => {
          const held = deps.holdWrites()
          try {
            return await runFileJob(script, { kind: 'compact', file }, watch)
          } finally {
            held.release()
          }
        }),
      ),
    restore(name) {
      const backup = listBackups(folder).find(each => each.file === name)
      if (backup === undefined) return fail('notFound')
      return asResult(
        begin('restore', async watch => {
          const path = join(folder, backup.file)
          // What is derived from the records is made anew: only they themselves have to be whole.
          const { counts } = await runFileJob(script, { kind: 'verify', file: { ...file, path } }, watch)
          if (!isReadable(counts)) throw new StorageError('damaged', `The backup ${backup.file} is damaged.`)
          if (watch.signal?.aborted === true) throw new JobCancelled('Cancelled')
          await announceReplacement(file.path, path, { mark: deps.newMark(), at: backup.at, now: now() })
          deps.reopen()
          return { reopening: true }
        }),
      )
    },
    saveCopy: () => asResult(begin('saveCopy', watch => saveWholeCopy(deps, deps.downloads, watch))),
    restoreCopy(bytes) {
      const job = deps.newMark()
      const begun = begin('restoreCopy', async watch => {
        const arrival = receiveWholeCopy(deps, bytes, watch)
        arriving = { job, arrival }
        await restoreWholeCopy(deps, arrival, deps.newMark(), watch).finally(() => (arriving = undefined))
        deps.reopen()
        return { reopening: true }
      })
      return begun === undefined ? fail('busy') : succeed({ job })
    },
    async feed(job, from, piece) {
      return arriving?.job === job && (await arriving.arrival.push(from, piece))
    },
    endFeeds: () => arriving?.arrival.end(),
    isBusy: () => running !== undefined,
    cancel() {
      running?.asked.abort()
      return succeed(null)
    },
    rescue() {
      if (running !== undefined) return fail('busy')
      askForRescue(file.path, now())
      deps.reopen()
      return succeed(null)
    },
    dismiss() {
      forgetReport(file.path)
      set(readDisk())
      return succeed(null)
    },
    async close() {
      daily.close()
      running?.asked.abort()
      await running?.done
      local$.complete()
    },
  }
}

function toChecked(files: VerifiedFiles | undefined): FilesChecked {
  if (files === undefined) return { read: 0, bytes: 0, missing: 0, damaged: 0, named: [] }
  const { read, bytes, counts, findings } = files
  return {
    read,
    bytes,
    ...counts,
    named: findings.map(({ name, owner, kind }) => ({ name, record: owner, state: kind })),
  }
}

function isReadable({ pages, document }: Verified['counts']): boolean {
  return pages + document === 0
}
