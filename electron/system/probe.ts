/** Picks the probe of this platform and hands it what only Electron knows. It reads nothing itself. */
import { openLinuxProbe } from '../scheduler/linux.ts'
import { openOtherPlatformProbe } from '../scheduler/other-platforms.ts'
import { wallTimer, type Probe } from '../scheduler/probe.ts'
import { systemBusAddress } from '../scheduler/system-bus.ts'
import { isOnBattery, watchPowerSource } from './power.ts'

export function openProbe(now: () => number): Probe {
  if (process.platform === 'linux') {
    return openLinuxProbe({ address: systemBusAddress(process.env), now, timer: wallTimer })
  }
  return openOtherPlatformProbe({
    source: `${process.platform}-powermonitor`,
    readPower: () => ({ onBattery: isOnBattery() }),
    powerChanged$: watchPowerSource(),
    now,
  })
}
