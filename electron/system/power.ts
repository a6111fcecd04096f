/** Sleep and wake-up, and what Electron knows about power, for the scheduler. It must never decide anything. */
import { powerMonitor } from 'electron'
import { fromEvent, map, merge, type Observable } from 'rxjs'

/** May repeat itself: on Linux both signals come twice. Usable only once the app is ready. */
export function suspended$(): Observable<boolean> {
  // powerMonitor's typed overloads do not satisfy rxjs's emitter shape; the two event names are all that is used.
  const events: { on(name: string, listener: () => void): unknown; off(name: string, listener: () => void): unknown } =
    powerMonitor
  return merge(fromEvent(events, 'suspend').pipe(map(() => true)), fromEvent(events, 'resume').pipe(map(() => false)))
}

export function isOnBattery(): boolean {
  return powerMonitor.isOnBatteryPower()
}
