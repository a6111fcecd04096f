import { randomBytes } from 'node:crypto'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { BehaviorSubject, filter, firstValueFrom, Subject } from 'rxjs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { openWorkspace, type Workspace } from '../../core/database/workspace.ts'
import type { SyncView } from '../../core/model/api.ts'
import { formatPairingCode } from '../../core/model/protocol.ts'
import type { ProbeReading } from '../../core/model/schedule.ts'
import { openTestHub, PUMP, type TestHub } from '../../core/replication/laptops.suite.ts'
import { unknownReading } from '../scheduler/probe.ts'
import { openSync, type Sync } from './sync.ts'

const HOME: ProbeReading = {
  ...unknownReading('test', 0),
  metered: 'unmetered',
  networkId: 'home',
  networkName: 'Home',
  reach: 'full',
  power: 'mains',
  level: 90,
  hasBattery: true,
}

describe('syncing, put together', () => {
  let hub: TestHub
  const opened: { sync: Sync; workspace: Workspace }[] = []
  const reported: unknown[] = []
  let counter = 0
  beforeAll(async () => {
    hub = await openTestHub()
  })
  afterEach(async () => {
    for (const { sync, workspace } of opened.splice(0)) {
      await sync.close()
      await workspace.close()
    }
    expect(reported.splice(0)).toEqual([])
  })
  afterAll(() => hub.close())

  const code = async () => {
    const fresh = await hub.pairingCode()
    if (fresh === undefined) throw new Error('no code')
    return fresh
  }
  async function open(reading = HOME, storage = getRxStorageMemory(), name = `sync-${(counter += 1)}`) {
    const workspace = await openWorkspace({
      storage,
      name,
      now: Date.now,
      random: randomBytes,
      report: error => reported.push(error),
    })
    const readings$ = new BehaviorSubject(reading)
    const sync = await openSync({
      workspace,
      depot: new Promise(() => undefined),
      probe: { readings$, refresh: () => undefined, close: () => Promise.resolve() },
      suspended$: new Subject(),
      suggestedDeviceName: 'Field laptop',
      now: Date.now,
      random: () => 0.5,
      report: error => reported.push(error),
    })
    opened.push({ sync, workspace })
    const until = (good: (view: SyncView) => boolean) => firstValueFrom(sync.view$.pipe(filter(good)))
    const create = async (title: string) => {
      const made = await workspace.records.create('pump', { name: title })
      if (!made.ok) throw new Error(made.failure.code)
      return made.value.id
    }
    return { workspace, readings$, sync, until, create, storage, name }
  }
  const pair = async (laptop: Awaited<ReturnType<typeof open>>) => {
    expect(await laptop.sync.pair(formatPairingCode(await code()))).toMatchObject({
      ok: true,
      value: { name: 'Test hub', verified: true, tls: 'TLS 1.3' },
    })
  }
  const all = async ({ workspace }: { workspace: Workspace }) => (await firstValueFrom(workspace.records.counts$)).all

  it('offers everything once a hub is paired, and another laptop gets it', async () => {
    const one = await open()
    await one.workspace.types.save(PUMP)
    await one.create('Alpha')
    expect(await one.until(() => true)).toMatchObject({ reason: 'off', provider: null, waiting: { records: 0 } })
    await pair(one)
    const view = await one.until(({ inSync }) => inSync)
    expect(view).toMatchObject({ reason: 'upToDate', waiting: { records: 0, bytes: 0 }, overridable: false })
    expect(view.bytesSent).toBeGreaterThan(500)
    const two = await open()
    await pair(two)
    await two.until(({ inSync }) => inSync)
    expect(await all(two)).toBe(1)
  })

  it('S2 S4: sends nothing from the moment the mains are gone, and says why', async () => {
    const one = await open()
    await one.workspace.types.save(PUMP)
    await pair(one)
    await one.until(({ inSync }) => inSync)
    one.readings$.next({ ...HOME, power: 'battery', level: 43 })
    const paused = await one.until(({ reason }) => reason === 'onBattery')
    expect(paused).toMatchObject({ facts: { battery: 43, networkName: 'Home' }, overridable: true })
    // The drained run still closes its connections.
    await new Promise(resolve => setTimeout(resolve, 300))
    const before = await one.until(() => true)
    await one.create('Bravo')
    const waiting = await one.until(view => view.waiting.records === 1)
    expect(waiting).toMatchObject({ reason: 'onBattery', inSync: false })
    await new Promise(resolve => setTimeout(resolve, 300))
    const after = await one.until(() => true)
    expect([after.bytesSent, after.bytesReceived]).toEqual([before.bytesSent, before.bytesReceived])
  })

  it('S3: "Sync once anyway" runs on a metered network until nothing waits', async () => {
    const one = await open({ ...HOME, metered: 'metered' })
    await one.workspace.types.save(PUMP)
    await pair(one)
    await one.create('Charlie')
    expect(await one.until(view => view.waiting.records === 1)).toMatchObject({ reason: 'metered', overridable: true })
    expect(await one.sync.once()).toEqual({ ok: true, value: null })
    const done = await one.until(({ inSync }) => inSync)
    expect(done.waiting.records).toBe(0)
    expect((await one.until(({ reason }) => reason === 'metered')).lastSyncAt).not.toBeNull()
  })

  it('S5: remembers what a person said about a network, over a restart', async () => {
    const one = await open({ ...HOME, metered: 'unknown' })
    await pair(one)
    await one.until(({ reason }) => reason === 'meteredUnknown')
    await one.sync.treatNetwork('unmetered')
    await one.until(({ inSync }) => inSync)
    expect(one.sync.policy().networks).toEqual({ home: 'unmetered' })
    await one.sync.close()
    opened.pop()
    const again = await openSync({
      workspace: one.workspace,
      depot: new Promise(() => undefined),
      probe: { readings$: one.readings$, refresh: () => undefined, close: () => Promise.resolve() },
      suspended$: new Subject(),
      suggestedDeviceName: 'x',
      now: Date.now,
      random: () => 0.5,
      report: error => reported.push(error),
    })
    opened.push({ sync: again, workspace: one.workspace })
    const view = await firstValueFrom(again.view$.pipe(filter(({ inSync }) => inSync)))
    expect(view.provider?.name).toBe('Test hub')
    await again.treatNetwork('detect')
    expect(again.policy().networks).toEqual({})
  })

  it('is paused until resumed, and keeps all data when the hub is left', async () => {
    const one = await open()
    await one.workspace.types.save(PUMP)
    await pair(one)
    await one.until(({ inSync }) => inSync)
    await one.sync.pause(null)
    await one.until(({ reason }) => reason === 'pausedByUser')
    await one.create('Delta')
    await one.sync.resume()
    await one.until(({ inSync, waiting }) => inSync && waiting.records === 0)
    const had = await all(one)
    const known = (await hub.hub.listDevices()).length
    expect(await one.sync.leave()).toEqual({ ok: true, value: null })
    // Its token ended with it; nobody has to think of revoking it.
    expect((await hub.hub.listDevices()).length).toBe(known - 1)
    expect(await one.until(({ reason }) => reason === 'off')).toMatchObject({ provider: null, inSync: false })
    expect(await all(one)).toBe(had)
    expect(await one.sync.leave()).toMatchObject({ failure: { code: 'notConnected' } })
    expect(await one.sync.once()).toMatchObject({ failure: { code: 'notConnected' } })
  })

  it('P10 moves to another hub with everything, and its token at the one before is ended', async () => {
    const other = await openTestHub()
    try {
      const one = await open()
      await one.workspace.types.save(PUMP)
      await pair(one)
      await one.create('Delta')
      await one.until(({ inSync, waiting }) => inSync && waiting.records === 0)
      const wanted = await other.pairingCode()
      if (wanted === undefined) throw new Error('no code')
      expect(await one.sync.pair(formatPairingCode(wanted))).toMatchObject({ ok: true })
      expect(await hub.hub.revokeDevice(one.workspace.device)).toBe(false)
      await one.until(
        ({ inSync, waiting, provider }) => inSync && waiting.records === 0 && provider?.port === wanted.port,
      )
      const two = await open()
      const code = await other.pairingCode()
      if (code === undefined) throw new Error('no code')
      expect(await two.sync.pair(formatPairingCode(code))).toMatchObject({ ok: true })
      await two.until(({ inSync }) => inSync)
      expect(await all(two)).toBe(await all(one))
    } finally {
      for (const { sync, workspace } of opened.splice(0)) {
        await sync.close()
        await workspace.close()
      }
      await other.close()
    }
  })

  it('refuses codes that are no codes, of another hub, or spent, and stays as it was', async () => {
    const one = await open()
    const good = await code()
    const wrongPin = formatPairingCode({ ...good, spki: 'A'.repeat(43) })
    expect(await one.sync.pair('hello')).toMatchObject({ failure: { code: 'badPairingCode' } })
    expect(await one.sync.pair(wrongPin)).toMatchObject({ failure: { code: 'untrusted', detail: 'pin' } })
    expect(await one.sync.pair(formatPairingCode(good))).toMatchObject({ ok: true })
    const two = await open()
    expect(await two.sync.pair(formatPairingCode(good))).toMatchObject({ failure: { code: 'pairingRefused' } })
    expect(await two.until(() => true)).toMatchObject({ reason: 'off', provider: null })
  })

  it('S7: says that the hub does not answer and when it tries again, and loses nothing', async () => {
    const one = await open()
    await one.workspace.types.save(PUMP)
    await pair(one)
    await one.until(({ inSync }) => inSync)
    await hub.stop()
    await one.create('Echo')
    // The count of what waits is told a moment later than the failure.
    const away = await one.until(
      ({ reason, facts, waiting }) => reason === 'unreachable' && facts.until !== undefined && waiting.records === 1,
    )
    expect(away.inSync).toBe(false)
    await hub.start()
    // A person may not want to wait for the next try.
    await one.sync.once()
    expect(await one.until(({ inSync }) => inSync)).toMatchObject({ waiting: { records: 0 } })
  })
})
