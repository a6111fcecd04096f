/**
 * Counts that are always at hand: counted once after the start, then kept by the changes themselves, so that a badge or
 * the sync chip never costs a query. Never guesses: a query beside which something changed is asked again.
 */
import { BehaviorSubject, filter, type Observable, type Subscription, throttleTime } from 'rxjs'
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

/** An import writes a hundred times a second; whoever shows counts draws anew with each. */
const PACE_MS = 200

interface Numbers {
  all: number
  deleted: number
  needsYou: number
  unsent: number
  readonly byType: Map<TypeId, number>
}

/**
 * Counting reads an index from end to end: it begins once `start` resolves, and each query in a turn of the event loop of
 * its own, so that a window of rows is not kept waiting for all of them.
 */
export function openRecordCounts(deps: {
  readonly table: Table<RecordDocument>
  readonly types: readonly TypeId[]
  readonly start: Promise<void>
  readonly report: (error: unknown) => void
}): RecordCounts {
  const { table, types } = deps
  // What has changed since here; with what was found beside it, the counts.
  const numbers: Numbers = { all: 0, deleted: 0, needsYou: 0, unsent: 0, byType: new Map() }
  let changes = 0
  const tally = new BehaviorSubject<Tally | undefined>(undefined)
  const counted = new Set(types)
  let closed = false

  const subscription: Subscription = table.changes$.subscribe(bulk => {
    changes += 1
    for (const change of bulk) apply(numbers, change, counted)
    if (tally.value !== undefined) tally.next(snapshot(numbers))
  })

  /**
   * How many there were before the changes that `changed` tells. Again while something changes meanwhile: a count and
   * the changes beside it cannot be told apart.
   */
  async function find(selector: MangoQuerySelector<RecordDocument>, changed: () => number): Promise<number> {
    for (;;) {
      await turn()
      if (closed) return 0
      const before = changes
      const found = await table.count(selector)
      // What was written before the count is told by now.
      await turn()
      if (before === changes) return found - changed()
    }
  }
  const findOfType = async (type: TypeId) => {
    const before = await find({ deleted: 0, type }, () => numbers.byType.get(type) ?? 0)
    return () => numbers.byType.set(type, (numbers.byType.get(type) ?? 0) + before)
  }
  async function countAll(): Promise<void> {
    const ofTypes: (() => unknown)[] = []
    for (const type of types) ofTypes.push(await findOfType(type))
    const all = await find({ deleted: 0 }, () => numbers.all)
    const deleted = await find({ deleted: 1 }, () => numbers.deleted)
    const needsYou = await find({ open: { $gt: 0 } }, () => numbers.needsYou)
    const unsent = await find({ unsent: 1 }, () => numbers.unsent)
    if (closed) return
    for (const add of ofTypes) add()
    numbers.all += all
    numbers.deleted += deleted
    numbers.needsYou += needsYou
    numbers.unsent += unsent
    tally.next(snapshot(numbers))
  }

  const first = deps.start.then(countAll).catch((error: unknown) => {
    // The database went away under a count.
    if (!closed) deps.report(error)
  })
  // The first of a burst is told at once, its last in the end.
  const told$ = tally.pipe(throttleTime(PACE_MS, undefined, { leading: true, trailing: true }))
  return {
    tally$: told$.pipe(filter(value => value !== undefined)),
    soFar$: told$,
    get tally() {
      return tally.value
    },
    async includeTypes(wanted) {
      await first
      for (const type of wanted) {
        if (counted.has(type) || closed) continue
        counted.add(type)
        const add = await findOfType(type)
        add()
        if (tally.value !== undefined) tally.next(snapshot(numbers))
      }
    },
    close() {
      closed = true
      subscription.unsubscribe()
      tally.complete()
    },
  }
}

/** Everything else that waits has had its turn. */
function turn(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 0))
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
