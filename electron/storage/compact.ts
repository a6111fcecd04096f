/**
 * Gives the room of what was deleted back to the disk. SQLite's own VACUUM: one transaction, so that a crash in the middle
 * leaves the database as it was. Nobody else may write meanwhile (SqliteFile.holdWrites); reading goes on.
 */
import { dirname } from 'node:path'
import type { Report } from './job-report.ts'
import { type KeyedFile, openKeyedDatabase } from './keyed-database.ts'
import { keepOutline, withoutOutline } from './outline.ts'
import { withStorageErrors } from './storage-error.ts'
import { demandRoom } from './whole-file.ts'

export interface CompactJob {
  readonly kind: 'compact'
  readonly file: KeyedFile
}

/** Bytes of the database. */
export interface Compacted {
  readonly before: number
  readonly after: number
}

const LONGEST_WAIT_MS = 60_000

/** @throws StorageError diskFull, damaged or busy; the database is then as it was */
export function compact({ file }: CompactJob, report: Report): Compacted {
  return withStorageErrors(file.path, () => {
    const database = openKeyedDatabase(file)
    try {
      // An index under way in the thread of the file ends first.
      database.pragma(`busy_timeout=${LONGEST_WAIT_MS}`)
      const size = () =>
        Number(database.pragma('page_count', { simple: true })) * Number(database.pragma('page_size', { simple: true }))
      const before = size()
      const free = Number(database.pragma('freelist_count', { simple: true }))
      const bytes = before - free * Number(database.pragma('page_size', { simple: true }))
      // It goes through the WAL as a whole.
      demandRoom(dirname(file.path), bytes)
      report.step('compact', 0, bytes)
      report.watch('compact', `${file.path}-wal`, bytes)
      withoutOutline(file.path, () => database.exec('VACUUM'))
      keepOutline(file, database)
      report.watch('tidy', `${file.path}-wal`, 0)
      database.pragma('wal_checkpoint(TRUNCATE)')
      return { before, after: size() }
    } finally {
      database.close()
    }
  })
}
