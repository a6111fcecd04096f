/**
 * What a person chose about when to sync: the policy and the pause. Kept in the database; what is stored and no longer
 * makes sense counts as never chosen.
 */
import { BehaviorSubject, type Observable } from 'rxjs'
import * as v from 'valibot'
import type { SettingStore } from '../../core/database/database.ts'
import type { Value } from '../../core/model/record.ts'
import { DEFAULT_POLICY, type Pause, type SchedulePolicy } from '../../core/model/schedule.ts'
import { CALL_SCHEMAS } from '../ipc/schemas.ts'

export interface Choices {
  readonly policy$: Observable<SchedulePolicy>
  readonly policy: SchedulePolicy
  readonly pause$: Observable<Pause | null>
  setPolicy(policy: SchedulePolicy): Promise<void>
  setPause(pause: Pause | null): Promise<void>
}

const POLICY = 'sync.policy'
const PAUSE = 'sync.pause'

export async function openChoices(settings: SettingStore): Promise<Choices> {
  const storedPolicy = v.safeParse(CALL_SCHEMAS['sync.setPolicy'], { policy: await settings.get(POLICY) })
  const storedPause = v.safeParse(CALL_SCHEMAS['sync.pause'], await settings.get(PAUSE))
  const policy$ = new BehaviorSubject<SchedulePolicy>(
    storedPolicy.success ? storedPolicy.output.policy : DEFAULT_POLICY,
  )
  const pause$ = new BehaviorSubject<Pause | null>(storedPause.success ? storedPause.output : null)
  return {
    policy$,
    pause$,
    get policy() {
      return policy$.value
    },
    async setPolicy(policy) {
      await settings.set(POLICY, asValue(policy))
      policy$.next(policy)
    },
    async setPause(pause) {
      await settings.set(PAUSE, pause === null ? null : { until: pause.until })
      pause$.next(pause)
    },
  }
}

/** A policy is plain JSON; interfaces have no index signature, which Value asks for. */
function asValue(policy: SchedulePolicy): Value {
  const { quietHours, networks, ...rest } = policy
  return { ...rest, quietHours: quietHours && { from: quietHours.from, to: quietHours.to }, networks: { ...networks } }
}
