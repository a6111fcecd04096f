/**
 * The Linux probe: NetworkManager, UPower and PowerProfiles on the system bus. A change makes it read everything again
 * (proxies that trust single signals miss some); it keeps no value that it could not read just now.
 */
import { ReplaySubject, distinctUntilChanged } from 'rxjs'
import type { ProbeReading } from '../../core/model/schedule.ts'
import { parseLinux, type LinuxFacts, type Properties } from './parse-linux.ts'
import { sameReading, unknownReading, type Probe, type Timer } from './probe.ts'
import { openSystemBus, type SystemBus } from './system-bus.ts'

/** Activating a connection sends about 15 signals within 6 ms: two reads at once, so that a narrowing shows, then one. */
const COALESCE_MS = 100
const QUICK_READS = 2

/** A bus that accepts and then says nothing is as good as none. */
const FIRST_READING_MS = 2000

const NM = 'org.freedesktop.NetworkManager'
const NM_PATH = '/org/freedesktop/NetworkManager'
const UPOWER = 'org.freedesktop.UPower'
const UPOWER_PATH = '/org/freedesktop/UPower'
const DISPLAY_PATH = '/org/freedesktop/UPower/devices/DisplayDevice'
const PROFILES = 'net.hadess.PowerProfiles'
const PROFILES_PATH = '/net/hadess/PowerProfiles'

export interface LinuxProbeDeps {
  /** D-Bus address of the system bus. */
  readonly address: string
  readonly now: () => number
  readonly timer: Timer
}

export function openLinuxProbe(deps: LinuxProbeDeps): Probe {
  const readings = new ReplaySubject<ProbeReading>(1)
  let reading = false
  let again = false
  let wake = true
  let up = false
  let closed = false
  /** Reads begun in the open window of COALESCE_MS, and how to close it. */
  let quickReads = 0
  let cancelWindow: (() => void) | undefined
  const cancelWaiting = deps.timer(FIRST_READING_MS, () => {
    show(undefined)
  })

  const bus = openSystemBus({
    address: deps.address,
    timer: deps.timer,
    watched: [
      { service: NM, paths: [NM_PATH], below: [`${NM_PATH}/ActiveConnection`] },
      { service: UPOWER, paths: [UPOWER_PATH, DISPLAY_PATH] },
      { service: PROFILES, paths: [PROFILES_PATH] },
    ],
    onUp() {
      up = true
      refresh()
    },
    onDown() {
      up = false
      show(undefined)
    },
    onSignal() {
      again = true
      if (cancelWindow === undefined) {
        quickReads = 0
        cancelWindow = deps.timer(COALESCE_MS, () => {
          cancelWindow = undefined
          readOn()
        })
      }
      readOn()
    },
  })

  return {
    readings$: readings.pipe(distinctUntilChanged(sameReading)),
    refresh,
    async close() {
      closed = true
      cancelWindow?.()
      cancelWaiting()
      readings.complete()
      await bus.close()
    },
  }

  function refresh(): void {
    again = true
    wake = true
    quickReads = 0
    readOn()
  }

  /** One read at a time; whatever happens meanwhile asks for another one. */
  function readOn(): void {
    if (!up || closed || reading || !again) return
    if (cancelWindow !== undefined && quickReads >= QUICK_READS) return
    quickReads += 1
    reading = true
    again = false
    const waking = wake
    wake = false
    readFacts(bus, waking).then(facts => {
      reading = false
      if (up) show(facts)
      readOn()
    }, onBug)
  }

  function onBug(): void {
    reading = false
    show(undefined)
  }

  function show(facts: LinuxFacts | undefined): void {
    cancelWaiting()
    if (closed) return
    readings.next(facts === undefined ? unknownReading('linux-dbus', deps.now()) : parseLinux(facts, deps.now()))
  }
}

async function readFacts(bus: SystemBus, wake: boolean): Promise<LinuxFacts> {
  const [{ manager, connection }, upower, display, profiles] = await Promise.all([
    readNetwork(bus, wake),
    bus.read(UPOWER, UPOWER_PATH, UPOWER, wake),
    bus.read(UPOWER, DISPLAY_PATH, `${UPOWER}.Device`, wake),
    bus.read(PROFILES, PROFILES_PATH, PROFILES, wake),
  ])
  return { manager, connection, upower, display, profiles }
}

async function readNetwork(bus: SystemBus, wake: boolean): Promise<Pick<LinuxFacts, 'manager' | 'connection'>> {
  const manager = await bus.read(NM, NM_PATH, NM, wake)
  for (const path of connectionPaths(manager)) {
    const connection = await bus.read(NM, path, `${NM}.Connection.Active`, false)
    if (connection !== undefined && connection['Type'] !== 'loopback') return { manager, connection }
  }
  return { manager, connection: undefined }
}

/** The primary connection; on a local network without a way out there is none, and the first active one stands for it. */
function connectionPaths(manager: Properties | undefined): readonly string[] {
  const primary = manager?.['PrimaryConnection']
  if (typeof primary === 'string' && primary !== '/') return [primary]
  const active: unknown = manager?.['ActiveConnections']
  return Array.isArray(active) ? active.filter((path): path is string => typeof path === 'string').slice(0, 4) : []
}
