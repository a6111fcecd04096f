/**
 * Lets go of replaced values that a person no longer wants kept (rule M13). It runs beside everything else, in small steps,
 * and never touches an entry of which it is not asked; that something was replaced, by whom and when, always stays.
 */
import { asKeeping, beginKeeping, goOnKeeping, isPastKeeping, type Keeping } from '../model/history-keeping.ts'
import { type KeepingDays, letGoOfValue } from '../model/history-keeping.ts'
import type { Tables } from './context.ts'
import type { SettingStore } from './database.ts'
import type { HistoryDocument } from './documents.ts'

export interface HistoryStore {
  /** null: for ever. */
  keeping(): Promise<KeepingDays | null>
  /** How many values `keep(days)` would let go of now. */
  countPast(days: KeepingDays): Promise<number>
  /** From now on, and at once for what is past it already; answers how many values that were. null: for ever. */
  keep(days: KeepingDays | null): Promise<number>
  /** What has become due since; to be called now and then. */
  goOn(): Promise<void>
  /** Ends what is under way between two steps; the next `goOn` takes it up again. */
  close(): Promise<void>
}

const KEY = 'history.keeping'

export function createHistoryStore(
  { history }: Pick<Tables, 'history'>,
  settings: SettingStore,
  now: () => number,
): HistoryStore {
  let closed = false
  let turn: Promise<unknown> = Promise.resolve()

  const read = async (): Promise<Keeping | undefined> => asKeeping(await settings.get(KEY))

  async function* past(before: number): AsyncGenerator<readonly HistoryDocument[]> {
    for await (const page of history.pages()) {
      yield page.filter(entry => isPastKeeping(entry, before))
      // The storage answers without ever leaving this turn of the event loop.
      await new Promise(resolve => setTimeout(resolve, 0))
      if (closed) return
    }
  }

  async function letGo(before: number): Promise<number> {
    let count = 0
    for await (const entries of past(before)) {
      const gone = await history.change(
        entries.map(({ id }) => id),
        stored => (isPastKeeping(stored, before) ? { document: { ...letGoOfValue(stored), unsent: 1 } } : null),
      )
      count += gone.size
    }
    return count
  }

  /** One after another: two never walk at a time. */
  function enqueue<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work)
    turn = mine.catch(() => undefined)
    return mine
  }

  return {
    keeping: async () => (await read())?.days ?? null,
    async countPast(days) {
      let count = 0
      for await (const entries of past(beginKeeping(days, now()).before)) count += entries.length
      return count
    },
    keep: days =>
      enqueue(async () => {
        if (days === null) {
          await settings.set(KEY, null)
          return 0
        }
        const keeping = beginKeeping(days, now())
        // Due until it is done: a crash before that and `goOn` does the rest.
        await settings.set(KEY, { ...keeping, at: 0 })
        const count = await letGo(keeping.before)
        if (!closed) await settings.set(KEY, { ...keeping })
        return count
      }),
    goOn: () =>
      enqueue(async () => {
        const keeping = await read()
        const next = keeping === undefined ? undefined : goOnKeeping(keeping, now())
        if (next === undefined) return
        await letGo(next.before)
        // Only now: a crash before this and it is done again.
        if (!closed) await settings.set(KEY, { ...next })
      }),
    async close() {
      closed = true
      await turn
    },
  }
}
