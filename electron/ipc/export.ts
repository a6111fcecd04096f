/** Beginning, cancelling and watching what is taken out of the workspace, and exports that are brought in. */
import { from, switchMap } from 'rxjs'
import { succeed } from '../../core/model/failure.ts'
import type { Transfers } from '../transfer/transfers.ts'
import { feedOf, type CallHandlers, type FeedHandlers } from './handlers.ts'

type ExportCall = Extract<keyof CallHandlers, `export.${string}` | `archive.${string}`>

/** Opened once the first screen stands; until then its calls wait. */
export function exportCalls(opened: Promise<Transfers>): Pick<CallHandlers, ExportCall> {
  return {
    'export.csv': async plan => (await opened).exports.csv(plan),
    'export.workspace': async () => (await opened).exports.workspace(),
    'export.cancel': async ({ job }) => {
      ;(await opened).exports.cancel(job)
      return succeed(null)
    },
    'export.show': async ({ job }) => (await opened).exports.show(job),
    'archive.begin': async plan => (await opened).archives.begin(plan),
    'archive.cancel': async ({ job }) => {
      ;(await opened).archives.cancel(job)
      return succeed(null)
    },
  }
}

export function exportFeeds(opened: Promise<Transfers>): Pick<FeedHandlers, 'export' | 'archive'> {
  return {
    export: ({ job }) => feedOf(from(opened).pipe(switchMap(({ exports }) => exports.progress$(job)))),
    archive: ({ job }) => feedOf(from(opened).pipe(switchMap(({ archives }) => archives.progress$(job)))),
  }
}
