import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { expect, test } from 'vitest'
import { DELETION } from '../model/record.ts'
import { type Laptop, must, openLaptop, openTestHub, PUMP, type TestHub } from './laptops.suite.ts'

/** Small, seeded and good enough to choose with (mulberry32). */
function createDice(seed: number): (sides: number) => number {
  let state = seed
  return sides => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) % sides
  }
}

interface World {
  readonly hub: TestHub
  readonly laptops: Laptop[]
  readonly ids: string[]
  /** Every value anybody wrote: record, field, value. */
  readonly written: { readonly id: string; readonly field: string; readonly value: string }[]
}

const FIELDS = ['name', 'place']

async function act(world: World, dice: (sides: number) => number, step: number): Promise<void> {
  const { hub, laptops, ids, written } = world
  const laptop = laptops[dice(laptops.length)]
  const id = ids[dice(Math.max(1, ids.length))]
  if (laptop === undefined) return
  const { records } = laptop.workspace
  switch (dice(14)) {
    case 0: {
      const value = `made ${step}`
      const made = await records.create(PUMP.id, { name: value })
      if (!made.ok) return
      ids.push(made.value.id)
      written.push({ id: made.value.id, field: 'name', value })
      return
    }
    case 1:
      if (id !== undefined) await records.delete([id])
      return
    case 2:
      if (id !== undefined) await records.restore([id])
      return
    case 3: {
      const open = id === undefined ? undefined : (await records.read(id))?.versions[0]
      if (id !== undefined && open !== undefined)
        await records.settle(id, open.field, { kind: 'version', stamp: open.stamp })
      return
    }
    case 4:
    case 5:
      void laptop.replication.start()
      return
    case 6:
      await laptop.replication.abort()
      return
    case 7:
      await laptop.replication.drain()
      return
    case 8:
      hub.proxy.cutAfter(500 + dice(20_000), dice(2) === 0 ? 'up' : 'down')
      return
    case 9:
      hub.proxy.swallowAnswers(true)
      await pause(30)
      hub.proxy.swallowAnswers(false)
      hub.proxy.cut()
      return
    case 10:
      await pause(40)
      return
    default: {
      const field = FIELDS[dice(FIELDS.length)] ?? 'name'
      const value = `edit ${step}`
      const edited = id === undefined ? undefined : await records.edit([{ record: id, field, value }])
      if (edited?.ok === true && id !== undefined) written.push({ id, field, value })
    }
  }
}

test.each([11, 4711])(
  'P1 P4 P7 P9 seed %i: whatever happens on the way, three laptops end up the same and no value is lost',
  async seed => {
    const dice = createDice(seed)
    const hub = await openTestHub()
    // Clocks that disagree by minutes.
    const skews = [0, -7 * 60_000, 11 * 60_000]
    const laptops: Laptop[] = []
    for (const [index, skew] of skews.entries()) {
      const now = () => Date.now() + skew
      laptops.push(await openLaptop(hub, { name: `Laptop ${index}`, storage: getRxStorageMemory(), now, pageRows: 7 }))
    }
    const world: World = { hub, laptops, ids: [], written: [] }
    must(await laptops[0]!.workspace.types.save(PUMP))
    for (const laptop of laptops) await laptop.sync()

    for (let step = 0; step < 160; step += 1) await act(world, dice, step)

    hub.proxy.cutAfter(null)
    for (const laptop of laptops) await laptop.replication.abort()
    // Each takes in what the others gave; the last round changes nothing any more.
    for (let round = 0; round < 3; round += 1) for (const laptop of laptops) await laptop.sync()

    const [first, ...others] = await Promise.all(laptops.map(laptop => laptop.dump()))
    for (const other of others) expect(other).toBe(first)
    for (const { workspace } of laptops) {
      const { tables } = workspace.context
      const records = await tables.records.get(world.ids)
      const history = new Set(
        (await tables.history.find({})).map(
          ({ record, field, value }) => `${record} ${field} ${JSON.stringify(value)}`,
        ),
      )
      for (const { id, field, value } of world.written) {
        const record = records.get(id)
        const shown = record?.cells[field]?.value === value
        const open = record?.versions.some(version => version.field === field && version.value === value) === true
        expect(
          shown || open || history.has(`${id} ${field} ${JSON.stringify(value)}`),
          `${field} of ${id}: ${value}`,
        ).toBe(true)
      }
      expect([...records.values()].every(({ cells }) => DELETION in cells || 'name' in cells)).toBe(true)
    }
    expect(laptops.flatMap(({ reports }) => reports)).toEqual([])
    for (const laptop of laptops) await laptop.close()
    await hub.close()
  },
  60_000,
)

function pause(milliseconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, milliseconds))
}
