/**
 * React's view of a feed: the latest frame, re-rendered when a new one arrives. Components that watch the same thing
 * share one feed; it stops when the last of them unmounts.
 */
import { createContext, useContext, useMemo, useSyncExternalStore } from 'react'
import type { FeedFrame, FeedInput, FeedName } from '../../core/model/api.ts'
import type { Api } from './connect.ts'

export interface LiveSource<T> {
  subscribe(listener: () => void): () => void
  /** Undefined before the first frame. */
  current(): T | undefined
}

export interface Live {
  readonly api: Api
  source<N extends FeedName>(name: N, input: FeedInput<N>): LiveSource<FeedFrame<N>>
  /** The feed's first frame, which is there for whoever shows the feed later; undefined if it fails. It stays watched. */
  first<N extends FeedName>(name: N, input: FeedInput<N>): Promise<FeedFrame<N> | undefined>
}

export function createLive(api: Api): Live {
  const sourcesByKey = new Map<string, LiveSource<unknown>>()

  function openSource<N extends FeedName>(name: N, input: FeedInput<N>, key: string): LiveSource<FeedFrame<N>> {
    const listeners = new Set<() => void>()
    let frame: FeedFrame<N> | undefined
    let stop: (() => void) | undefined
    return {
      subscribe(listener) {
        listeners.add(listener)
        const tell = () => {
          for (const each of [...listeners]) each()
        }
        const take = (next: FeedFrame<N>) => {
          frame = next
          tell()
        }
        stop ??= api.watch(name, input, take, tell)
        return () => {
          listeners.delete(listener)
          // Wait a tick: React unsubscribes and subscribes again when a component merely moves.
          setTimeout(() => {
            if (listeners.size > 0) return
            stop?.()
            stop = undefined
            sourcesByKey.delete(key)
          }, 0)
        }
      },
      current: () => frame,
    }
  }

  function source<N extends FeedName>(name: N, input: FeedInput<N>): LiveSource<FeedFrame<N>> {
    const key = `${name} ${JSON.stringify(input)}`
    const known = sourcesByKey.get(key)
    // The key holds the feed's name, so what is stored under it is of that feed's type.
    if (known !== undefined) return known as LiveSource<FeedFrame<N>>
    const made = openSource(name, input, key)
    sourcesByKey.set(key, made)
    return made
  }

  return {
    api,
    source,
    first(name, input) {
      const { subscribe, current } = source(name, input)
      return new Promise(resolve => subscribe(() => resolve(current())))
    },
  }
}

export const LiveContext = createContext<Live | null>(null)

/** The latest frame of a feed, or undefined before the first one. */
export function useLive<N extends FeedName>(name: N, input: FeedInput<N>): FeedFrame<N> | undefined {
  const live = useLiveContext()
  const key = JSON.stringify(input)
  // `input` is plain data: its text stands for it.
  const source = useMemo(() => live.source(name, JSON.parse(key) as FeedInput<N>), [live, name, key])
  return useSyncExternalStore(source.subscribe, source.current)
}

export function useLiveContext(): Live {
  const live = useContext(LiveContext)
  if (live === null) throw new Error('Outside LiveContext')
  return live
}
