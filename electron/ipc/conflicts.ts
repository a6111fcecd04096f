/** Needs you: what waits for a person, and their choice. */
import type { RecordStore } from '../../core/database/database.ts'
import { feedOf, type CallHandlers, type FeedHandlers } from './handlers.ts'

export function conflictCalls(records: RecordStore): Pick<CallHandlers, 'conflicts.settle'> {
  return { 'conflicts.settle': ({ record, field, choice }) => records.settle(record, field, choice) }
}

export function conflictFeeds(records: RecordStore): Pick<FeedHandlers, 'clashes'> {
  return { clashes: () => feedOf(records.clashes$) }
}
