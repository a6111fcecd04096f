/** Making, changing and reading records. Every answer that changed something says how to take it back. */
import { succeed } from '../../core/model/failure.ts'
import type { RecordStore } from '../../core/database/database.ts'
import { feedOf, type CallHandlers, type FeedHandlers } from './handlers.ts'

type RecordCall =
  | 'records.create'
  | 'records.edit'
  | 'records.duplicate'
  | 'records.delete'
  | 'records.restore'
  | 'records.samples'
  | 'records.position'
  | 'undo'

export function recordCalls(records: RecordStore): Pick<CallHandlers, RecordCall> {
  return {
    'records.create': ({ type, cells }) => records.create(type, cells),
    'records.edit': ({ cells }) => records.edit(cells),
    'records.duplicate': ({ ids }) => records.duplicate(ids),
    'records.delete': ({ ids }) => records.delete(ids),
    'records.restore': ({ ids }) => records.restore(ids),
    'records.samples': ({ type }) => records.samples(type),
    'records.position': async ({ view, id }) => succeed({ index: await records.reader.position(view, id) }),
    undo: ({ undo }) => records.undo(undo),
  }
}

export function recordFeeds(records: RecordStore): Pick<FeedHandlers, 'record' | 'history'> {
  return {
    record: ({ id }) => feedOf(records.record$(id)),
    history: part => feedOf(records.history$(part)),
  }
}
