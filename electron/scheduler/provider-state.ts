/**
 * Turns a provider's stream of troubles into what the schedule needs for rule S7: how often in a row, when, and a jitter
 * drawn once for each failure. It keeps nothing but that count.
 */
import { of, scan, startWith, switchMap, type Observable } from 'rxjs'
import type { Failure } from '../../core/model/failure.ts'
import type { ProviderState } from '../../core/model/schedule.ts'

export const NO_PROVIDER: ProviderState = { connected: false, trouble: null, failures: 0, failedAt: null, jitter: 0 }
const FRESH: ProviderState = { ...NO_PROVIDER, connected: true }

export interface TroubleDeps {
  readonly now: () => number
  /** 0 to 1 */
  readonly random: () => number
}

/** `trouble$$`: the present provider's `trouble$` (one frame per exchange: null or why it failed), null without one. */
export function followProvider(
  trouble$$: Observable<Observable<Failure | null> | null>,
  deps: TroubleDeps,
): Observable<ProviderState> {
  return trouble$$.pipe(
    switchMap(trouble$ =>
      trouble$ === null
        ? of(NO_PROVIDER)
        : trouble$.pipe(
            scan((state, trouble) => nextState(state, trouble, deps), FRESH),
            startWith(FRESH),
          ),
    ),
  )
}

export function nextState(state: ProviderState, trouble: Failure | null, deps: TroubleDeps): ProviderState {
  if (trouble === null) return FRESH
  return { connected: true, trouble, failures: state.failures + 1, failedAt: deps.now(), jitter: deps.random() }
}
