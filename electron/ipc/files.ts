/** Adding, removing and saving files of records. Their bytes come another way (electron/files/receive.ts). */
import { from, switchMap } from 'rxjs'
import { succeed } from '../../core/model/failure.ts'
import type { Files } from '../files/files.ts'
import { feedOf, type CallHandlers, type FeedHandlers } from './handlers.ts'

type FileCall = Exclude<Extract<keyof CallHandlers, `files.${string}`>, 'files.fetch'>

/** Files are opened after the window is shown; until then their calls wait. */
export function fileCalls(opened: Promise<Files>): Pick<CallHandlers, FileCall> {
  return {
    'files.begin': async plan => (await opened).copies.begin(plan),
    'files.cancel': async ({ job }) => {
      ;(await opened).copies.cancel(job)
      return succeed(null)
    },
    'files.remove': async ({ record, field, hash }) => (await opened).remove(record, field, hash),
    'files.save': async ({ hash, name }) => (await opened).save(hash, name),
  }
}

export function fileFeeds(opened: Promise<Files>): Pick<FeedHandlers, 'fileCopy'> {
  return { fileCopy: ({ job }) => feedOf(from(opened).pipe(switchMap(({ copies }) => copies.progress$(job)))) }
}
