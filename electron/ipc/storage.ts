/** Backups, checking, compacting and restoring, and what is wrong with the disk. */
import type { Observable } from 'rxjs'
import { from, switchMap } from 'rxjs'
import type { StorageView } from '../../core/model/api.ts'
import type { Result } from '../../core/model/failure.ts'
import { feedOf, type CallHandlers, type FeedHandlers } from './handlers.ts'

/** What a person can do about the database as a whole. Jobs are begun here; how they go is in the view. */
export interface StorageControl {
  readonly view$: Observable<StorageView>
  /** The view tells the disk's state as it is now; by itself it does so after each job only. */
  look(): Result<null>
  backUp(): Result<null>
  verify(): Result<null>
  compact(): Result<null>
  restore(file: string): Result<null>
  saveCopy(): Result<null>
  restoreCopy(bytes: number): Result<{ job: string }>
  cancel(): Result<null>
  rescue(): Result<null>
  dismiss(): Result<null>
}

type StorageCall = Extract<keyof CallHandlers, `storage.${string}`>

/** Opened once the first screen stands; until then its calls wait. */
export function storageCalls(opened: Promise<StorageControl>): Pick<CallHandlers, StorageCall> {
  return {
    'storage.look': async () => (await opened).look(),
    'storage.backUp': async () => (await opened).backUp(),
    'storage.verify': async () => (await opened).verify(),
    'storage.compact': async () => (await opened).compact(),
    'storage.restore': async ({ file }) => (await opened).restore(file),
    'storage.saveCopy': async () => (await opened).saveCopy(),
    'storage.restoreCopy': async ({ bytes }) => (await opened).restoreCopy(bytes),
    'storage.cancel': async () => (await opened).cancel(),
    'storage.rescue': async () => (await opened).rescue(),
    'storage.dismiss': async () => (await opened).dismiss(),
  }
}

export function storageFeeds(opened: Promise<StorageControl>): Pick<FeedHandlers, 'storage'> {
  return { storage: () => feedOf(from(opened).pipe(switchMap(({ view$ }) => view$))) }
}
