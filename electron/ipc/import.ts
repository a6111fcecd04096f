/** Beginning, cancelling and watching imports. The file itself comes another way (electron/import/receive.ts). */
import { succeed } from '../../core/model/failure.ts'
import type { ImportJobs } from '../import/jobs.ts'
import { feedOf, type CallHandlers, type FeedHandlers } from './handlers.ts'

export function importCalls(jobs: ImportJobs): Pick<CallHandlers, 'import.begin' | 'import.cancel'> {
  return {
    'import.begin': plan => Promise.resolve(jobs.begin(plan)),
    'import.cancel': ({ job }) => {
      jobs.cancel(job)
      return Promise.resolve(succeed(null))
    },
  }
}

export function importFeeds(jobs: ImportJobs): Pick<FeedHandlers, 'import'> {
  return { import: ({ job }) => feedOf(jobs.progress$(job)) }
}
