import { afterEach, beforeEach, expect, test } from 'vitest'
import { firstValueFrom } from 'rxjs'
import { type Laptop, must, openLaptop, openTestHub, PUMP, type TestHub, until } from './laptops.suite.ts'

let hub: TestHub
let field: Laptop
let office: Laptop

beforeEach(async () => {
  hub = await openTestHub()
  field = await openLaptop(hub, { name: 'Field laptop' })
  office = await openLaptop(hub, { name: 'Office iMac' })
  must(await field.workspace.types.save(PUMP))
})

afterEach(async () => {
  await Promise.all([field.close(), office.close()])
  await hub.close()
})

test('disjoint edits of two laptops combine without asking anybody', async () => {
  const id = await field.create({ name: 'North weir', place: 'Weir' })
  await field.sync()
  await office.sync()
  await field.edit(id, 'place', 'North')
  await office.edit(id, 'flow', 12)
  await field.sync()
  await office.sync()
  await field.sync()
  for (const laptop of [field, office]) {
    const view = await laptop.view(id)
    expect(view.cells['place']?.value).toBe('North')
    expect(view.cells['flow']?.value).toBe(12)
    expect(view.versions).toEqual([])
    expect(view.title).toBe('North weir')
  }
  expect(await field.dump()).toBe(await office.dump())
})

test('the same field changed on both opens one version on both, and settling it converges', async () => {
  const id = await field.create({ name: 'Old mill' })
  await field.sync()
  await office.sync()
  await field.edit(id, 'name', 'Old mill A')
  await office.edit(id, 'name', 'Old mill B')
  await field.sync()
  await office.sync()
  await field.sync()
  for (const laptop of [field, office]) {
    const view = await laptop.view(id)
    expect(view.versions).toHaveLength(1)
    expect(new Set([view.cells['name']?.value, view.versions[0]?.value])).toEqual(new Set(['Old mill A', 'Old mill B']))
    expect(view.versions[0]?.before).toBe('Old mill')
    expect(await firstValueFrom(laptop.workspace.records.clashes$)).toHaveLength(1)
  }
  must(await office.workspace.records.settle(id, 'name', { kind: 'shown' }))
  await office.sync()
  await field.sync()
  expect((await field.view(id)).versions).toEqual([])
  expect(await field.dump()).toBe(await office.dump())
})

test('deleted here, edited there: the record lives and the deletion waits for a person', async () => {
  const id = await field.create({ name: 'Pier' })
  await field.sync()
  await office.sync()
  must(await field.workspace.records.delete([id]))
  await office.edit(id, 'flow', 3)
  await field.sync()
  await office.sync()
  await field.sync()
  for (const laptop of [field, office]) {
    const view = await laptop.view(id)
    expect(view.deleted).toBe(false)
    expect(view.versions.map(version => version.field)).toEqual(['$deleted'])
  }
})

test('an edit made while both are connected is on the other laptop without anybody asking', async () => {
  const id = await field.create({ name: 'Lock' })
  await field.sync()
  await Promise.all([field.replication.start(), office.replication.start()])
  await until(async () => (await office.workspace.records.read(id)) !== null)
  await until(() => office.replication.state.inSync)
  await field.edit(id, 'name', 'Lock 12')
  await until(async () => (await office.view(id)).cells['name']?.value === 'Lock 12')
  await until(() => field.replication.state.inSync && office.replication.state.inSync)
})

test('P8 nothing goes over the wire while paused, and edits made meanwhile go with the next start', async () => {
  const id = await field.create({ name: 'Gate' })
  await field.sync()
  await until(() => hub.proxy.connections === 0)
  const before = { ...hub.proxy.bytes }
  await field.edit(id, 'name', 'Harbour gate')
  await new Promise(resolve => setTimeout(resolve, 700))
  expect(hub.proxy.bytes).toEqual(before)
  await field.sync()
  await office.sync()
  expect((await office.view(id)).cells['name']?.value).toBe('Harbour gate')
})
