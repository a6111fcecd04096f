/**
 * One database to one encrypted file under the same key, while others write to it: what it held when the copy began, no
 * more and no less. Read back and checked before it gets its name; a full disk, damage or a cancel leaves nothing.
 */
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Report } from './job-report.ts'
import { type KeyedFile, openKeyedDatabase } from './keyed-database.ts'
import { StorageError, withStorageErrors } from './storage-error.ts'
import { demandRoom, makeWhole } from './whole-file.ts'

export interface BackupJob {
  readonly kind: 'backup'
  readonly file: KeyedFile
  /** In an existing folder; what is there under this name is replaced. */
  readonly target: string
}

export interface BackedUp {
  readonly bytes: number
}

/** @throws StorageError damaged or diskFull */
export function backUp({ file, target }: BackupJob, report: Report): BackedUp {
  return withStorageErrors(file.path, () =>
    makeWhole(target, part => {
      const source = openKeyedDatabase(file)
      try {
        const pages = Number(source.pragma('page_count', { simple: true }))
        const free = Number(source.pragma('freelist_count', { simple: true }))
        const bytes = (pages - free) * Number(source.pragma('page_size', { simple: true }))
        demandRoom(dirname(target), bytes)
        report.step('copy', 0, bytes)
        report.watch('copy', part, bytes)
        source.prepare('VACUUM INTO ?').run(part)
      } finally {
        source.close()
      }
      report.step('check', 0, 0)
      demandSound({ ...file, path: part })
      report.step('check', 1, 1)
      return { bytes: statSync(part).size }
    }),
  )
}

/** Reads every page. @throws StorageError damaged */
export function demandSound(file: KeyedFile): void {
  withStorageErrors(file.path, () => {
    const database = openKeyedDatabase(file, { readonly: true })
    try {
      const answer = database.pragma('quick_check(1)', { simple: true })
      if (answer !== 'ok') throw new StorageError('damaged', `${file.path}: ${String(answer)}`)
    } finally {
      database.close()
    }
  })
}
