/** How long replaced values are kept. */
import type { HistoryStore } from '../../core/database/history-store.ts'
import { succeed } from '../../core/model/failure.ts'
import type { CallHandlers } from './handlers.ts'

type HistoryCall = 'history.keeping' | 'history.countPast' | 'history.keep'

export function historyCalls(history: HistoryStore): Pick<CallHandlers, HistoryCall> {
  return {
    'history.keeping': async () => succeed({ days: await history.keeping() }),
    'history.countPast': async ({ days }) => succeed({ values: await history.countPast(days) }),
    'history.keep': async ({ days }) => succeed({ values: await history.keep(days) }),
  }
}
