/**
 * A connection to the D-Bus system bus that comes back by itself: reads properties, tells when watched services change.
 * It never throws; a service or a bus that does not answer is `undefined`.
 */
import type { Message, MessageBus } from 'dbus-native'
import type { Properties } from './parse-linux.ts'
import type { Timer } from './probe.ts'

const CALL_TIMEOUT_MS = 3000
const FIRST_RETRY_MS = 1000
const LONGEST_RETRY_MS = 30_000
const SIGNAL = 4
const NO_AUTO_START = 2

export interface Watched {
  /** Well-known name: the bus keeps the match right while services restart. */
  readonly service: string
  /** Objects whose PropertiesChanged matter. */
  readonly paths: readonly string[]
  /** Every object below these as well. */
  readonly below?: readonly string[]
}

export interface SystemBus {
  /** All properties of one interface. `wake` lets the bus start the service. */
  read(service: string, path: string, face: string, wake: boolean): Promise<Properties | undefined>
  close(): Promise<void>
}

export interface SystemBusDeps {
  readonly address: string
  readonly timer: Timer
  readonly watched: readonly Watched[]
  /** The matches stand: time to read. Again after each reconnection. */
  onUp(): void
  onDown(): void
  /** A watched property changed, or a watched service came or went. */
  onSignal(): void
}

export function systemBusAddress(env: { readonly [name: string]: string | undefined }): string {
  return env['DBUS_SYSTEM_BUS_ADDRESS'] ?? 'unix:path=/run/dbus/system_bus_socket'
}

export function openSystemBus(deps: SystemBusDeps): SystemBus {
  let bus: MessageBus | undefined
  let retryMs = FIRST_RETRY_MS
  let cancelRetry = (): void => {}
  let closed = false

  void connect()

  return {
    async read(service, path, face, wake) {
      const asked = bus
      if (asked === undefined) return undefined
      try {
        const answer: unknown = await asked.invoke<unknown>(
          {
            destination: service,
            path,
            interface: 'org.freedesktop.DBus.Properties',
            member: 'GetAll',
            signature: 's',
            body: [face],
            flags: wake ? 0 : NO_AUTO_START,
          },
          { timeout: CALL_TIMEOUT_MS },
        )
        return isProperties(answer) ? answer : undefined
      } catch {
        return undefined
      }
    },
    async close() {
      closed = true
      cancelRetry()
      const last = bus
      bus = undefined
      await last?.close()
    },
  }

  async function connect(): Promise<void> {
    let client: MessageBus
    try {
      // Loaded only now: evaluating it costs some 20 ms that the window should not wait for.
      const { createClient } = await import('dbus-native')
      if (closed) return
      client = createClient({ busAddress: deps.address, fdTransport: false })
    } catch {
      // No such kind of address.
      deps.onDown()
      retryLater()
      return
    }
    bus = client
    let lost = false
    const lose = (): void => {
      if (lost) return
      lost = true
      if (bus === client) bus = undefined
      if (closed) return
      deps.onDown()
      retryLater()
    }
    client.connection.on('error', lose)
    client.connection.on('close', lose)
    client.connection.on('end', lose)
    client.connection.on('handlerError', () => {
      client.connection.end()
    })
    client.connection.on('message', (message: Message) => {
      if (message.type !== SIGNAL) return
      if (message.member === 'PropertiesChanged' || message.member === 'NameOwnerChanged') deps.onSignal()
    })
    Promise.all(listRules(deps.watched).map(async rule => client.addMatch(rule))).then(
      () => {
        if (lost || closed) return
        retryMs = FIRST_RETRY_MS
        deps.onUp()
      },
      () => {
        client.connection.end()
        lose()
      },
    )
  }

  function retryLater(): void {
    cancelRetry = deps.timer(retryMs, () => void connect())
    retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2)
  }
}

function listRules(watched: readonly Watched[]): readonly string[] {
  return watched.flatMap(({ service, paths, below = [] }) => {
    const changed = `type='signal',sender='${service}',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'`
    return [
      `type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='${service}'`,
      ...paths.map(path => `${changed},path='${path}'`),
      ...below.map(path => `${changed},path_namespace='${path}'`),
    ]
  })
}

function isProperties(value: unknown): value is Properties {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
