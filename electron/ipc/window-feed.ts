/**
 * A live window of rows: the first frame carries every row, later ones only rows whose revision this listener has not
 * seen. However fast records change, there is at most one read per GAP_MS, never two at once, and reading takes at most
 * one part in SHARE of main's time.
 */
import type { Observable } from 'rxjs'
import type { FeedInput, Row, WindowFrame } from '../../core/model/api.ts'
import type { RecordReader } from '../../core/database/database.ts'
import type { Feed } from './serve.ts'

/** Fast enough to look immediate, slow enough that an import leaves the page time to paint. */
const GAP_MS = 50
const SHARE = 6

export interface WindowFeedDeps {
  readonly reader: RecordReader
  readonly changed$: Observable<void>
  readonly now: () => number
  /** Runs `run` after `ms`; answers how to call it off. */
  readonly after: (ms: number, run: () => void) => () => void
}

export function windowFeed(deps: WindowFeedDeps, input: FeedInput<'window'>): Feed<WindowFrame> {
  const { view, from, to } = input
  return (next, fail) => {
    let seenRevById = new Map<string, string>()
    let lastTotal = -1
    let lastIds: readonly string[] | undefined
    let stopped = false
    let reading = false
    let stale = false
    let lastReadAt = -Infinity
    let cost = 0
    let callOff: (() => void) | undefined

    const read = async () => {
      const preparing = deps.reader.prepare?.(view)
      if (preparing !== undefined) {
        await preparing
        // Waiting takes none of main's time.
        lastReadAt = deps.now()
        if (stopped) return
      }
      const total = await deps.reader.count(view)
      const page = await deps.reader.page(view, from, Math.min(to, total))
      const unseen = page.filter(({ id, rev }) => seenRevById.get(id) !== rev).map(({ id }) => id)
      const rows: readonly Row[] = unseen.length === 0 ? [] : await deps.reader.rows(unseen)
      if (stopped) return
      const ids = page.map(({ id }) => id)
      const readRevById = new Map(rows.map(({ id, rev }) => [id, rev]))
      // What was read is what was sent: a row that changed between the two reads counts as seen in its newer state.
      seenRevById = new Map(
        page.flatMap(({ id }) => {
          const rev = readRevById.get(id) ?? seenRevById.get(id)
          return rev === undefined ? [] : [[id, rev] as const]
        }),
      )
      if (rows.length === 0 && total === lastTotal && lastIds !== undefined && sameIds(ids, lastIds)) return
      lastTotal = total
      lastIds = ids
      next({ total, from, ids, rows })
    }

    const refresh = () => {
      callOff = undefined
      if (stopped) return
      reading = true
      stale = false
      lastReadAt = deps.now()
      read()
        .catch(fail)
        .finally(() => {
          reading = false
          cost = deps.now() - lastReadAt
          if (stale) schedule()
        })
        .catch(() => undefined)
    }
    const schedule = () => {
      stale = true
      if (stopped || reading || callOff !== undefined) return
      callOff = deps.after(Math.max(0, lastReadAt + Math.max(GAP_MS, cost * SHARE) - deps.now()), refresh)
    }

    refresh()
    const subscription = deps.changed$.subscribe({ next: schedule, error: fail })
    return () => {
      stopped = true
      callOff?.()
      subscription.unsubscribe()
    }
  }
}

function sameIds(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((id, at) => id === others[at])
}
