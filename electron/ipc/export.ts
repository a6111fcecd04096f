/** Beginning, cancelling and watching what is taken out of the workspace. */
import { from, switchMap } from 'rxjs'
import { succeed } from '../../core/model/failure.ts'
import type { ExportJobs } from '../transfer/export-jobs.ts'
import { feedOf, type CallHandlers, type FeedHandlers } from './handlers.ts'

type ExportCall = Extract<keyof CallHandlers, `export.${string}`>

/** Opened once the first screen stands; until then its calls wait. */
export function exportCalls(opened: Promise<ExportJobs>): Pick<CallHandlers, ExportCall> {
  return {
    'export.csv': async plan => (await opened).csv(plan),
    'export.cancel': async ({ job }) => {
      ;(await opened).cancel(job)
      return succeed(null)
    },
    'export.show': async ({ job }) => (await opened).show(job),
  }
}

export function exportFeeds(opened: Promise<ExportJobs>): Pick<FeedHandlers, 'export'> {
  return { export: ({ job }) => feedOf(from(opened).pipe(switchMap(jobs => jobs.progress$(job)))) }
}
