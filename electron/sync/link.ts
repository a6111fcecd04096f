/**
 * One hub, connected: the way there, the provider over it, and replication with it. It starts nothing by itself; the
 * scheduler does. Closing it forgets nothing.
 */
import { createHmac } from 'node:crypto'
import type { Workspace } from '../../core/database/workspace.ts'
import { succeed, type Result } from '../../core/model/failure.ts'
import type { PairingCode } from '../../core/model/protocol.ts'
import type { Device } from '../../core/model/record.ts'
import type { Provider } from '../../core/replication/provider.ts'
import {
  createHubProvider,
  pairWithHub,
  signOffFromHub,
  type HubConnection,
} from '../../core/replication/providers/hub.ts'
import type { HubTransport } from '../../core/replication/providers/hub-transport.ts'
import { openReplication, type Replication } from '../../core/replication/replication.ts'
import { realTimer } from '../../core/replication/timer.ts'
import { createHubTransport } from '../security/hub-transport.ts'

export interface Link {
  /** Of the provider and its workspace. */
  readonly identity: string
  readonly provider: Provider
  readonly replication: Replication
  close(): Promise<void>
}

const PAIRING_MS = 20_000
/** A person waits for it. */
const SIGN_OFF_MS = 3_000

/** Spends the code's one-time token. The transport is to be used further, or closed. */
export async function pair(
  code: PairingCode,
  device: Device,
): Promise<Result<{ readonly connection: HubConnection; readonly transport: HubTransport }>> {
  const transport = createHubTransport(code)
  const paired = await pairWithHub(transport, code, device, AbortSignal.timeout(PAIRING_MS))
  if (paired.ok) return succeed({ connection: paired.value, transport })
  await transport.close()
  return paired
}

/** Tells a hub that is left. Whether it hears it changes nothing here. */
export async function signOff(connection: HubConnection): Promise<void> {
  const transport = createHubTransport(connection)
  await signOffFromHub(transport, connection, AbortSignal.timeout(SIGN_OFF_MS))
  await transport.close()
}

export async function openLink(
  workspace: Workspace,
  connection: HubConnection,
  now: () => number,
  transport: HubTransport = createHubTransport(connection),
): Promise<Link> {
  const provider = createHubProvider({ transport, connection, timer: realTimer })
  const key = Buffer.from(connection.hashKey, 'base64url')
  const replication = await openReplication({
    workspace,
    provider,
    identity: connection.workspace,
    hash: text => createHmac('sha256', key).update(text).digest('hex'),
    now,
  })
  return {
    identity: connection.workspace,
    provider,
    replication,
    async close() {
      await replication.close()
      await provider.close()
    },
  }
}
