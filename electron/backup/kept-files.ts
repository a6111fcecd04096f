/**
 * Which photos and files the kept backups name, read from the backups themselves in a thread: a backup without its files is
 * half a backup. It changes none of them.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type JobScript, runFileJob } from '../storage/file-job.ts'
import { JobCancelled } from '../storage/job-report.ts'
import type { KeyedFile } from '../storage/keyed-database.ts'
import { StorageError } from '../storage/storage-error.ts'
import { backupFolder, listBackups } from './backup-folder.ts'

export interface KeptFilesDeps {
  /** The workspace's database, beside which the backups lie. */
  readonly file: KeyedFile
  readonly script: JobScript
  /** Hears of a backup that cannot be read. */
  readonly report: (error: unknown) => void
}

/** Hashes. `unknown`: one of the backups cannot be read, and might name any file. Undefined: it was stopped. */
export async function findKeptFiles(
  { file, script, report }: KeptFilesDeps,
  stopped: () => boolean,
): Promise<ReadonlySet<string> | 'unknown' | undefined> {
  const folder = backupFolder(dirname(file.path))
  const kept = new Set<string>()
  for (const { file: name } of listBackups(folder)) {
    if (stopped()) return undefined
    const path = join(folder, name)
    const asked = new AbortController()
    const onProgress = () => {
      if (stopped()) asked.abort()
    }
    try {
      const job = { kind: 'mentions', file: { ...file, path } } as const
      const { hashes } = await runFileJob(script, job, { signal: asked.signal, onProgress })
      for (const hash of hashes) kept.add(hash)
    } catch (error) {
      if (error instanceof JobCancelled) return undefined
      // It has had its time since the backups were listed.
      if (!existsSync(path)) continue
      if (!(error instanceof StorageError)) throw error
      report(error)
      return 'unknown'
    }
  }
  return stopped() ? undefined : kept
}
