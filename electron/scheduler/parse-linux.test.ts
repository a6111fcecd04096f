import { describe, expect, it } from 'vitest'
import { hashNetwork, parseLinux, type LinuxFacts, type Properties } from './parse-linux.ts'
import { unknownReading } from './probe.ts'

const NOTHING: LinuxFacts = {
  manager: undefined,
  connection: undefined,
  upower: undefined,
  display: undefined,
  profiles: undefined,
}

/** As NetworkManager 1.42 and UPower 0.99 answer on a laptop at home, on mains (values read off Debian 12). */
const AT_HOME: LinuxFacts = {
  manager: {
    Metered: 4,
    State: 70,
    Connectivity: 4,
    PrimaryConnection: '/org/freedesktop/NetworkManager/ActiveConnection/1',
  },
  connection: { Id: 'Home', Uuid: '8f0c1a52-6c1e-4b1b-9f2e-3f6f6a0c0001', Type: '802-11-wireless', State: 2 },
  upower: { OnBattery: false, LidIsPresent: true },
  display: { IsPresent: true, Percentage: 79.6, State: 2, WarningLevel: 1 },
  profiles: { ActiveProfile: 'balanced' },
}

const withManager = (manager: Properties) => parseLinux({ ...AT_HOME, manager: { ...AT_HOME.manager, ...manager } }, 5)

describe('parseLinux', () => {
  it('reads a laptop at home, on mains with a discharging battery', () => {
    expect(parseLinux(AT_HOME, 5)).toEqual({
      metered: 'unmetered',
      guessed: true,
      roamingOrOverLimit: false,
      networkId: hashNetwork('8f0c1a52-6c1e-4b1b-9f2e-3f6f6a0c0001'),
      networkName: 'Home',
      reach: 'full',
      power: 'mains',
      level: 80,
      hasBattery: true,
      saver: false,
      suspended: false,
      source: 'linux-dbus',
      at: 5,
    })
  })

  it('S5 takes a guess for its word, and everything else for unknown', () => {
    const found = [0, 1, 2, 3, 4, 5, -1, '2', true, null].map(Metered => withManager({ Metered }).metered)
    const unknown = 'unknown'
    expect(found).toEqual([unknown, 'metered', 'unmetered', 'metered', 'unmetered', ...Array<string>(5).fill(unknown)])
  })

  it('S5 says unknown for every service that did not answer', () => {
    expect(parseLinux(NOTHING, 7)).toEqual(unknownReading('linux-dbus', 7))
  })

  it('says unknown for properties of another type', () => {
    const odd = {
      Metered: 'no',
      State: '70',
      Connectivity: [4],
      OnBattery: 0,
      Percentage: '80',
      IsPresent: 1,
      Uuid: 9,
      Id: {},
    }
    const facts = { manager: odd, connection: odd, upower: odd, display: odd, profiles: odd }
    expect(parseLinux(facts, 7)).toEqual(unknownReading('linux-dbus', 7))
  })

  it('is offline only when NetworkManager is connected to nothing: a local network without a way out may have a hub', () => {
    expect([10, 20, 30, 40].map(State => withManager({ State, Connectivity: 1 }).reach)).toEqual(Array(4).fill('none'))
    expect(withManager({ State: 50, Connectivity: 1 }).reach).toBe('unknown')
    expect(withManager({ State: 70, Connectivity: 2 }).reach).toBe('portal')
    expect(withManager({ State: 60, Connectivity: 3 }).reach).toBe('limited')
  })

  it('has no level without a battery', () => {
    const facts = { ...AT_HOME, display: { IsPresent: false, Percentage: 0 } }
    expect(parseLinux(facts, 5)).toMatchObject({ level: null, hasBattery: false, power: 'mains' })
  })

  it('knows the power saver', () => {
    expect(parseLinux({ ...AT_HOME, profiles: { ActiveProfile: 'power-saver' } }, 5).saver).toBe(true)
  })

  it('tells networks apart without telling their name or uuid', () => {
    const { networkId } = parseLinux(AT_HOME, 5)
    expect(networkId).toMatch(/^[0-9a-f]{16}$/)
    expect(networkId).not.toBe(hashNetwork('another'))
  })
})
