import { Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Failure } from '../../core/model/failure.ts'
import { watchTroubles } from './troubles.ts'

describe('troubles for the schedule', () => {
  const record = () => {
    const state$ = new Subject<{ running: boolean; failure: Failure | null }>()
    const told: (string | null)[] = []
    watchTroubles(state$).subscribe(failure => told.push(failure?.code ?? null))
    return { told, tell: (running: boolean, failure: Failure | null) => state$.next({ running, failure }) }
  }

  it('S7: a run that fails in many exchanges is one failure, the next run another', () => {
    const { told, tell } = record()
    tell(true, null)
    tell(true, { code: 'unreachable' })
    tell(true, { code: 'unreachable' })
    const last: Failure = { code: 'unreachable' }
    tell(true, last)
    tell(false, last)
    tell(true, last)
    tell(true, { code: 'unreachable' })
    expect(told).toEqual(['unreachable', 'unreachable'])
  })

  it('S7: a success after a failure is told, and so is another kind of failure', () => {
    const { told, tell } = record()
    tell(true, { code: 'unreachable' })
    tell(true, { code: 'signIn' })
    tell(true, null)
    tell(true, null)
    tell(true, { code: 'unreachable' })
    expect(told).toEqual(['unreachable', 'signIn', null, 'unreachable'])
  })
})
