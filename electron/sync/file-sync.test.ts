/** Photos and files of real laptops: real stores on the disk, the real hub behind a proxy that breaks the way. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { BehaviorSubject, filter, firstValueFrom, Subject } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openWorkspace } from '../../core/database/workspace.ts'
import type { FilePlace, SyncView } from '../../core/model/api.ts'
import { newId } from '../../core/model/id.ts'
import type { FileRef } from '../../core/model/fields/files.ts'
import { formatPairingCode } from '../../core/model/protocol.ts'
import type { ProbeReading } from '../../core/model/schedule.ts'
import { openTestHub, PUMP, type TestHub } from '../../core/replication/laptops.suite.ts'
import { openFiles } from '../files/files.ts'
import { unknownReading } from '../scheduler/probe.ts'
import { openSync } from './sync.ts'

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
const TYPE = { ...PUMP, fields: [...PUMP.fields, { id: 'photos', kind: 'files', label: 'Photos' } as const] }
const LARGEST = 8_000_000

type Laptop = Awaited<ReturnType<typeof openLaptop>>

let counter = 0
/** `like`: the same laptop, begun again. */
async function openLaptop(reading = HOME, like?: { readonly folder: string; readonly again: unknown }) {
  const folder = like?.folder ?? mkdtempSync(join(tmpdir(), 'farfield-file-sync-'))
  const kept = (like?.again ?? {
    storage: getRxStorageMemory(),
    name: `files-${(counter += 1)}`,
    key: randomBytes(32),
  }) as {
    storage: ReturnType<typeof getRxStorageMemory>
    name: string
    key: Uint8Array
  }
  const reported: unknown[] = []
  const report = (error: unknown) => reported.push(error)
  const random = (bytes: number) => new Uint8Array(randomBytes(bytes))
  const workspace = await openWorkspace({ storage: kept.storage, name: kept.name, now: Date.now, random, report })
  const files = await openFiles({
    folder,
    key: kept.key,
    downloads: folder,
    findKept: async () => new Set(),
    mayRemove: () => true,
    workspace,
    random,
    now: Date.now,
    newId: () => newId(random),
    report,
  })
  const readings$ = new BehaviorSubject(reading)
  const sync = await openSync({
    workspace,
    depot: Promise.resolve(files.depot),
    probe: { readings$, refresh: () => undefined, close: () => Promise.resolve() },
    suspended$: new Subject(),
    suggestedDeviceName: 'Laptop',
    now: Date.now,
    random: () => 0.5,
    report,
  })
  let isOpen = true
  const laptop = {
    folder,
    again: kept,
    workspace,
    files,
    sync,
    readings$,
    reported,
    until: (good: (view: SyncView) => boolean) => firstValueFrom(sync.view$.pipe(filter(good))),
    untilPlace: (hash: string, good: (place: FilePlace) => boolean) =>
      firstValueFrom(sync.filePlaces$([hash]).pipe(filter(([place]) => place !== undefined && good(place)))).then(
        ([place]) => place,
      ),
    async pair(hub: TestHub) {
      const code = await hub.pairingCode()
      if (code === undefined) throw new Error('no code')
      expect((await sync.pair(formatPairingCode(code))).ok).toBe(true)
    },
    /** A record with these files, as if they had been dropped on it. */
    async add(contents: readonly Uint8Array[]): Promise<{ record: string; hashes: readonly string[] }> {
      const made = await workspace.records.create('pump', { name: 'With files' })
      if (!made.ok) throw new Error(made.failure.code)
      const hashes: string[] = []
      for (const bytes of contents) {
        const plan = { record: made.value.id, field: 'photos', name: 'a.jpg', bytes: bytes.length, type: 'image/jpeg' }
        const begun = await files.copies.begin(plan)
        if (!begun.ok) throw new Error(begun.failure.code)
        for (let at = 0; at === 0 || at < bytes.length; at += 1_000_000)
          await files.copies.feed(begun.value.job, at, bytes.subarray(at, at + 1_000_000))
        const last = await firstValueFrom(
          files.copies.progress$(begun.value.job).pipe(filter(({ state }) => state === 'done' || state === 'failed')),
        )
        expect(last.state).toBe('done')
        hashes.push(hashOf(bytes))
      }
      return { record: made.value.id, hashes }
    },
    async close() {
      if (!isOpen) return
      isOpen = false
      await sync.close()
      await files.close()
      await workspace.close()
    },
  }
  return laptop
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
async function contentOf({ files }: Laptop, hash: string): Promise<string> {
  const file = await files.depot.open(hash)
  if (file === undefined) return 'absent'
  const found = createHash('sha256')
  for await (const piece of file.read(0, file.bytes)) found.update(piece)
  await file.close()
  return found.digest('hex')
}
const isWhole = (view: SyncView) =>
  view.reason === 'upToDate' && view.inSync && view.files?.counted === true && view.files.fetch.files === 0

describe('photos and files between laptops', { timeout: 30_000 }, () => {
  let hub: TestHub
  const opened: Laptop[] = []
  const folders: string[] = []
  beforeEach(async () => {
    hub = await openTestHub({ limits: { fileBytes: LARGEST } })
  })
  afterEach(async () => {
    for (const laptop of opened.splice(0)) {
      await laptop.close()
      expect(laptop.reported).toEqual([])
    }
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
    await hub.close()
  })

  async function open(...given: Parameters<typeof openLaptop>): Promise<Laptop> {
    const laptop = await openLaptop(...given)
    opened.push(laptop)
    folders.push(laptop.folder)
    return laptop
  }
  async function openPaired(reading?: ProbeReading): Promise<Laptop> {
    const laptop = await open(reading)
    await laptop.workspace.types.save(TYPE)
    await laptop.pair(hub)
    return laptop
  }

  it('a photo added on one is there on the other, the same to the byte, and both say so', async () => {
    const one = await openPaired()
    const two = await openPaired()
    await two.until(isWhole)
    const photo = randomBytes(1_500_000)
    const { hashes } = await one.add([photo, Buffer.alloc(0)])
    for (const hash of hashes) {
      await two.untilPlace(hash, place => place.here)
      expect(await contentOf(two, hash)).toBe(hash)
      expect(await one.untilPlace(hash, place => place.there)).toMatchObject({
        here: true,
        moving: null,
        trouble: null,
      })
    }
    await one.until(isWhole)
    await two.until(isWhole)
    expect(readdirSync(join(two.folder, 'incoming'))).toEqual([])
  })

  it('P9 cut on the way up and down, it goes on at the byte, also after a restart', async () => {
    const one = await openPaired()
    await one.until(isWhole)
    let two = await openPaired()
    await two.until(isWhole)
    const photo = randomBytes(6_000_000)
    const hash = hashOf(photo)
    const before = { ...hub.proxy.bytes }
    hub.proxy.throttle(6_000_000)
    const has = (bytes: number) => (place: FilePlace) => (place.moving?.done ?? 0) > bytes
    await one.add([photo])
    await one.untilPlace(hash, has(2_000_000))
    hub.proxy.cut()
    await two.untilPlace(hash, has(1_200_000))
    hub.proxy.cut()
    await two.untilPlace(hash, has(2_500_000))
    await two.close()
    two = await open(HOME, two)
    await two.untilPlace(hash, has(2_500_000))
    hub.proxy.cut()
    await two.untilPlace(hash, place => place.here)
    expect(await contentOf(two, hash)).toBe(hash)
    const { sent, received } = hub.proxy.bytes
    expect(sent - before.sent).toBeLessThan(1.5 * photo.length)
    expect(received - before.received).toBeLessThan(1.5 * photo.length)
  })

  it('S10 on battery not a byte of a file goes, what waits is counted, and the mains let it go on', async () => {
    const one = await openPaired()
    await one.until(isWhole)
    one.readings$.next({ ...HOME, power: 'battery', level: 43 })
    await one.until(({ reason }) => reason === 'onBattery')
    await new Promise(resolve => setTimeout(resolve, 300))
    const before = await one.until(() => true)
    const photos = [randomBytes(300_000), randomBytes(200_000)]
    const { hashes } = await one.add(photos)
    const waiting = await one.until(({ files }) => files?.send.files === 2)
    expect(waiting.files?.send).toEqual({ files: 2, photos: 0, bytes: 500_000 })
    await new Promise(resolve => setTimeout(resolve, 500))
    const after = await one.until(() => true)
    expect([after.bytesSent, after.bytesReceived]).toEqual([before.bytesSent, before.bytesReceived])
    // Also a laptop that begins on battery knows what waits.
    await one.close()
    const again = await open({ ...HOME, power: 'battery', level: 43 }, one)
    expect((await again.until(({ files }) => files?.counted === true)).files?.send.files).toBe(2)
    again.readings$.next(HOME)
    for (const hash of hashes) await again.untilPlace(hash, place => place.there)
  })

  it('S4 S10 a file on its way stops the moment the mains are gone', async () => {
    const one = await openPaired()
    await one.until(isWhole)
    hub.proxy.throttle(2_000_000)
    const photo = randomBytes(4_000_000)
    await one.add([photo])
    await one.until(({ files }) => (files?.moving?.done ?? 0) > 500_000)
    one.readings$.next({ ...HOME, power: 'battery', level: 43 })
    const stopped = await one.until(view => view.reason === 'onBattery' && view.files?.moving === null)
    expect(stopped.files?.send.files).toBe(1)
    await new Promise(resolve => setTimeout(resolve, 300))
    const then = await one.until(() => true)
    await new Promise(resolve => setTimeout(resolve, 400))
    expect((await one.until(() => true)).bytesSent).toBe(then.bytesSent)
    expect(then.bytesSent).toBeLessThan(3_000_000)
  })

  it('S3 "Fetch now anyway" fetches that one file on a metered network, and no other', async () => {
    const one = await openPaired()
    const { hashes } = await one.add([randomBytes(1_500_000), randomBytes(1_200_000)])
    for (const hash of hashes) await one.untilPlace(hash, place => place.there)
    hub.proxy.throttle(400_000)
    const two = await openPaired()
    await two.until(({ files }) => (files?.fetch.files ?? 0) >= 2)
    two.readings$.next({ ...HOME, metered: 'metered' })
    await two.until(({ reason }) => reason === 'metered')
    hub.proxy.throttle(0)
    const [wanted = '', other = ''] = hashes
    expect(await two.sync.fetchFile(wanted, false)).toEqual({ ok: true, value: null })
    const asked = await two.untilPlace(wanted, place => place.asked)
    expect(asked).toMatchObject({ here: false, moving: null })
    expect((await two.until(() => true)).overridable).toBe(true)
    await two.sync.fetchFile(wanted, true)
    await two.untilPlace(wanted, place => place.here)
    await two.until(({ reason }) => reason === 'metered')
    expect(await two.untilPlace(other, () => true)).toMatchObject({ here: false, moving: null })
    two.readings$.next(HOME)
    await two.untilPlace(other, place => place.here)
  })

  it('a file larger than the hub takes stays, says why, and holds nothing up', async () => {
    const one = await openPaired()
    await one.until(isWhole)
    const before = hub.proxy.bytes.sent
    const { hashes } = await one.add([Buffer.alloc(LARGEST + 1, 7), randomBytes(1000)])
    const [large = '', small = ''] = hashes
    await one.untilPlace(small, place => place.there)
    expect(await one.untilPlace(large, place => place.trouble !== null)).toMatchObject({
      trouble: 'tooLarge',
      there: false,
    })
    const view = await one.until(each => each.reason === 'upToDate' && each.inSync)
    expect(view.files?.troubles).toEqual([{ trouble: 'tooLarge', files: 1, photos: 0, bytes: LARGEST + 1 }])
    expect(hub.proxy.bytes.sent - before).toBeLessThan(100_000)
  })

  it('what the hub does not have is said not to be there, and comes as soon as somebody has sent it', async () => {
    const one = await openPaired()
    const photo = randomBytes(50_000)
    const ref: FileRef = { hash: hashOf(photo), name: 'late.jpg', bytes: photo.length, type: 'image/jpeg' }
    const made = await one.workspace.records.create('pump', { photos: [{ ...ref }] })
    expect(made.ok).toBe(true)
    expect(await one.untilPlace(ref.hash, place => place.trouble !== null)).toMatchObject({ trouble: 'notThere' })
    const two = await openPaired()
    await two.add([photo])
    await one.untilPlace(ref.hash, place => place.here)
    expect(await contentOf(one, ref.hash)).toBe(ref.hash)
  })

  it('a full hub is said to be full; records go on', async () => {
    const small = await openTestHub({ maxFileBytes: 100_000 })
    const one = await open()
    await one.workspace.types.save(TYPE)
    await one.pair(small)
    const { hashes } = await one.add([randomBytes(200_000)])
    const [hash = ''] = hashes
    expect(await one.untilPlace(hash, place => place.trouble !== null)).toMatchObject({ trouble: 'providerFull' })
    await one.workspace.records.create('pump', { name: 'Later' })
    await one.until(view => view.inSync && view.waiting.records === 0 && view.reason === 'upToDate')
    await one.close()
    await small.close()
  })

  it('another hub is known to have nothing, and is sent everything', async () => {
    const one = await openPaired()
    const { hashes } = await one.add([randomBytes(1000)])
    const [hash = ''] = hashes
    await one.untilPlace(hash, place => place.there)
    const other = await openTestHub()
    await one.pair(other)
    const two = await open()
    await two.workspace.types.save(TYPE)
    await two.pair(other)
    await two.untilPlace(hash, place => place.here)
    await one.close()
    await two.close()
    await other.close()
  })
})
