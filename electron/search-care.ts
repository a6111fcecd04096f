/**
 * Sees to it that search finds everything: looks once after the start whether the index is in step, and makes it anew when
 * it is not or when a person asks for it. Never two rebuilds at a time; a failed one is said and may be tried again.
 */
import { BehaviorSubject, type Observable } from 'rxjs'
import type { SearchIndexView } from '../core/model/api.ts'
import type { Failure } from '../core/model/failure.ts'
import type { SearchRebuild } from './storage/search-rebuild.ts'
import { StorageError } from './storage/storage-error.ts'

export interface SearchCare {
  readonly view$: Observable<SearchIndexView>
  /** Begins, or goes on with what has begun. */
  rebuild(): void
  /** Resolves once nothing of it runs any more. */
  close(): Promise<void>
}

export interface SearchCareDeps {
  readonly index: SearchRebuild
  /** The first screen stands. */
  readonly settled: Promise<void>
  readonly report: (error: unknown) => void
}

/** More often nobody could read it. */
const TOLD_EVERY = 0.01

export function openSearchCare({ index, settled, report }: SearchCareDeps): SearchCare {
  const view$ = new BehaviorSubject<SearchIndexView>({ state: 'ready' })
  let closed = false
  let running: Promise<void> | undefined

  async function run(): Promise<void> {
    let told = -1
    try {
      await index.rebuild(
        (done, total) => {
          if (total > 0 && (done - told) / total < TOLD_EVERY) return
          told = done
          view$.next({ state: 'rebuilding', done, total })
        },
        () => closed,
      )
      view$.next({ state: 'ready' })
    } catch (error) {
      view$.next({ state: 'failed', failure: failureOf(error) })
      report(error)
    }
  }

  function rebuild(): void {
    if (closed || running !== undefined) return
    view$.next({ state: 'rebuilding', done: 0, total: 0 })
    running = run().finally(() => (running = undefined))
  }

  async function look(): Promise<void> {
    if (!(await index.isInStep())) rebuild()
  }
  let looking: Promise<void> | undefined
  settled
    .then(() => {
      if (!closed) looking = look()
      return looking
    })
    .catch(report)

  return {
    view$,
    rebuild,
    async close() {
      closed = true
      await looking?.catch(() => undefined)
      await running
      view$.complete()
    },
  }
}

function failureOf(error: unknown): Failure {
  return error instanceof StorageError && error.code === 'diskFull' ? { code: 'diskFull' } : { code: 'internal' }
}
