/** A window's total without counting: always what counting would give, whatever is written, taken away or opened again. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Stored } from './contract/contract-case.suite.ts'
import { changeItem, makeItem, openInstance } from './contract/contract-case.suite.ts'
import { makeFolder, openStorage } from './storage-fixture.suite.ts'

const counted = { items: ['kind', 'rank'] }
const wheres = [{}, { kind: 'x' }, { kind: 'y' }, { rank: 1 }, { kind: 'x', rank: 1 }, { kind: '', rank: 0 }]

const change = fc.record({
  id: fc.integer({ min: 0, max: 9 }),
  kind: fc.constantFrom('x', 'y', ''),
  rank: fc.constantFrom(0, 1, undefined),
  deleted: fc.boolean(),
})
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ what: fc.constant('write' as const), changes: fc.array(change, { maxLength: 8 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ what: 'purge' as const }) },
  { weight: 1, arbitrary: fc.constant({ what: 'reopen' as const }) },
  // An older version of the app, which knows nothing of a tally.
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('elsewhere' as const), changes: fc.array(change, { maxLength: 4 }) }),
  },
)

describe('a tally', () => {
  it('is what counting would give, also over a table that was there before it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 8 }), fc.array(step, { maxLength: 12 }), async (before, steps) => {
        const folder = makeFolder()
        const stored = new Map<string, Stored>()
        const write = async (target: Awaited<ReturnType<typeof openInstance>>, changes: typeof before) => {
          for (const { id, kind, rank, deleted } of changes) {
            const name = `i${id}`
            const item = { id: name, kind, ...(rank === undefined ? {} : { rank }) }
            const previous = stored.get(name)
            // As RxDB does: a replaced document goes as a whole.
            const row = previous
              ? { previous, document: { ...changeItem(makeItem(item), {}).document, _rev: nextRev(previous) } }
              : { document: makeItem(item) }
            const document = { ...row.document, _deleted: deleted }
            const { error } = await target.bulkWrite([{ ...row, document }], 'test')
            expect(error).toEqual([])
            stored.set(name, document)
          }
        }
        const plain = await openInstance(openStorage(folder))
        await write(plain, before)
        await plain.close()
        let storage = openStorage(folder, { counted })
        let instance = await openInstance(storage)
        for (const each of [{ what: 'write' as const, changes: [] }, ...steps]) {
          if (each.what === 'write') await write(instance, each.changes)
          else if (each.what === 'purge') {
            await instance.cleanup(0)
            for (const [id, document] of stored) if (document._deleted) stored.delete(id)
          } else {
            await instance.close()
            if (each.what === 'elsewhere') {
              const older = await openInstance(openStorage(folder))
              await write(older, each.changes)
              await older.close()
            }
            storage = openStorage(folder, { counted })
            instance = await openInstance(storage)
          }
          const reader = storage.openWindowReader('contract', 'items')
          for (const where of wheres) {
            const alive = [...stored.values()].filter(
              document =>
                !document._deleted &&
                Object.entries(where).every(([path, value]) => document[path as keyof Stored] === value),
            )
            expect(reader.count({ where, sort: [] }), JSON.stringify(where)).toBe(alive.length)
          }
        }
        await instance.remove()
      }),
      { numRuns: 40 },
    )
  })

  it('is not changed by a write that is rolled back, and goes with its table', async () => {
    const folder = makeFolder()
    const storage = openStorage(folder, { counted })
    const instance = await openInstance(storage)
    const a = makeItem({ id: 'a', kind: 'x' })
    await instance.bulkWrite([{ document: a }], 'test')
    const circular: Record<string, unknown> = {}
    circular['self'] = circular
    await expect(
      instance.bulkWrite(
        [{ document: makeItem({ id: 'b', kind: 'x' }) }, { document: { ...a, id: 'c', more: circular } }],
        'test',
      ),
    ).rejects.toThrow()
    const count = () => storage.openWindowReader('contract', 'items').count({ where: { kind: 'x' }, sort: [] })
    expect(count()).toBe(1)
    await instance.remove()
    const again = await openInstance(storage)
    expect(count()).toBe(0)
    await again.close()
  })
})

function nextRev(previous: Stored): string {
  return `${Number.parseInt(previous._rev, 10) + 1}-a`
}
