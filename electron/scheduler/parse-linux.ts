/**
 * From raw D-Bus properties of NetworkManager, UPower and PowerProfiles to a reading. Pure; whatever is missing or of
 * another type than documented becomes 'unknown'.
 *
 * Values: NMMetered, NMState and NMConnectivityState of the NetworkManager D-Bus reference; UPower 1.0's D-Bus reference.
 */
import { createHash } from 'node:crypto'
import type { Metering, ProbeReading } from '../../core/model/schedule.ts'

export type Properties = { readonly [name: string]: unknown }

/** What was read; undefined where the service did not answer. */
export interface LinuxFacts {
  /** org.freedesktop.NetworkManager */
  readonly manager: Properties | undefined
  /** org.freedesktop.NetworkManager.Connection.Active of the connection in use. */
  readonly connection: Properties | undefined
  /** org.freedesktop.UPower */
  readonly upower: Properties | undefined
  /** org.freedesktop.UPower.Device of the display device */
  readonly display: Properties | undefined
  /** net.hadess.PowerProfiles, or its newer name */
  readonly profiles: Properties | undefined
}

export function parseLinux(facts: LinuxFacts, at: number): ProbeReading {
  const { manager, connection, upower, display, profiles } = facts
  const uuid = textOf(connection?.['Uuid'])
  const metered = numberOf(manager?.['Metered'])
  return {
    metered: meteringOf(metered),
    guessed: metered === 3 || metered === 4,
    roamingOrOverLimit: false,
    networkId: uuid === undefined ? null : hashNetwork(uuid),
    networkName: textOf(connection?.['Id']) ?? null,
    reach: reachOf(numberOf(manager?.['State']), numberOf(manager?.['Connectivity'])),
    power: upower?.['OnBattery'] === true ? 'battery' : upower?.['OnBattery'] === false ? 'mains' : 'unknown',
    level: levelOf(display),
    hasBattery: typeof display?.['IsPresent'] === 'boolean' ? display['IsPresent'] : null,
    saver: profiles?.['ActiveProfile'] === 'power-saver',
    suspended: false,
    source: 'linux-dbus',
    at,
  }
}

/** Stays the same for one connection profile of this computer and tells nothing about it. */
export function hashNetwork(uuid: string): string {
  return createHash('sha256').update(`farfield network ${uuid}`).digest('hex').slice(0, 16)
}

/** yes 1, no 2, guess-yes 3, guess-no 4; 0 and anything else is unknown (rule S5). */
function meteringOf(metered: number | undefined): Metering {
  if (metered === 1 || metered === 3) return 'metered'
  if (metered === 2 || metered === 4) return 'unmetered'
  return 'unknown'
}

/** By state first: on a local network without a way out connectivity is 'none', and a hub may still be near. */
function reachOf(state: number | undefined, connectivity: number | undefined): ProbeReading['reach'] {
  if (state !== undefined && state >= 10 && state <= 40) return 'none'
  if (connectivity === 2) return 'portal'
  if (connectivity === 3) return 'limited'
  if (connectivity === 4) return 'full'
  return 'unknown'
}

/** The display device says 0 % where there is no battery. */
function levelOf(display: Properties | undefined): number | null {
  const level = numberOf(display?.['Percentage'])
  if (display?.['IsPresent'] !== true || level === undefined) return null
  return level >= 0 && level <= 100 ? Math.round(level) : null
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
