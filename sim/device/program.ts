/**
 * One run of Farfield on a simulated laptop, from start to cut or quit: the real workspace, the real replication and the
 * real hub provider. Bundled into a script of its own that is evaluated anew for every run, as a real start would be, and
 * that sees no clock, timer, random source or network but those of its laptop.
 */
import { BehaviorSubject, firstValueFrom } from 'rxjs'
import { goBack, readCarried, type Carried } from '../../core/database/going-back.ts'
import { openWorkspace, type Workspace } from '../../core/database/workspace.ts'
import { createHubProvider, type HubConnection } from '../../core/replication/providers/hub.ts'
import type { HubTransport } from '../../core/replication/providers/hub-transport.ts'
import { openReplication, type ReplicationState } from '../../core/replication/replication.ts'
import type { Timer } from '../../core/replication/timer.ts'
import type { Disk } from '../world/disk.ts'
import { createDiskStorage, type Gate } from './storage.ts'
import { createPerson, type Person } from './person.ts'

export interface ProgramHost {
  readonly disk: Disk
  readonly gate: Gate
  readonly name: string
  readonly now: () => number
  readonly timer: Timer
  readonly random: (bytes: number) => Uint8Array
  readonly hash: (text: string) => string
  readonly connection: HubConnection
  readonly wire: Pick<HubTransport, 'request' | 'stream'>
  readonly pageRows: number
  readonly report: (error: unknown) => void
  /** Set where an older image of the disk has taken its place. */
  readonly wentBack: { readonly mark: string; readonly carried: Carried | undefined } | undefined
}

export interface Program {
  readonly device: string
  readonly person: Person
  readonly state: () => ReplicationState
  start(): Promise<void>
  abort(): Promise<void>
  drain(): Promise<void>
  resync(): void
  carried(): Promise<Carried>
  quit(): Promise<void>
}

export async function run(host: ProgramHost): Promise<Program> {
  const workspace = await openWorkspace({
    storage: createDiskStorage(host.disk, host.gate),
    name: 'workspace',
    now: host.now,
    random: host.random,
    report: host.report,
  })
  if (host.wentBack !== undefined) await goBack(workspace, host.wentBack.carried, host.wentBack.mark)
  await nameDevice(workspace, host.name)
  const bytes$ = new BehaviorSubject({ sent: 0, received: 0 })
  const transport: HubTransport = {
    ...host.wire,
    bytes$,
    // Files travel on their own and are not simulated.
    upload: () => Promise.resolve({ ok: false, failure: { code: 'unreachable' } }),
    download: () => Promise.resolve({ ok: false, failure: { code: 'unreachable' } }),
    negotiated: () => undefined,
    close: () => Promise.resolve(),
  }
  const provider = createHubProvider({ transport, connection: host.connection, timer: host.timer })
  const replication = await openReplication({
    workspace,
    provider,
    identity: host.connection.workspace,
    hash: host.hash,
    now: host.now,
    timer: host.timer,
    pageRows: host.pageRows,
  })
  return {
    device: workspace.device,
    person: createPerson(workspace),
    state: () => replication.state,
    start: () => replication.start(),
    abort: () => replication.abort(),
    drain: () => replication.drain(),
    resync: () => replication.resync(),
    carried: () => readCarried(workspace, []),
    async quit() {
      await replication.close()
      await provider.close()
      await workspace.close()
    },
  }
}

async function nameDevice(workspace: Workspace, name: string): Promise<void> {
  if ((await firstValueFrom(workspace.devices.own$)) !== null) return
  const named = await workspace.devices.name(name)
  if (!named.ok) throw new Error(named.failure.code)
}
