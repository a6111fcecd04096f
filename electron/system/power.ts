/** Sleep and wake-up, and what Electron knows about power, for the scheduler. It must never decide anything. */
import { powerMonitor } from 'electron'
import { Observable } from 'rxjs'

/** True on sleep, false on wake-up. May repeat itself: on Linux both come twice. Usable only once the app is ready. */
export function watchSuspension(): Observable<boolean> {
  return new Observable(subscriber => {
    const onSuspend = () => subscriber.next(true)
    const onResume = () => subscriber.next(false)
    powerMonitor.on('suspend', onSuspend)
    powerMonitor.on('resume', onResume)
    return () => {
      powerMonitor.off('suspend', onSuspend)
      powerMonitor.off('resume', onResume)
    }
  })
}

/** Mains came or went, as far as Electron notices. */
export function watchPowerSource(): Observable<void> {
  return new Observable(subscriber => {
    const tell = () => subscriber.next()
    powerMonitor.on('on-ac', tell)
    powerMonitor.on('on-battery', tell)
    return () => {
      powerMonitor.off('on-ac', tell)
      powerMonitor.off('on-battery', tell)
    }
  })
}

export function isOnBattery(): boolean {
  return powerMonitor.isOnBatteryPower()
}
