/** The contract of the change stream and of getChangedDocumentsSince: every change once, in order, whatever the clock says. */
import { expect } from 'vitest'
import type { ContractCase, Instance } from './contract-case.suite.ts'
import {
  changeItem,
  findIds,
  insert,
  listen,
  makeFullItem,
  makeItems,
  readChanges,
  readOne,
  removeItem,
} from './contract-case.suite.ts'

export const CHANGES: readonly ContractCase[] = [
  {
    name: 'tells every write once, before it resolves, in commit order, with its operation and context',
    async run(bench) {
      const instance = await bench.open()
      const told = listen(instance)
      const a = makeFullItem({ id: 'a' })
      const change = changeItem(a, { rank: 1 })
      const removal = removeItem(change.document)
      const back = changeItem(removal.document, { _deleted: false })
      const writing = instance.bulkWrite([{ document: a }], 'first').then(() => told.length)
      expect(await writing).toBe(1)
      await Promise.all([
        instance.bulkWrite([change], 'second'),
        instance.bulkWrite([removal], 'third'),
        instance.bulkWrite([back], 'fourth'),
      ])
      expect(told.map(bulk => [bulk.context, bulk.events.map(event => event.operation)])).toEqual([
        ['first', ['INSERT']],
        ['second', ['UPDATE']],
        ['third', ['DELETE']],
        ['fourth', ['INSERT']],
      ])
      expect(new Set(told.map(bulk => bulk.id)).size).toBe(4)
    },
  },
  {
    name: 'tells with each change the document as it is and as it was',
    async run(bench) {
      const instance = await bench.open()
      const told = listen(instance)
      const a = makeFullItem({ id: 'a', kind: 'x', more: { at: 'here' } })
      const change = changeItem(a, { rank: 1 })
      const removal = removeItem(change.document)
      await insert(instance, a)
      await instance.bulkWrite([change], 'test')
      await instance.bulkWrite([removal], 'test')
      const events = told.flatMap(bulk => bulk.events)
      expect(events.map(event => event.documentId)).toEqual(['a', 'a', 'a'])
      expect(events.map(event => event.documentData)).toEqual([a, change.document, removal.document])
      expect(events.map(event => event.previousDocumentData)).toEqual([undefined, a, change.document])
    },
  },
  {
    name: 'tells one bulk in the order of its rows, the refused ones left out',
    async run(bench) {
      const instance = await bench.open()
      const b = makeFullItem({ id: 'b' })
      await insert(instance, b)
      const told = listen(instance)
      await insert(instance, makeFullItem({ id: 'c' }), makeFullItem({ id: 'b' }), makeFullItem({ id: 'a' }))
      await instance.bulkWrite(
        [{ document: makeFullItem({ id: 'e' }) }, removeItem(b), { document: makeFullItem({ id: 'd' }) }],
        'x',
      )
      expect(told.map(bulk => bulk.events.map(event => event.documentId))).toEqual([
        ['c', 'a'],
        ['e', 'b', 'd'],
      ])
    },
  },
  {
    name: 'tells nothing when a document arrives already deleted, and nothing when all rows are refused',
    async run(bench) {
      const instance = await bench.open()
      const told = listen(instance)
      await insert(instance, makeFullItem({ id: 'a' }, 1, { _deleted: true }))
      expect((await insert(instance, makeFullItem({ id: 'a' }))).error).toHaveLength(1)
      expect(told).toEqual([])
      expect(await readOne(instance, 'a')).toMatchObject({ _deleted: true })
      expect((await readChanges(instance, 10, undefined)).documents).toHaveLength(1)
    },
  },
  {
    name: 'has stored what it tells: a listener that reads sees the change',
    async run(bench) {
      const instance = await bench.open()
      const seen: Promise<readonly [unknown, string[]]>[] = []
      instance.changeStream().subscribe(() => {
        seen.push(
          Promise.all([
            readOne(instance, 'a').then(found => found?.rank),
            findIds(instance, { selector: { rank: 2 } }),
          ]),
        )
      })
      const a = makeFullItem({ id: 'a', rank: 1 })
      await insert(instance, a)
      await instance.bulkWrite([changeItem(a, { rank: 2 })], 'test')
      expect((await Promise.all(seen))[1]).toEqual([2, ['a']])
    },
  },
  {
    name: 'tells a write made by a listener after the write that it listens to',
    async run(bench) {
      const instance = await bench.open()
      let nested: Promise<unknown> | undefined
      instance.changeStream().subscribe(bulk => {
        if (bulk.context === 'test') nested = instance.bulkWrite([{ document: makeFullItem({ id: 'b' }) }], 'nested')
      })
      const told = listen(instance)
      await insert(instance, makeFullItem({ id: 'a' }))
      await nested
      expect(told.map(bulk => bulk.context)).toEqual(['test', 'nested'])
    },
  },
  {
    name: 'gives each change once by its checkpoints, the newest state of it, whatever the page size',
    async run(bench) {
      const instance = await bench.open()
      const items = makeItems(7)
      await insert(instance, ...items)
      const [first, second, ...rest] = items
      if (!first || !second) throw new Error('no items')
      await instance.bulkWrite([changeItem(first, { rank: 9 }), removeItem(second)], 'test')
      const all = [...rest.map(item => `${item.id} 1-a`), `${first.id} 2-a`, `${second.id} 2-a`]
      for (const limit of [1, 2, 3, 9, 100]) expect((await readAll(instance, limit)).toSorted()).toEqual(all.toSorted())
    },
  },
  {
    name: 'keeps its checkpoint where there is nothing new, and goes on from it once there is',
    async run(bench) {
      const instance = await bench.open()
      const empty = await readChanges(instance, 10, undefined)
      expect(empty.documents).toEqual([])
      await insert(instance, makeFullItem({ id: 'a' }))
      const first = await readChanges(instance, 10, empty.checkpoint)
      expect(first.documents.map(document => document.id)).toEqual(['a'])
      expect(await readChanges(instance, 10, first.checkpoint)).toEqual({ documents: [], checkpoint: first.checkpoint })
      await insert(instance, makeFullItem({ id: 'b' }))
      const copy: unknown = JSON.parse(JSON.stringify(first.checkpoint))
      expect((await readChanges(instance, 10, copy)).documents.map(document => document.id)).toEqual(['b'])
    },
  },
  {
    name: 'pages through hundreds of documents that share one time',
    async run(bench) {
      const instance = await bench.open()
      const _meta = { lwt: 1_700_000_000_000.01 }
      await insert(instance, ...makeItems(300).map(item => ({ ...item, _meta })))
      const seen = await readAll(instance, 7)
      expect(seen).toHaveLength(300)
      expect(new Set(seen).size).toBe(300)
    },
  },
  {
    name: 'gives with each event a checkpoint after which only later changes come',
    async run(bench) {
      const instance = await bench.open()
      const told = listen(instance)
      await insert(instance, makeFullItem({ id: 'b' }), makeFullItem({ id: 'a' }))
      await insert(instance, makeFullItem({ id: 'c' }))
      expect((await readChanges(instance, 10, told[0]?.checkpoint)).documents.map(document => document.id)).toEqual([
        'c',
      ])
      expect((await readChanges(instance, 10, told[1]?.checkpoint)).documents).toEqual([])
    },
  },
  {
    name: 'hides no change from replication when the clock is set back',
    async run(bench) {
      const instance = await bench.open()
      const a = makeFullItem({ id: 'a' }, 1, { _meta: { lwt: 2_000_000_000_000 } })
      await insert(instance, a)
      const { checkpoint } = await readChanges(instance, 10, undefined)
      await insert(instance, makeFullItem({ id: 'b' }, 1, { _meta: { lwt: 1_000_000_000_000 } }))
      await instance.bulkWrite([changeItem(a, { _meta: { lwt: 1_000_000_000_001 } })], 'test')
      const later = await readChanges(instance, 10, checkpoint)
      expect(later.documents.map(document => `${document.id} ${document._rev}`)).toEqual(['b 1-a', 'a 2-a'])
    },
  },
  {
    name: 'goes on from a checkpoint after tombstones were purged and the instance was reopened',
    async run(bench) {
      const instance = await bench.open()
      const a = makeFullItem({ id: 'a' }, 1, { _meta: { lwt: 1_000_000_000_000 } })
      await insert(instance, a, makeFullItem({ id: 'keep' }, 1, { _meta: { lwt: 1_000_000_000_000 } }))
      await instance.bulkWrite([changeItem(a, { _deleted: true, _meta: { lwt: 1_000_000_000_001 } })], 'test')
      const { checkpoint } = await readChanges(instance, 10, undefined)
      while (!(await instance.cleanup(0)));
      expect(await readOne(instance, 'a')).toBeUndefined()
      await instance.close()
      const again = await bench.open()
      await insert(again, makeFullItem({ id: 'b' }))
      expect((await readChanges(again, 10, checkpoint)).documents.map(document => document.id)).toEqual(['b'])
    },
  },
]

async function readAll(instance: Instance, limit: number): Promise<string[]> {
  const seen: string[] = []
  let checkpoint: unknown
  for (;;) {
    const page = await readChanges(instance, limit, checkpoint)
    seen.push(...page.documents.map(document => `${document.id} ${document._rev}`))
    checkpoint = page.checkpoint
    if (page.documents.length === 0) return seen
    expect(page.documents.length).toBeLessThanOrEqual(limit)
    // Who gives what was given before would never come to an end.
    expect(new Set(seen).size).toBe(seen.length)
  }
}
