/**
 * Record types: few, kept in memory so that a record's type is known without waiting. A type is stored as stamped cells
 * and merged like a record (rule M10); when it changes, the titles of its records are worked out again in the background.
 */
import { auditTime, BehaviorSubject, combineLatest, map, type Observable } from 'rxjs'
import { canonicalJson } from '../model/canonical.ts'
import { deleteRecord } from '../model/edit.ts'
import { fail, succeed } from '../model/failure.ts'
import type { TypeId } from '../model/record.ts'
import type { RecordType } from '../model/record-type.ts'
import { createTypeState, editTypeState, readTypeState } from '../model/record-types.ts'
import { type Context, keepHistory } from './context.ts'
import type { TypeStore } from './database.ts'
import type { StateDocument } from './documents.ts'
import { LENGTHS } from './documents.ts'
import type { RecordCounts } from './record-counts.ts'
import { retitle } from './retitle.ts'
import { toTypeState, UNSENT } from './states.ts'
import type { Table } from './table.ts'

const MAX_FIELDS = 500

export interface Types {
  typeOf(type: TypeId): RecordType | undefined
  ids(): readonly TypeId[]
  list(): readonly RecordType[]
  readonly all$: Observable<ReadonlyMap<TypeId, RecordType>>
  close(): void
}

/** Follows the table. */
export async function openTypes(table: Table<StateDocument>): Promise<Types> {
  const all$ = new BehaviorSubject<ReadonlyMap<TypeId, RecordType>>(new Map())
  function take(documents: readonly StateDocument[]): void {
    const next = new Map(all$.value)
    for (const document of documents) {
      const type = readTypeState(toTypeState(document))
      if (type === undefined) next.delete(document.id)
      else next.set(document.id, type)
    }
    all$.next(next)
  }
  const subscription = table.changes$.subscribe(changes => {
    take(changes.flatMap(({ after }) => (after === undefined ? [] : [after])))
  })
  take(await table.find({}))
  return {
    typeOf: type => all$.value.get(type),
    ids: () => [...all$.value.keys()],
    list: () => [...all$.value.values()],
    all$,
    close() {
      subscription.unsubscribe()
      all$.complete()
    },
  }
}

export interface OwnedTypeStore extends TypeStore {
  /** Ends the background work. */
  close(): void
}

export function createTypeStore(context: Context, types: Types, counts: RecordCounts): OwnedTypeStore {
  const { tables, clock, report } = context
  const titleParts = new Map<TypeId, string>()
  let closed = false
  /** Or may hold some: they are not counted yet. */
  const holdsRecords = () => counts.tally === undefined || counts.tally.all + counts.tally.deleted > 0
  // What was there at the start has its titles already.
  let first = true
  const subscription = types.all$.subscribe(all => {
    for (const type of all.values()) {
      const parts = canonicalJson(type.fields.map(({ id, kind, choices }) => ({ id, kind, choices })))
      const before = titleParts.get(type.id)
      titleParts.set(type.id, parts)
      if (before !== parts && holdsRecords() && (before !== undefined || !first)) {
        retitle(context, type.id, () => closed).catch(report)
      }
    }
    counts.includeTypes([...all.keys()]).catch(report)
    first = false
  })
  return {
    async save(type) {
      if (type.id === '' || type.id.length > LENGTHS.id || type.fields.length > MAX_FIELDS)
        return fail('invalidValue', 'type')
      const ids = new Set(type.fields.map(({ id }) => id))
      if (
        ids.size !== type.fields.length ||
        [...ids].some(id => id === '' || id.length > LENGTHS.id || id.startsWith('$'))
      ) {
        return fail('invalidValue', 'fields')
      }
      const there = await tables.types.insert([{ ...createTypeState(type, clock.stamp()), ...UNSENT }])
      if (there.size === 0) return succeed(null)
      await tables.types.change(
        [type.id],
        document => {
          const { state, replaced } = editTypeState(toTypeState(document), type, clock.stamp())
          return { document: { ...document, ...state, unsent: 1 }, replaced }
        },
        changes =>
          keepHistory(
            tables,
            changes.flatMap(({ replaced }) => replaced),
          ),
      )
      return succeed(null)
    },
    async delete(type) {
      const done = await tables.types.change(
        [type],
        document => {
          const { record, replaced, undo } = deleteRecord(toTypeState(document), clock.stamp())
          return undo === undefined ? null : { document: { ...document, ...record, unsent: 1 }, replaced }
        },
        changes =>
          keepHistory(
            tables,
            changes.flatMap(({ replaced }) => replaced),
          ),
      )
      return done.size === 0 ? fail('notFound', 'type') : succeed(null)
    },
    get: types.typeOf,
    list: types.list,
    all$: combineLatest([types.all$, counts.soFar$]).pipe(
      auditTime(0),
      map(([all, tally]) =>
        [...all.values()]
          .map(type => ({ ...type, count: tally === undefined ? null : (tally.byType.get(type.id) ?? 0) }))
          .sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1)),
      ),
    ),
    close() {
      closed = true
      subscription.unsubscribe()
    },
  }
}
