/** The pages of a timeline that are shown so far, each its own feed, so that a timeline of any length is read in parts. */
import { useCallback, useMemo, useState, useSyncExternalStore } from 'react'
import type { HistoryItem } from '../../../core/model/api.ts'
import { BOUNDS } from '../../../core/model/api.ts'
import type { FieldId, RecordId } from '../../../core/model/record.ts'
import { type LiveSource, useLiveContext } from '../../api/use-live.ts'

const FIRST_PAGE = 50
const PAGE = BOUNDS.windowRows

export interface HistoryPages {
  /** Undefined before the first answer. */
  readonly total: number | undefined
  readonly items: readonly HistoryItem[]
  showEarlier(): void
}

/** Use with a key of `id` and `field`: it begins with one page. */
export function useHistoryPages(id: RecordId, field: FieldId | null): HistoryPages {
  const live = useLiveContext()
  const [pages, setPages] = useState(1)
  const sources = useMemo(
    () =>
      Array.from({ length: pages }, (_, page) => {
        const from = page === 0 ? 0 : FIRST_PAGE + (page - 1) * PAGE
        return live.source('history', { id, field, from, to: from + (page === 0 ? FIRST_PAGE : PAGE) })
      }),
    [live, id, field, pages],
  )
  const store = useMemo(() => joinSources(sources), [sources])
  const frames = useSyncExternalStore(store.subscribe, store.current)
  const showEarlier = useCallback(() => setPages(was => was + 1), [])
  return useMemo(() => {
    // Frames of different pages may be of different moments: an entry that has moved on is in both.
    const byId = new Map(frames.flatMap(frame => frame?.items ?? []).map(item => [item.id, item]))
    return { total: frames[0]?.total, items: [...byId.values()], showEarlier }
  }, [frames, showEarlier])
}

/** The latest frames of several sources, as one array that is the same until one of them changes. */
function joinSources<T>(sources: readonly LiveSource<T>[]): LiveSource<readonly (T | undefined)[]> & {
  current(): readonly (T | undefined)[]
} {
  let frames: readonly (T | undefined)[] = []
  return {
    subscribe(listener) {
      const stops = sources.map(source => source.subscribe(listener))
      return () => {
        for (const stop of stops) stop()
      }
    },
    current() {
      const now = sources.map(source => source.current())
      if (now.length !== frames.length || now.some((frame, at) => frame !== frames[at])) frames = now
      return frames
    },
  }
}
