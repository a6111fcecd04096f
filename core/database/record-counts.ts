/**
 * Counts that are always at hand: counted once at the start, then kept by the changes themselves, so that a badge or the
 * sync chip never costs a query. Never guesses: what changes during the first count is counted again.
 */
import { BehaviorSubject, type Observable, type Subscription } from 'rxjs'
import type { Counts } from '../model/api.ts'
import type { TypeId } from '../model/record.ts'
import type { RecordDocument } from './documents.ts'
import type { Change, Table } from './table.ts'

export interface Tally extends Counts {
  readonly unsent: number
  readonly byType: ReadonlyMap<TypeId, number>
}

export interface RecordCounts {
  readonly tally$: Observable<Tally>
  readonly tally: Tally
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

export async function openRecordCounts(table: Table<RecordDocument>, types: readonly TypeId[]): Promise<RecordCounts> {
  let numbers: Numbers = { all: 0, deleted: 0, needsYou: 0, unsent: 0, byType: new Map() }
  let changes = 0
  const tally = new BehaviorSubject<Tally>(snapshot(numbers))
  const counted = new Set(types)

  const subscription: Subscription = table.changes$.subscribe(bulk => {
    changes += 1
    for (const change of bulk) apply(numbers, change, counted)
    tally.next(snapshot(numbers))
  })

  /** Again while something changes meanwhile: a count and the changes beside it cannot be told apart. */
  async function steady<T>(count: () => Promise<T>, take: (result: T) => void): Promise<void> {
    for (;;) {
      const before = changes
      const result = await count()
      if (before !== changes) continue
      take(result)
      tally.next(snapshot(numbers))
      return
    }
  }

  await steady(
    () => countAll(table, types),
    result => {
      numbers = result
    },
  )
  return {
    tally$: tally.asObservable(),
    get tally() {
      return tally.value
    },
    async includeTypes(wanted) {
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
      subscription.unsubscribe()
      tally.complete()
    },
  }
}

async function countAll(table: Table<RecordDocument>, types: readonly TypeId[]): Promise<Numbers> {
  const byType = new Map<TypeId, number>()
  for (const type of types) byType.set(type, await table.count({ deleted: 0, type }))
  return {
    all: await table.count({ deleted: 0 }),
    deleted: await table.count({ deleted: 1 }),
    needsYou: await table.count({ open: { $gt: 0 } }),
    unsent: await table.count({ unsent: 1 }),
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
