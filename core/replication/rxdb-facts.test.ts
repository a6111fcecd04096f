/**
 * What RxDB's replication does to those who trust it, one test each for what guards Farfield against it. Each was seen to
 * lose or to hide an edit before the guard was there. Three have their test elsewhere: a page is never stopped by one bad
 * document (faults.test.ts, P3), neither is a push (P3 P6), and a clock set back hides no edit (there too).
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { firstValueFrom, map } from 'rxjs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { PushAnswer } from '../model/protocol.ts'
import { type Laptop, must, openLaptop, openTestHub, PUMP, type TestHub, until } from './laptops.suite.ts'
import type { Provider } from './provider.ts'

let hub: TestHub
const open: Laptop[] = []

async function laptop(name: string, options: Partial<Parameters<typeof openLaptop>[1]> = {}): Promise<Laptop> {
  const made = await openLaptop(hub, { name, ...options })
  open.push(made)
  return made
}

beforeEach(async () => {
  hub = await openTestHub()
})
afterEach(async () => {
  await Promise.all(open.splice(0).map(each => each.close()))
  await hub.close()
})

test('P1 a RESYNC behind an event is thrown away: whatever a provider emits reaches RxDB as RESYNC and nothing else', async () => {
  const field = await laptop('Field laptop')
  must(await field.workspace.types.save(PUMP))
  const id = await field.create({ name: 'Weir' })
  await field.sync()
  // An event as RxDB takes them, with a document that no provider holds.
  const ghosts: unknown[] = []
  const office = await laptop('Office iMac', {
    wrap: provider => ({
      ...provider,
      ticks$: provider.ticks$.pipe(
        map(() => ({ documents: [...ghosts], checkpoint: { epoch: 'e', seq: 1 } }) as unknown as void),
      ),
    }),
  })
  await office.sync()
  const stored = (await office.workspace.context.tables.records.get([id])).get(id)
  ghosts.push({ ...stored, id: 'ghost', _deleted: false })
  await office.replication.start()
  await until(() => office.replication.state.inSync)
  for (const name of ['Weir 2', 'Weir 3', 'Weir 4']) {
    await field.edit(id, 'name', name)
    await field.sync()
  }
  await until(async () => (await office.view(id)).cells['name']?.value === 'Weir 4')
  await until(() => office.replication.state.inSync)
  expect(await office.workspace.records.read('ghost')).toBeNull()
  expect(office.reports).toEqual([])
})

test('P3 conflicts pass by RxDB’s modifiers: what a provider answers to a push is checked like what is pulled', async () => {
  const field = await laptop('Field laptop')
  must(await field.workspace.types.save(PUMP))
  const id = await field.create({ name: 'Weir' })
  await field.sync()
  let scrambling = false
  const scramble = (answer: PushAnswer): PushAnswer =>
    scrambling && answer.result === 'conflict' && answer.current !== null
      ? { ...answer, current: { ...answer.current, body: 'c2NyYW1ibGVk' } }
      : answer
  const office = await laptop('Office iMac', { wrap: provider => changeAnswers(provider, scramble) })
  await office.sync()
  await field.edit(id, 'name', 'Weir, north')
  await field.sync()
  await office.edit(id, 'place', 'Dam')
  scrambling = true
  // Its own pulls would tell it of the edit first; a push alone meets the conflict.
  await office.replication.start()
  await until(async () => office.replication.state.inSync || office.replication.state.parked.length > 0)
  expect((await office.view(id)).cells['place']?.value).toBe('Dam')
  scrambling = false
  await office.replication.abort()
  await office.edit(id, 'flow', 3)
  await office.sync()
  await field.sync()
  await office.sync()
  const view = await field.view(id)
  expect([view.cells['name']?.value, view.cells['place']?.value, view.cells['flow']?.value]).toEqual([
    'Weir, north',
    'Dam',
    3,
  ])
  expect(await office.dump()).toBe(await field.dump())
})

test('a merge that fails once is tried again: RxDB would never offer the document any more, and call it in sync', async () => {
  const field = await laptop('Field laptop')
  must(await field.workspace.types.save(PUMP))
  const id = await field.create({ name: 'Weir' })
  await field.sync()
  const office = await laptop('Office iMac')
  const failing = failOnce(office)
  await office.sync()
  await field.edit(id, 'name', 'Weir, north')
  await field.sync()
  await office.edit(id, 'place', 'Dam')
  const reported = office.reports.length
  failing.left = 1
  await office.sync()
  expect(failing.left).toBe(0)
  expect(office.reports.length).toBeGreaterThan(reported)
  expect(office.replication.state.parked).toEqual([])
  // What the other laptop wrote is on the hub still, although that laptop may never come back.
  const third = await laptop('Barge laptop')
  await third.sync()
  expect((await third.view(id)).cells['name']?.value).toBe('Weir, north')
  await field.sync()
  await office.sync()
  for (const each of [field, office]) {
    const { cells, versions } = await each.view(id)
    expect([cells['name']?.value, cells['place']?.value, versions]).toEqual(['Weir, north', 'Dam', []])
  }
  expect(await office.dump()).toBe(await field.dump())
})

test('P2 a short page ends RxDB’s pull: pages that a provider cuts short are filled before RxDB sees them', async () => {
  const field = await laptop('Field laptop')
  must(await field.workspace.types.save(PUMP))
  const names = Array.from({ length: 37 }, (_, index) => ({ name: `Pump ${index}` }))
  const ids = must(await field.workspace.records.importRows(PUMP.id, names))
  await field.sync()
  let whole = 0
  const office = await laptop('Office iMac', {
    pageRows: 10,
    wrap: provider => ({
      ...provider,
      async pull(collection, checkpoint, limit, signal) {
        // Comparing every document, the repair of last resort, asks for the largest pages: it must not be needed.
        if (limit > 10) whole += 1
        return provider.pull(collection, checkpoint, Math.min(limit, 3), signal)
      },
    }),
  })
  await office.sync()
  expect(whole).toBe(0)
  for (const id of ids) expect(await office.workspace.records.read(id)).not.toBeNull()
})

test('P7 RxDB’s own word is no proof: a push that only seems to be taken is not called in sync', async () => {
  let lying = false
  const field = await laptop('Field laptop', {
    wrap: provider => ({
      ...provider,
      async push(collection, rows, signal) {
        if (!lying || collection !== 'records') return provider.push(collection, rows, signal)
        return { ok: true, value: { epoch: '', answers: rows.map(({ id }) => ({ id, result: 'ok', seq: 1 })) } }
      },
    }),
  })
  must(await field.workspace.types.save(PUMP))
  await field.sync()
  lying = true
  const id = await field.create({ name: 'Weir' })
  await field.replication.start()
  await until(async () => (await firstValueFrom(field.workspace.records.waiting$)).records === 0)
  await new Promise(resolve => setTimeout(resolve, 700))
  expect(field.replication.state.inSync).toBe(false)
  lying = false
  await until(() => field.replication.state.inSync)
  const office = await laptop('Office iMac')
  await office.sync()
  expect((await office.view(id)).cells['name']?.value).toBe('Weir')
})

test('RxDB opens no more than 14 collections: record types are documents, and cost none', async () => {
  const field = await laptop('Field laptop')
  const database = field.workspace.context.tables.records.collection.database
  const before = Object.keys(database.collections).length
  for (let index = 0; index < 20; index += 1)
    must(await field.workspace.types.save({ ...PUMP, id: `pump-${index}`, name: `Pump ${index}` }))
  expect(Object.keys(database.collections).length).toBe(before)
  // Two workspaces may be open at once while one is brought back from a backup.
  expect(before).toBeLessThanOrEqual(7)
})

test('RxDB knows no common state where both made the same document: the two become one, and nothing of either is lost', async () => {
  const field = await laptop('Field laptop')
  const office = await laptop('Office iMac')
  const [name, place] = PUMP.fields
  if (name === undefined || place === undefined) throw new Error('no fields')
  must(await field.workspace.types.save({ ...PUMP, fields: [name, place] }))
  must(await office.workspace.types.save({ ...PUMP, fields: [name, { id: 'depth', kind: 'number', label: 'Depth' }] }))
  await field.sync()
  await office.sync()
  await field.sync()
  expect(await office.dump()).toBe(await field.dump())
  const dump = await field.dump()
  for (const label of ['Place', 'Depth']) expect(dump).toContain(label)
})

test('RxDB’s own providers lose documents: only the adapter touches its replication, and none of them is used', () => {
  const root = join(import.meta.dirname, '..', '..')
  const files = ['core', 'electron', 'renderer', 'hub'].flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter(name => /\.tsx?$/.test(name) && !/\.(test|suite)\.tsx?$/.test(name))
      .map(name => join(folder, name)),
  )
  const users = files.filter(file => /from 'rxdb\/plugins\/replication/.test(readFileSync(join(root, file), 'utf8')))
  expect(users).toEqual([join('core', 'replication', 'adapter.ts')])
  expect(readFileSync(join(root, users[0] ?? ''), 'utf8')).not.toMatch(/rxdb\/plugins\/replication-|modifier:/)
})

function changeAnswers(provider: Provider, change: (answer: PushAnswer) => PushAnswer): Provider {
  return {
    ...provider,
    async push(...input) {
      const pushed = await provider.push(...input)
      return pushed.ok ? { ok: true, value: { ...pushed.value, answers: pushed.value.answers.map(change) } } : pushed
    },
  }
}

/** What a merge asks the workspace for fails as often as is said, as a bug or a bad disk would. */
function failOnce({ workspace: { context } }: Laptop): { left: number } {
  const failing = { left: 0 }
  const { nameOf } = context
  Object.defineProperty(context, 'nameOf', {
    get() {
      if (failing.left === 0) return nameOf
      failing.left -= 1
      throw new Error('a bad moment')
    },
  })
  return failing
}
