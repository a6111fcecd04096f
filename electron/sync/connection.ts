/**
 * How this laptop reaches its hub, kept inside the encrypted database and nowhere else. It holds the device's token and
 * the workspace's hash key: it must never be printed, nor handed to the page.
 */
import * as v from 'valibot'
import type { SettingStore } from '../../core/database/database.ts'
import type { HubConnection } from '../../core/replication/providers/hub.ts'

const KEY = 'sync.connection'
const text = v.pipe(v.string(), v.minLength(1), v.maxLength(1000))

const schema = v.object({
  host: text,
  port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)),
  spki: text,
  workspace: text,
  token: text,
  hashKey: text,
  hubName: v.string(),
}) satisfies v.GenericSchema<unknown, HubConnection>

export async function readConnection(settings: SettingStore): Promise<HubConnection | undefined> {
  const stored = v.safeParse(schema, await settings.get(KEY))
  return stored.success ? stored.output : undefined
}

export function keepConnection(settings: SettingStore, connection: HubConnection): Promise<void> {
  const { host, port, spki, workspace, token, hashKey, hubName } = connection
  return settings.set(KEY, { host, port, spki, workspace, token, hashKey, hubName })
}

export function forgetConnection(settings: SettingStore): Promise<void> {
  return settings.set(KEY, null)
}
