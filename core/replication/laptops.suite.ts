/**
 * What replication's tests share: laptops with real workspaces and the real transport, and a real hub behind a proxy that
 * breaks the way. Clocks are their own; nothing is mocked.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RxStorage } from 'rxdb/plugins/core'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { firstValueFrom } from 'rxjs'
import { openProxy, type Proxy } from '../../e2e/fixtures/proxy.ts'
import { createHubTransport } from '../../electron/security/hub-transport.ts'
import { type Hub, type HubOptions, openHub } from '../../hub/server.ts'
import { canonicalJson } from '../model/canonical.ts'
import { parsePairingCode } from '../model/protocol.ts'
import type { Result } from '../model/failure.ts'
import type { RecordView } from '../model/api.ts'
import type { RecordType } from '../model/record-type.ts'
import type { Value } from '../model/record.ts'
import { openWorkspace, type Workspace } from '../database/workspace.ts'
import { createHubProvider, type HubConnection, pairWithHub } from './providers/hub.ts'
import type { Provider } from './provider.ts'
import { openReplication, type Replication } from './replication.ts'
import { realTimer } from './timer.ts'

export const PUMP: RecordType = {
  id: 'pump',
  name: 'Pump',
  icon: 'gauge',
  fields: [
    { id: 'name', kind: 'text', label: 'Name' },
    { id: 'place', kind: 'text', label: 'Place' },
    { id: 'flow', kind: 'number', label: 'Flow' },
    {
      id: 'tags',
      kind: 'choices',
      label: 'Tags',
      choices: [
        { id: 'a', label: 'A' },
        { id: 'b', label: 'B' },
        { id: 'c', label: 'C' },
      ],
    },
  ],
}

export interface TestHub {
  readonly proxy: Proxy
  readonly folder: string
  readonly hub: Hub
  /** A code that leads through the proxy. */
  pairingCode(): Promise<ReturnType<typeof parsePairingCode>>
  stop(): Promise<void>
  /** Again, on the same folder and with the same options but for these. */
  start(change?: Partial<HubOptions>): Promise<void>
  close(): Promise<void>
}

export async function openTestHub(options: Partial<HubOptions> = {}): Promise<TestHub> {
  const folder = mkdtempSync(join(tmpdir(), 'farfield-sync-'))
  const open = (change: Partial<HubOptions> = {}): Promise<Hub> =>
    openHub({
      dataFolder: folder,
      name: 'Test hub',
      nativeBinding: process.env['FARFIELD_SQLITE_ADDON'],
      now: Date.now,
      random: randomBytes,
      ...options,
      ...change,
    })
  let hub = await open()
  const proxy = await openProxy({ port: hub.port })
  return {
    proxy,
    folder,
    get hub() {
      return hub
    },
    async pairingCode() {
      const code = parsePairingCode(await hub.pairingCode())
      return code === undefined ? undefined : { ...code, host: '127.0.0.1', port: proxy.port }
    },
    stop: () => hub.close(),
    async start(change) {
      hub = await open(change)
      proxy.aim(hub.port)
    },
    async close() {
      await hub.close()
      await proxy.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export interface Laptop {
  readonly workspace: Workspace
  readonly provider: Provider
  readonly replication: Replication
  readonly connection: HubConnection
  readonly reports: unknown[]
  /** Syncs until both digests are equal and nothing waits, then goes offline again. */
  sync(): Promise<void>
  create(cells: { readonly [field: string]: Value }): Promise<string>
  edit(record: string, field: string, value: Value): Promise<void>
  view(record: string): Promise<RecordView>
  /** Everything this laptop holds, as text that two laptops can be compared by. */
  dump(): Promise<string>
  /** Ends it like a crash-free quit and opens it again on the same storage. */
  close(): Promise<void>
}

export interface LaptopOptions {
  readonly name: string
  /** Opened elsewhere; this laptop closes it. */
  readonly workspace?: Workspace
  readonly storage?: RxStorage<unknown, unknown>
  readonly databaseName?: string
  readonly now?: () => number
  readonly connection?: HubConnection
  readonly pageRows?: number
  readonly wrap?: (provider: Provider) => Provider
}

let counter = 0

export async function openLaptop(hub: TestHub, options: LaptopOptions): Promise<Laptop> {
  const now = options.now ?? Date.now
  const reports: unknown[] = []
  const opening =
    options.workspace ??
    openWorkspace({
      storage: options.storage ?? getRxStorageMemory(),
      name: options.databaseName ?? `laptop-${(counter += 1)}`,
      now,
      random: randomBytes,
      report: error => reports.push(error),
    })
  const workspace = await opening
  const connection = options.connection ?? (await pair(hub, workspace.device, options.name))
  const transport = createHubTransport({ ...connection, silenceMs: 1_500 })
  const real = createHubProvider({ transport, connection, timer: realTimer, reconnectMs: 30 })
  const provider = options.wrap?.(real) ?? real
  const key = Buffer.from(connection.hashKey, 'base64url')
  const replication = await openReplication({
    workspace,
    provider,
    identity: connection.workspace,
    hash: text => createHmac('sha256', key).update(text).digest('hex'),
    now,
    retryMs: 40,
    watchdogMs: 500,
    ...(options.pageRows === undefined ? {} : { pageRows: options.pageRows }),
  })
  if ((await firstValueFrom(workspace.devices.own$)) === null) must(await workspace.devices.name(options.name))
  const { records } = workspace

  return {
    workspace,
    provider,
    replication,
    connection,
    reports,
    async sync() {
      // "In sync" may still be said of the run before: this one has compared once the property is told anew.
      let compared = 0
      let last = replication.state.lastSyncAt
      const told = replication.state$.subscribe(({ lastSyncAt }) => {
        if (lastSyncAt !== last) compared += 1
        last = lastSyncAt
      })
      await replication.start()
      await until(
        () => compared > 0 && replication.state.inSync,
        () => describe(replication),
      )
      told.unsubscribe()
      await replication.abort()
    },
    create: async cells => must(await records.create(PUMP.id, cells)).id,
    async edit(record, field, value) {
      must(await records.edit([{ record, field, value }]))
    },
    async view(record) {
      const view = await records.read(record)
      if (view === null) throw new Error('no such record here')
      return view
    },
    async dump() {
      const { tables } = workspace.context
      const strip = <T extends object>(all: readonly T[]) =>
        all
          .map(each =>
            Object.fromEntries(Object.entries(each).filter(([key]) => !key.startsWith('_') && key !== 'unsent')),
          )
          .map(each => canonicalJson(each))
          .sort()
      return JSON.stringify(
        [
          ...strip(await tables.records.find({})),
          ...strip(await tables.types.find({})),
          ...strip(await tables.devices.find({})),
          ...strip(await tables.history.find({})),
        ],
        null,
        1,
      )
    },
    async close() {
      await replication.close()
      await provider.close()
      await workspace.close()
    },
  }
}

async function pair(hub: TestHub, device: string, name: string): Promise<HubConnection> {
  const code = await hub.pairingCode()
  if (code === undefined) throw new Error('no pairing code')
  const transport = createHubTransport(code)
  const paired = must(await pairWithHub(transport, code, { id: device, name }, new AbortController().signal))
  await transport.close()
  return paired
}

export function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.code} ${result.failure.detail ?? ''}`)
  return result.value
}

export async function until(
  holds: () => boolean | Promise<boolean>,
  explain: () => string = () => '',
  ms = 8_000,
): Promise<void> {
  const end = Date.now() + ms
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`never came true: ${explain()}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

function describe(replication: Replication): string {
  return JSON.stringify(replication.state)
}
