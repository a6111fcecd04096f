/** What the app says about itself, and naming the laptop. */
import type { Observable } from 'rxjs'
import { firstValueFrom } from 'rxjs'
import type { AppInfo } from '../../core/model/api.ts'
import { succeed } from '../../core/model/failure.ts'
import type { DeviceStore } from '../../core/database/database.ts'
import type { CallHandlers } from './handlers.ts'

export type AppFacts = Omit<AppInfo, 'device'>

export function appCalls(facts: AppFacts, devices: DeviceStore): Pick<CallHandlers, 'app.describe' | 'device.name'> {
  const own$: Observable<AppInfo['device']> = devices.own$
  return {
    'app.describe': async () => succeed({ ...facts, device: await firstValueFrom(own$) }),
    'device.name': ({ name }) => devices.name(name),
  }
}
