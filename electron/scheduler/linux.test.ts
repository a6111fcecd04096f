/** The Linux probe on a real bus: a private dbus-daemon with mocked NetworkManager and UPower. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstValueFrom, filter, timeout } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProbeReading } from '../../core/model/schedule.ts'
import { openPowerAndNetwork, type PowerAndNetwork } from '../../e2e/fixtures/power-and-network.ts'
import { openLinuxProbe } from './linux.ts'
import { unknownReading, wallTimer, type Probe, type Timer } from './probe.ts'

/** Waits of half a second and more (retries) pass quickly; the coalescing window stays as it is. */
const hastyTimer: Timer = (ms, ring) => wallTimer(ms >= 500 && ms !== 2000 ? 20 : ms, ring)

function openProbe(address: string): Probe {
  return openLinuxProbe({ address, now: () => 0, timer: hastyTimer })
}

function until(probe: Probe, wanted: Partial<ProbeReading>): Promise<ProbeReading> {
  const matches = (reading: ProbeReading): boolean =>
    Object.entries(wanted).every(([name, value]) => Object.entries(reading).some(([n, v]) => n === name && v === value))
  return firstValueFrom(probe.readings$.pipe(filter(matches), timeout(10_000)))
}

describe('the Linux probe on D-Bus', { timeout: 60_000 }, () => {
  let bus: PowerAndNetwork
  let probe: Probe

  beforeAll(async () => {
    bus = await openPowerAndNetwork()
    probe = openProbe(bus.address)
  }, 30_000)

  afterAll(async () => {
    await probe.close()
    await bus.stop()
  })

  it('reads mains and an unmetered network at once', async () => {
    const reading = await until(probe, { source: 'linux-dbus' })
    expect(reading).toMatchObject({
      metered: 'unmetered',
      networkName: 'Home',
      reach: 'full',
      power: 'mains',
      level: 80,
    })
  })

  it('S5 follows what NetworkManager is told, guesses and does not know', async () => {
    await bus.metered(true)
    expect(await until(probe, { metered: 'metered' })).toMatchObject({ guessed: false })
    await bus.metered('guess-no')
    expect(await until(probe, { metered: 'unmetered' })).toMatchObject({ guessed: true })
    await bus.metered('unknown')
    await until(probe, { metered: 'unknown' })
    await bus.metered('guess-yes')
    expect(await until(probe, { metered: 'metered' })).toMatchObject({ guessed: true })
    await bus.metered(false)
    await until(probe, { metered: 'unmetered', guessed: false })
  })

  it('follows the battery and mains', async () => {
    await bus.battery(43)
    await until(probe, { power: 'battery', level: 43, hasBattery: true })
    await bus.mains(44)
    await until(probe, { power: 'mains', level: 44 })
    await bus.desktop()
    await until(probe, { power: 'mains', level: null, hasBattery: false })
    await bus.mains()
    await until(probe, { power: 'mains', level: 80 })
  })

  it('follows networks, offline and sign-in pages', async () => {
    const home = (await until(probe, { networkName: 'Home' })).networkId
    await bus.join({ name: 'Pixel hotspot', uuid: 'b1' })
    expect((await until(probe, { networkName: 'Pixel hotspot' })).networkId).not.toBe(home)
    await bus.captive()
    await until(probe, { reach: 'portal', networkName: 'Pixel hotspot' })
    await bus.offline()
    await until(probe, { reach: 'none', networkId: null, metered: 'unknown' })
    await bus.online()
    await until(probe, { reach: 'full', networkName: 'Pixel hotspot', metered: 'unmetered' })
  })

  it('reads twice at once in a burst of changes, and once more when the burst is over', async () => {
    const windows: (() => void)[] = []
    const heldTimer: Timer = (ms, ring) => {
      if (ms !== 100) return hastyTimer(ms, ring)
      windows.push(ring)
      return () => undefined
    }
    const patient = openLinuxProbe({ address: bus.address, now: () => 0, timer: heldTimer })
    const seen: ProbeReading[] = []
    const watching = patient.readings$.subscribe(reading => seen.push(reading))
    await until(patient, { metered: 'unmetered', power: 'mains' })
    seen.length = 0
    for (let i = 0; i < 15; i += 1) await bus.metered(i % 2 === 0)
    await bus.battery(17)
    // The other probe has seen the last change, so this one was told as well.
    await until(probe, { metered: 'metered', power: 'battery', level: 17 })
    expect(seen.length).toBeLessThanOrEqual(2)
    expect(windows).toHaveLength(1)
    windows[0]?.()
    await until(patient, { metered: 'metered', power: 'battery', level: 17 })
    expect(seen.length).toBeLessThanOrEqual(3)
    watching.unsubscribe()
    await patient.close()
    await bus.mains()
    await bus.metered(false)
    await until(probe, { metered: 'unmetered', power: 'mains' })
  })

  it('S5 knows nothing of the network once NetworkManager is gone, and keeps power', async () => {
    await bus.endService('NetworkManager')
    const reading = await until(probe, { metered: 'unknown' })
    expect(reading).toMatchObject({ networkId: null, networkName: null, reach: 'unknown', power: 'mains' })
  })

  it('S5 knows nothing of power once UPower is gone', async () => {
    await bus.endService('UPower')
    await until(probe, { power: 'unknown', level: null, hasBattery: null })
  })
})

describe('the Linux probe without a bus', { timeout: 60_000 }, () => {
  it('S5 knows nothing, and reads again as soon as a bus is there; loses it and finds it again', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'farfield-bus-'))
    const probe = openProbe(`unix:path=${join(folder, 'bus')}`)
    expect(await until(probe, { source: 'linux-dbus' })).toEqual(unknownReading('linux-dbus', 0))
    const first = await openPowerAndNetwork({ folder })
    await until(probe, { metered: 'unmetered', power: 'mains' })
    await first.stop()
    expect(await until(probe, { metered: 'unknown' })).toEqual(unknownReading('linux-dbus', 0))
    const second = await openPowerAndNetwork({ folder })
    await second.battery(12)
    await until(probe, { metered: 'unmetered', power: 'battery', level: 12 })
    await probe.close()
    await second.stop()
    await rm(folder, { recursive: true, force: true })
  })

  it('S5 knows nothing where the address makes no sense', async () => {
    const probe = openProbe('carrier-pigeon:coop=3')
    expect(await until(probe, { source: 'linux-dbus' })).toEqual(unknownReading('linux-dbus', 0))
    await probe.close()
  })
})
