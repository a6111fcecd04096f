/**
 * A record's timeline (rule M13): a window of its replaced values, newest first, each with what came in its place. It reads
 * only the entries of the window, however long the timeline is, and it never writes.
 */
import { auditTime, filter, merge, type Observable } from 'rxjs'
import type { HistoryFrame, HistoryItem, HistoryWindow } from '../model/api.ts'
import { historyId } from '../model/history.ts'
import { cellOf } from '../model/merge.ts'
import type { DeviceId, Value } from '../model/record.ts'
import type { Tables } from './context.ts'
import type { HistoryDocument } from './documents.ts'
import { live } from './live.ts'
import { provenance } from './states.ts'

export interface TimelineDeps {
  readonly tables: Pick<Tables, 'records' | 'history'>
  /** A device has another name now. */
  readonly names$: Observable<unknown>
  readonly nameOf: (device: DeviceId) => string | undefined
}

export function watchTimeline(deps: TimelineDeps, part: HistoryWindow): Observable<HistoryFrame> {
  const { tables, names$ } = deps
  const entries$ = tables.history.changes$.pipe(
    filter(changes => changes.some(({ before, after }) => (after ?? before)?.record === part.id)),
  )
  // An entry is kept before the write that makes it one: what came in its place is known only after that.
  const record$ = tables.records.changes$.pipe(filter(changes => changes.some(({ id }) => id === part.id)))
  return live(merge(names$, entries$, record$).pipe(auditTime(0)), () => readTimeline(deps, part))
}

export async function readTimeline(
  { tables, nameOf }: Omit<TimelineDeps, 'names$'>,
  { id, field, from, to }: HistoryWindow,
): Promise<HistoryFrame> {
  const { history } = tables
  // The ids of one field's entries are in the order in which its values were written; '}' is the sign after '|'. With the
  // record beside them, the record's index alone answers.
  const own = field === null ? undefined : { $gte: historyId(id, field, ''), $lt: `${id}|${field}}` }
  const selector = own === undefined ? { record: id } : { record: id, id: own }
  const total = await history.count(selector)
  if (from >= total || to <= from) return { total, items: [] }
  const entries = await history.find({
    selector,
    sort: own === undefined ? [{ replacedBy: 'desc' }, { id: 'desc' }] : [{ id: 'desc' }],
    skip: from,
    limit: to - from,
  })
  const valueAfter = await findSuccessors(tables, id, entries)
  const items = entries.map((entry): HistoryItem => {
    const by = provenance(entry.replacedBy, nameOf)
    return {
      id: entry.id,
      field: entry.field,
      value: entry.value,
      ...provenance(entry.stamp, nameOf),
      after: valueAfter(entry),
      replacedAt: by.at,
      replacedBy: by.device,
      replacedByName: by.deviceName,
      replacedByStamp: entry.replacedBy,
      cause: entry.cause,
    }
  })
  return { total, items }
}

/** What replaced a value was itself replaced later and is history too, or still shows, or waits as an open version. */
async function findSuccessors(
  { records, history }: TimelineDeps['tables'],
  id: string,
  entries: readonly HistoryDocument[],
): Promise<(entry: HistoryDocument) => Value | undefined> {
  const record = (await records.get([id])).get(id)
  const known = new Map(entries.map(entry => [entry.id, entry]))
  const nextId = (entry: HistoryDocument): string => historyId(id, entry.field, entry.replacedBy)
  const elsewhere = entries
    .filter(entry => cellOf(record, entry.field)?.stamp !== entry.replacedBy && !known.has(nextId(entry)))
    .map(nextId)
  for (const [key, entry] of await history.get(elsewhere)) known.set(key, entry)
  return entry => {
    const cell = cellOf(record, entry.field)
    if (cell?.stamp === entry.replacedBy) return cell.value
    const next = known.get(nextId(entry))
    if (next !== undefined) return next.value
    return record?.versions.find(open => open.field === entry.field && open.stamp === entry.replacedBy)?.value
  }
}
