import { BehaviorSubject, Subject, type Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Failure } from '../../core/model/failure.ts'
import type { ProviderState } from '../../core/model/schedule.ts'
import { NO_PROVIDER, followProvider } from './provider-state.ts'

describe('followProvider', () => {
  it('S7 counts failures in a row, draws one jitter for each, and forgets them after a success', () => {
    const trouble$ = new Subject<Failure | null>()
    const draws = [0.1, 0.2, 0.3]
    let now = 1000
    const seen: ProviderState[] = []
    const provider$ = new BehaviorSubject<Observable<Failure | null> | null>(null)
    followProvider(provider$, { now: () => now, random: () => draws.shift() ?? 1 }).subscribe(state => seen.push(state))
    provider$.next(trouble$)
    trouble$.next({ code: 'unreachable' })
    now = 7000
    trouble$.next({ code: 'hubFault', detail: '500' })
    trouble$.next(null)
    trouble$.next({ code: 'unreachable' })
    const fresh = { ...NO_PROVIDER, connected: true }
    expect(seen).toEqual([
      NO_PROVIDER,
      fresh,
      { connected: true, trouble: { code: 'unreachable' }, failures: 1, failedAt: 1000, jitter: 0.1 },
      { connected: true, trouble: { code: 'hubFault', detail: '500' }, failures: 2, failedAt: 7000, jitter: 0.2 },
      fresh,
      { connected: true, trouble: { code: 'unreachable' }, failures: 1, failedAt: 7000, jitter: 0.3 },
    ])
  })

  it('S7 begins anew with another provider, and is off without one', () => {
    const seen: ProviderState[] = []
    const provider$ = new BehaviorSubject<Observable<Failure | null> | null>(
      new BehaviorSubject<Failure | null>({ code: 'signIn' }),
    )
    followProvider(provider$, { now: () => 5, random: () => 0 }).subscribe(state => seen.push(state))
    expect(seen.at(-1)).toMatchObject({ connected: true, failures: 1, trouble: { code: 'signIn' } })
    provider$.next(new Subject<Failure | null>())
    expect(seen.at(-1)).toMatchObject({ connected: true, failures: 0, trouble: null })
    provider$.next(null)
    expect(seen.at(-1)).toEqual(NO_PROVIDER)
  })
})
