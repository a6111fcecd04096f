import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { filter, firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { WireDocument } from '../model/protocol.ts'
import { type Laptop, must, openLaptop, openTestHub, PUMP, type TestHub, until } from './laptops.suite.ts'
import type { Provider } from './provider.ts'

let hub: TestHub
const open: Laptop[] = []

async function laptop(name: string, options: Partial<Parameters<typeof openLaptop>[1]> = {}): Promise<Laptop> {
  const made = await openLaptop(hub, { name, ...options })
  open.push(made)
  return made
}

async function quit(made: Laptop): Promise<void> {
  open.splice(open.indexOf(made), 1)
  await made.close()
}

async function fill(made: Laptop, count: number): Promise<string[]> {
  const ids: string[] = []
  for (let from = 0; from < count; from += 100) {
    const rows = Array.from({ length: Math.min(100, count - from) }, (_, index) => ({
      name: `Pump ${from + index}`,
      flow: index,
    }))
    ids.push(...must(await made.workspace.records.importRows(PUMP.id, rows)))
  }
  return ids
}

beforeEach(async () => {
  hub = await openTestHub()
})

afterEach(async () => {
  await Promise.all(open.splice(0).map(each => each.close()))
  await hub.close()
})

test('P4 P9 a lost acknowledgement costs a retry and nothing else', async () => {
  const field = await laptop('Field laptop')
  must(await field.workspace.types.save(PUMP))
  await field.sync()
  const id = await field.create({ name: 'Weir' })
  hub.proxy.swallowAnswers(true)
  await field.replication.start()
  await new Promise(resolve => setTimeout(resolve, 400))
  await field.edit(id, 'name', 'Weir 2')
  await field.replication.abort()
  hub.proxy.swallowAnswers(false)
  await field.sync()
  const office = await laptop('Office iMac')
  await office.sync()
  expect((await office.view(id)).cells['name']?.value).toBe('Weir 2')
  expect((await office.view(id)).versions).toEqual([])
})

test('P9 cut in the middle of a push and of a pull: everything arrives once the way is back', async () => {
  const field = await laptop('Field laptop')
  must(await field.workspace.types.save(PUMP))
  await fill(field, 600)
  hub.proxy.cutAfter(60_000, 'up')
  await field.sync()
  const office = await laptop('Office iMac', { pageRows: 100 })
  hub.proxy.cutAfter(90_000, 'down')
  await office.sync()
  await field.sync()
  expect(await office.dump()).toBe(await field.dump())
})

test('the hub stops and starts again: the laptop goes on by itself', async () => {
  const field = await laptop('Field laptop')
  must(await field.workspace.types.save(PUMP))
  await field.replication.start()
  await until(() => field.replication.state.inSync)
  await hub.stop()
  const id = await field.create({ name: 'Quarry' })
  await until(() => field.replication.state.failure?.code === 'unreachable')
  expect(field.replication.state.inSync).toBe(false)
  await hub.start()
  await until(() => field.replication.state.inSync && field.replication.state.failure === null)
  const office = await laptop('Office iMac')
  await office.sync()
  expect((await office.view(id)).cells['name']?.value).toBe('Quarry')
})

test('P5 P7 a hub restored from an old copy takes nothing back: what it lost is offered again', async () => {
  const field = await laptop('Field laptop')
  const office = await laptop('Office iMac')
  must(await field.workspace.types.save(PUMP))
  const [kept = '', edited = ''] = await fill(field, 5)
  await field.sync()
  await office.sync()
  await hub.stop()
  const copy = `${hub.folder}-copy`
  copyFolder(hub.folder, copy)
  await hub.start()

  await field.edit(edited, 'name', 'Edited after the copy was made')
  const made = await field.create({ name: 'Made after the copy was made' })
  await field.sync()
  await office.sync()
  await hub.stop()
  copyFolder(copy, hub.folder)
  rmSync(copy, { recursive: true })
  await hub.start()
  // Somebody else is first at the restored hub.
  await office.edit(kept, 'flow', 99)
  await office.sync()
  await field.sync()
  await office.sync()
  for (const each of [field, office]) {
    expect((await each.view(edited)).cells['name']?.value).toBe('Edited after the copy was made')
    expect((await each.view(edited)).versions).toEqual([])
    expect((await each.view(made)).cells['name']?.value).toBe('Made after the copy was made')
    expect((await each.view(kept)).cells['flow']?.value).toBe(99)
  }
  expect(await field.dump()).toBe(await office.dump())
  const newcomer = await laptop('New laptop')
  await newcomer.sync()
  expect((await newcomer.view(made)).cells['name']?.value).toBe('Made after the copy was made')
  expect((await newcomer.view(edited)).cells['name']?.value).toBe('Edited after the copy was made')
})

test('P5 what a restored hub lost is safe while it waits here, also from what others have written there since', async () => {
  let isMute = false
  const field = await laptop('Field laptop', {
    wrap: provider => ({
      ...provider,
      push: (collection, rows, signal) =>
        isMute
          ? Promise.resolve({ ok: false, failure: { code: 'unreachable' } })
          : provider.push(collection, rows, signal),
    }),
  })
  const office = await laptop('Office iMac')
  must(await field.workspace.types.save(PUMP))
  const [id = ''] = await fill(field, 3)
  await field.sync()
  await office.sync()
  await hub.stop()
  const copy = `${hub.folder}-copy`
  copyFolder(hub.folder, copy)
  await hub.start()
  await field.edit(id, 'name', 'Edited after')
  await field.edit(id, 'name', 'Edited after the copy was made')
  await field.sync()
  await hub.stop()
  copyFolder(copy, hub.folder)
  rmSync(copy, { recursive: true })
  await hub.start()

  // Field takes in what the hub holds now, but cannot send; somebody else goes on from the old copy.
  isMute = true
  await field.replication.start()
  await until(() => field.replication.state.failure !== null)
  expect((await field.view(id)).cells['name']?.value).toBe('Edited after the copy was made')
  await office.edit(id, 'flow', 2)
  await office.sync()
  await until(async () => (await field.view(id)).cells['flow']?.value === 2)
  expect((await field.view(id)).cells['name']?.value).toBe('Edited after the copy was made')
  await field.replication.abort()
  isMute = false
  await field.sync()
  await office.sync()
  expect((await office.view(id)).cells['name']?.value).toBe('Edited after the copy was made')
  expect((await office.view(id)).versions).toEqual([])
})

test('a clock set back between runs hides no edit', async () => {
  let time = Date.now()
  const storage = getRxStorageMemory()
  const first = await laptop('Field laptop', { storage, databaseName: 'clock-back', now: () => time })
  must(await first.workspace.types.save(PUMP))
  const id = await first.create({ name: 'Weir' })
  await first.sync()
  time -= 40 * 24 * 3600 * 1000
  await first.edit(id, 'name', 'Weir, later')
  await first.sync()
  const office = await laptop('Office iMac')
  await office.sync()
  expect((await office.view(id)).cells['name']?.value).toBe('Weir, later')
})

test('P3 P6 a document that is too large is parked, the others go, and it is offered again once edited', async () => {
  const field = await laptop('Field laptop')
  must(await field.workspace.types.save({ ...PUMP, fields: [...PUMP.fields, ...longFields()] }))
  const large = await field.create({ name: 'Large', l0: 'x' })
  const id = await field.create({ name: 'Small' })
  await field.sync()
  for (const { id: slot } of longFields()) await field.edit(large, slot, 'y'.repeat(900_000))
  await field.edit(id, 'name', 'Small, too')
  await field.replication.start()
  await until(() => field.replication.state.parked.some(item => item.id === large))
  const office = await laptop('Office iMac')
  await office.sync()
  expect((await office.view(id)).cells['name']?.value).toBe('Small, too')
  expect(field.replication.state.inSync).toBe(false)
  await field.replication.abort()

  await office.edit(large, 'flow', 7)
  await office.sync()
  for (const { id: slot } of longFields().slice(1)) await field.edit(large, slot, 'z')
  await field.sync()
  await office.sync()
  expect(field.replication.state.parked).toEqual([])
  expect((await office.view(large)).cells['l3']?.value).toBe('z')
  expect((await office.view(large)).cells['l0']?.value).toHaveLength(900_000)
  expect((await office.view(large)).cells['flow']?.value).toBe(7)
  expect((await office.view(large)).versions).toEqual([])
  await field.sync()
  expect(await field.dump()).toBe(await office.dump())
}, 20_000)

test('P3 a document that does not fit is quarantined, and nothing else waits for it', async () => {
  const field = await laptop('Field laptop')
  must(await field.workspace.types.save(PUMP))
  const [bad = '', good = ''] = await fill(field, 20)
  await field.sync()
  let breaking = true
  const office = await laptop('Office iMac', {
    wrap: provider =>
      changePulls(provider, document =>
        breaking && document.id === bad ? { ...document, body: { id: bad } } : document,
      ),
  })
  await office.sync()
  expect(office.replication.state.quarantined.map(({ id, reason }) => [id, reason])).toEqual([[bad, 'malformed']])
  expect(await office.workspace.records.read(bad)).toBeNull()
  expect((await office.view(good)).cells['name']?.value).toBe('Pump 1')
  breaking = false
  await field.edit(bad, 'name', 'Mended')
  await field.sync()
  await office.sync()
  expect(office.replication.state.quarantined).toEqual([])
  expect((await office.view(bad)).cells['name']?.value).toBe('Mended')
})

test('P3 what is quarantined is asked for again by id when a person wants it, without anybody editing it', async () => {
  const field = await laptop('Field laptop')
  must(await field.workspace.types.save(PUMP))
  const [bad = ''] = await fill(field, 5)
  await field.sync()
  let breaking = true
  const office = await laptop('Office iMac', {
    wrap: provider =>
      changePulls(provider, document =>
        breaking && document.id === bad ? { ...document, body: { id: bad } } : document,
      ),
  })
  await office.sync()
  expect(office.replication.state.quarantined).toHaveLength(1)
  breaking = false
  await office.sync()
  expect(office.replication.state.quarantined).toHaveLength(1)
  await office.replication.retryHeld()
  await office.sync()
  expect(office.replication.state.quarantined).toEqual([])
  expect((await office.view(bad)).cells['name']?.value).toBe('Pump 0')
})

test('P7 a change that never came is noticed by the digest and fetched', async () => {
  const field = await laptop('Field laptop')
  must(await field.workspace.types.save(PUMP))
  const [lost = ''] = await fill(field, 20)
  await field.sync()
  let hiding = true
  const office = await laptop('Office iMac', {
    wrap: provider => hidePulls(provider, document => hiding && document.id === lost),
  })
  await office.replication.start()
  await until(
    async () => (await office.workspace.records.read(lost)) === null && office.replication.state.lastSyncAt === null,
  )
  await new Promise(resolve => setTimeout(resolve, 300))
  expect(office.replication.state.inSync).toBe(false)
  hiding = false
  await until(() => office.replication.state.inSync)
  expect((await office.view(lost)).cells['name']?.value).toBe('Pump 0')
})

test('P7 a document altered at the hub behind its digest is never taken for the same', async () => {
  const field = await laptop('Field laptop')
  must(await field.workspace.types.save(PUMP))
  await fill(field, 3)
  let tampering = false
  const office = await laptop('Office iMac', {
    wrap: provider => ({
      ...provider,
      async digest(signal) {
        const answer = await provider.digest(signal)
        if (!answer.ok || !tampering) return answer
        const { digests } = answer.value
        return {
          ok: true,
          value: { ...answer.value, digests: { ...digests, records: { ...digests.records, xor: '0'.repeat(32) } } },
        }
      },
    }),
  })
  await field.sync()
  await office.sync()
  expect(office.replication.state.inSync).toBe(true)
  tampering = true
  await office.replication.start()
  await until(() => !office.replication.state.inSync)
  await new Promise(resolve => setTimeout(resolve, 500))
  expect(office.replication.state.inSync).toBe(false)
})

test('P10 a laptop that leaves for another hub offers everything there', async () => {
  const storage = getRxStorageMemory()
  const first = await laptop('Field laptop', { storage, databaseName: 'leaving' })
  must(await first.workspace.types.save(PUMP))
  const ids = await fill(first, 250)
  await first.sync()
  await quit(first)
  await hub.close()
  hub = await openTestHub()
  const again = await laptop('Field laptop', { storage, databaseName: 'leaving' })
  expect(
    await firstValueFrom(again.workspace.records.waiting$.pipe(filter(({ records }) => records === 250))),
  ).toBeTruthy()
  await again.sync()
  const office = await laptop('Office iMac')
  await office.sync()
  expect((await office.view(ids[249] ?? '')).cells['name']?.value).toBe('Pump 249')
})

test('a restart in the middle of everything goes on where it was, and fetches back nothing of its own', async () => {
  const storage = getRxStorageMemory()
  const first = await laptop('Field laptop', { storage, databaseName: 'restart' })
  must(await first.workspace.types.save(PUMP))
  await fill(first, 400)
  await first.sync()
  const { connection } = first
  const id = await first.create({ name: 'Weir' })
  await quit(first)
  const before = { ...hub.proxy.bytes }
  const again = await laptop('Field laptop', { storage, databaseName: 'restart', connection })
  await again.sync()
  expect(hub.proxy.bytes.received - before.received).toBeLessThan(20_000)
  const office = await laptop('Office iMac')
  await office.sync()
  expect((await office.view(id)).cells['name']?.value).toBe('Weir')
  expect(await firstValueFrom(office.workspace.records.counts$)).toMatchObject({ all: 401 })
})

test('an import taken back while its records are on their way leaves none behind on either side', async () => {
  const field = await laptop('Field laptop')
  must(await field.workspace.types.save(PUMP))
  await field.sync()
  await field.replication.start()
  await until(() => field.replication.state.inSync)
  const ids = await fill(field, 300)
  must(await field.workspace.records.removeImported(ids))
  await until(() => field.replication.state.inSync)
  const office = await laptop('Office iMac')
  await office.sync()
  expect(await firstValueFrom(field.workspace.records.counts$.pipe(filter(({ all }) => all === 0)))).toBeTruthy()
  expect(await firstValueFrom(office.workspace.records.counts$.pipe(filter(({ all }) => all === 0)))).toBeTruthy()
})

function longFields() {
  return [0, 1, 2, 3, 4].map(index => ({ id: `l${index}`, kind: 'longText' as const, label: `Long ${index}` }))
}

function copyFolder(from: string, to: string): void {
  mkdirSync(to, { recursive: true })
  for (const name of readdirSync(to, { withFileTypes: true }).map(each => each.name))
    rmSync(join(to, name), { recursive: true })
  cpSync(from, to, { recursive: true })
}

function changePulls(provider: Provider, change: (document: WireDocument) => WireDocument): Provider {
  return {
    ...provider,
    async pull(...input) {
      const page = await provider.pull(...input)
      return page.ok ? { ok: true, value: { ...page.value, documents: page.value.documents.map(change) } } : page
    },
  }
}

function hidePulls(provider: Provider, hidden: (document: WireDocument) => boolean): Provider {
  return {
    ...provider,
    async pull(...input) {
      const page = await provider.pull(...input)
      if (!page.ok) return page
      return { ok: true, value: { ...page.value, documents: page.value.documents.filter(each => !hidden(each)) } }
    },
  }
}
