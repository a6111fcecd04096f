/** Pairing, pausing, choosing when to sync, and what the sync chip shows. */
import type { Observable } from 'rxjs'
import { from, switchMap } from 'rxjs'
import type { ActivityView, FilePlace, ProviderView, SyncView } from '../../core/model/api.ts'
import { succeed, type Result } from '../../core/model/failure.ts'
import type { SchedulePolicy } from '../../core/model/schedule.ts'
import { feedOf, type CallHandlers, type FeedHandlers } from './handlers.ts'

/** What a person can do about syncing. */
export interface SyncControl {
  readonly view$: Observable<SyncView>
  readonly activity$: Observable<ActivityView>
  pair(code: string): Promise<Result<ProviderView>>
  leave(): Promise<Result<null>>
  once(): Promise<Result<null>>
  pause(until: number | null): Promise<Result<null>>
  resume(): Promise<Result<null>>
  treatNetwork(as: 'metered' | 'unmetered' | 'detect'): Promise<Result<null>>
  filePlaces$(hashes: readonly string[]): Observable<readonly FilePlace[]>
  fetchFile(hash: string, anyway: boolean): Promise<Result<null>>
  policy(): SchedulePolicy
  setPolicy(policy: SchedulePolicy): Promise<Result<null>>
  retryHeld(): Promise<Result<null>>
}

type SyncCall = Extract<keyof CallHandlers, `sync.${string}`> | 'files.fetch'

/** Syncing is opened after the window is shown; until then its calls wait. */
export function syncCalls(opened: Promise<SyncControl>): Pick<CallHandlers, SyncCall> {
  return {
    'files.fetch': async ({ hash, anyway }) => (await opened).fetchFile(hash, anyway),
    'sync.pair': async ({ code }) => (await opened).pair(code),
    'sync.leave': async () => (await opened).leave(),
    'sync.once': async () => (await opened).once(),
    'sync.pause': async ({ until }) => (await opened).pause(until),
    'sync.resume': async () => (await opened).resume(),
    'sync.treatNetwork': async ({ as }) => (await opened).treatNetwork(as),
    'sync.policy': async () => succeed((await opened).policy()),
    'sync.setPolicy': async ({ policy }) => (await opened).setPolicy(policy),
    'sync.retryHeld': async () => (await opened).retryHeld(),
  }
}

export function syncFeeds(opened: Promise<SyncControl>): Pick<FeedHandlers, 'sync' | 'activity' | 'filePlaces'> {
  return {
    sync: () => feedOf(from(opened).pipe(switchMap(({ view$ }) => view$))),
    activity: () => feedOf(from(opened).pipe(switchMap(({ activity$ }) => activity$))),
    filePlaces: ({ hashes }) => feedOf(from(opened).pipe(switchMap(sync => sync.filePlaces$(hashes)))),
  }
}
