/** Record types: defining them, and the sidebar's lists. */
import type { RecordStore, TypeStore } from '../../core/database/database.ts'
import { feedOf, type CallHandlers, type FeedHandlers } from './handlers.ts'

export function typeCalls(types: TypeStore): Pick<CallHandlers, 'types.save' | 'types.delete'> {
  return {
    'types.save': ({ type }) => types.save(type),
    'types.delete': ({ type }) => types.delete(type),
  }
}

export function typeFeeds(types: TypeStore, records: RecordStore): Pick<FeedHandlers, 'types' | 'counts'> {
  return {
    types: () => feedOf(types.all$),
    counts: () => feedOf(records.counts$),
  }
}
