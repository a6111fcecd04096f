/**
 * Counts that are always at hand: counted once after the start, then kept by the changes themselves, so that a badge or
 * the sync chip never costs a query. Never guesses: what changes during the first count is counted again.
 */
import { BehaviorSubject, filter, type Observable, type Subscription } from 'rxjs'
import type { MangoQuerySelector } from 'rxdb'
import type { Counts } from '../model/api.ts'
import type { TypeId } from '../model/record.ts'
import type { RecordDocument } from './documents.ts'
import type { Change, Table } from './table.ts'

export interface Tally extends Counts {
  readonly unsent: number
  readonly byType: ReadonlyMap<TypeId, number>
}

export interface RecordCounts {
  /** Begins when everything has been counted. */
  readonly tally$: Observable<Tally>
  /** Undefined until everything has been counted. */
  readonly tally: Tally | undefined
  /** The same as they change; undefined first, until everything has been counted. */
  readonly soFar$: Observable<Tally | undefined>
  /** Starts to count records of these types too. */
  includeTypes(types: readonly TypeId[]): Promise<void>
  close(): void
}

interface Numbers {
  all: number
  deleted: number
  needsYou: number
  unsent: number
  readonly byType: Map<TypeId, number>
}

/** Counting reads an index from end to end: it begins once `start` resolves, and lets others go between its queries. */
export function openRecordCounts(deps: {
  readonly table: Table<RecordDocument>
  readonly types: readonly TypeId[]
  readonly start: Promise<void>
  readonly report: (error: unknown) => void
}): RecordCounts {
  const { table, types } = deps
  let numbers: Numbers = { all: 0, deleted: 0, needsYou: 0, unsent: 0, byType: new Map() }
  let changes = 0
  const tally = new BehaviorSubject<Tally | undefined>(undefined)
  const counted = new Set(types)
  let closed = false

  const subscription: Subscription = table.changes$.subscribe(bulk => {
    changes += 1
    for (const change of bulk) apply(numbers, change, counted)
    if (tally.value !== undefined) tally.next(snapshot(numbers))
  })

  /** Again while something changes meanwhile: a count and the changes beside it cannot be told apart. */
  async function steady<T>(count: () => Promise<T>, take: (result: T) => void): Promise<void> {
    while (!closed) {
      const before = changes
      const result = await count()
      if (closed || before !== changes) continue
      take(result)
      tally.next(snapshot(numbers))
      return
    }
  }

  const first = deps.start
    .then(() =>
      steady(
        () => countAll(table, types),
        result => {
          numbers = result
        },
      ),
    )
    .catch((error: unknown) => {
      // The database went away under a count.
      if (!closed) deps.report(error)
    })
  return {
    tally$: tally.pipe(filter(value => value !== undefined)),
    soFar$: tally.asObservable(),
    get tally() {
      return tally.value
    },
    async includeTypes(wanted) {
      await first
      for (const type of wanted) {
        if (counted.has(type)) continue
        await steady(
          () => table.count({ deleted: 0, type }),
          count => {
            counted.add(type)
            numbers.byType.set(type, count)
          },
        )
      }
    },
    close() {
      closed = true
      subscription.unsubscribe()
      tally.complete()
    },
  }
}

/** Each query ends in a turn of the event loop, so that a window of rows is not kept waiting for all of them. */
async function countAll(table: Table<RecordDocument>, types: readonly TypeId[]): Promise<Numbers> {
  const byType = new Map<TypeId, number>()
  // Each record is counted once: those of a type by the type, those of a type that is not known (yet) between the types.
  let all = 0
  const sorted = types.toSorted((a, b) => (a < b ? -1 : 1))
  const count = async (selector: MangoQuerySelector<RecordDocument>) => {
    await new Promise(resolve => setTimeout(resolve, 0))
    return table.count(selector)
  }
  for (const [index, type] of sorted.entries()) {
    const ofType = await count({ deleted: 0, type })
    byType.set(type, ofType)
    all += ofType + (await count({ deleted: 0, type: { $gt: sorted[index - 1] ?? '', $lt: type } }))
  }
  all += await count({ deleted: 0, type: { $gt: sorted.at(-1) ?? '' } })
  return {
    all,
    deleted: await count({ deleted: 1 }),
    needsYou: await count({ open: { $gt: 0 } }),
    unsent: await count({ unsent: 1 }),
    byType,
  }
}

function apply(numbers: Numbers, { before, after }: Change<RecordDocument>, counted: ReadonlySet<TypeId>): void {
  for (const [document, step] of [[before, -1] as const, [after, 1] as const]) {
    if (document === undefined) continue
    if (document.deleted === 1) numbers.deleted += step
    else {
      numbers.all += step
      if (counted.has(document.type)) numbers.byType.set(document.type, (numbers.byType.get(document.type) ?? 0) + step)
    }
    if (document.open > 0) numbers.needsYou += step
    numbers.unsent += document.unsent * step
  }
}

function snapshot(numbers: Numbers): Tally {
  return { ...numbers, byType: new Map(numbers.byType) }
}
