/** How much waits for the provider: the count is exact, the bytes are estimated from a sample of the waiting records. */
import { concatMap, distinctUntilChanged, map, type Observable } from 'rxjs'
import type { RecordDocument } from './documents.ts'
import type { Tally } from './record-counts.ts'
import { hashedText, toState } from './states.ts'
import type { Table } from './table.ts'

const SAMPLE = 20
/** JSON around each state on the wire: two hashes and the id. */
const ENVELOPE = 200

export function estimateWaiting(
  table: Table<RecordDocument>,
  tally$: Observable<Tally>,
): Observable<{ readonly records: number; readonly bytes: number }> {
  return tally$.pipe(
    map(({ unsent }) => unsent),
    distinctUntilChanged(),
    concatMap(async records => {
      if (records === 0) return { records, bytes: 0 }
      const sample = await table.find({
        selector: { unsent: 1 },
        sort: [{ unsent: 'asc' }, { id: 'asc' }],
        limit: SAMPLE,
      })
      const bytes = sample.reduce((sum, document) => sum + hashedText(toState(document)).length + ENVELOPE, 0)
      return { records, bytes: Math.round((bytes / Math.max(1, sample.length)) * records) }
    }),
  )
}
