/**
 * What went wrong on the way to the provider, as the schedule counts it (rule S7): a run that fails is one failure however
 * many of its exchanges did, and the first success after it is news. Pure; it waits for nothing.
 */
import { concatMap, from, scan, type Observable } from 'rxjs'
import type { Failure } from '../../core/model/failure.ts'
import type { ReplicationState } from '../../core/replication/replication.ts'

interface Memory {
  readonly running: boolean
  readonly failure: Failure | null
  /** The failure told in this run. */
  readonly told: Failure | null
  readonly news: readonly (Failure | null)[]
}

export function watchTroubles(
  state$: Observable<Pick<ReplicationState, 'running' | 'failure'>>,
): Observable<Failure | null> {
  const start: Memory = { running: false, failure: null, told: null, news: [] }
  return state$.pipe(
    scan((memory, { running, failure }): Memory => {
      // Every failing exchange brings a failure of its own; the same one again is the same exchange.
      const fresh = failure !== memory.failure
      const told = running && !memory.running ? null : memory.told
      const base = { running, failure, told, news: [] }
      if (!fresh) return base
      if (failure === null) return { ...base, told: null, news: [null] }
      return told?.code === failure.code ? base : { ...base, told: failure, news: [failure] }
    }, start),
    concatMap(({ news }) => from(news)),
  )
}
