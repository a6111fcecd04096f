/**
 * The probe for Windows and macOS until theirs are built: power as Electron's powerMonitor tells it, everything about the
 * network 'unknown'. The values are handed in; this file never imports electron.
 */
import { ReplaySubject, distinctUntilChanged, type Observable } from 'rxjs'
import type { ProbeReading } from '../../core/model/schedule.ts'
import { sameReading, unknownReading, type Probe } from './probe.ts'

export interface PowerFacts {
  /** powerMonitor.isOnBatteryPower(); undefined where it cannot be trusted (it fails open on Linux). */
  readonly onBattery: boolean | undefined
}

export interface OtherPlatformDeps {
  readonly source: string
  readonly readPower: () => PowerFacts
  /** powerMonitor's on-ac and on-battery, whatever they carry. */
  readonly powerChanged$: Observable<unknown>
  readonly now: () => number
}

export function openOtherPlatformProbe(deps: OtherPlatformDeps): Probe {
  const readings = new ReplaySubject<ProbeReading>(1)
  const read = (): void => {
    readings.next(parsePower(deps.readPower(), deps.source, deps.now()))
  }
  const changes = deps.powerChanged$.subscribe(read)
  read()
  return {
    readings$: readings.pipe(distinctUntilChanged(sameReading)),
    refresh: read,
    close() {
      changes.unsubscribe()
      readings.complete()
      return Promise.resolve()
    },
  }
}

export function parsePower(facts: PowerFacts, source: string, at: number): ProbeReading {
  const power = facts.onBattery === undefined ? 'unknown' : facts.onBattery ? 'battery' : 'mains'
  return { ...unknownReading(source, at), power }
}
