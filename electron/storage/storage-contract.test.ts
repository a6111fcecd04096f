/** The contract held against this storage and RxDB's own memory storage, and the promises that only this storage makes. */
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory'
import { describe, expect, it } from 'vitest'
import type { Instance, Stored } from './storage-contract.suite.ts'
import {
  changeItem,
  describeStorageContract,
  findIds,
  ITEM_SCHEMA,
  makeItem,
  openInstance,
  readChanges,
} from './storage-contract.suite.ts'
import { makeFolder, nativeBinding, openStorage } from './storage-fixture.suite.ts'
import { getRxStorageSQLite } from './rx-storage-sqlite.ts'

describeStorageContract('SQLite, encrypted file', () => openStorage(makeFolder()))
describeStorageContract('SQLite, in memory', () => getRxStorageSQLite({ path: ':memory:', ...nativeBinding }))
describeStorageContract("RxDB's memory storage", () => getRxStorageMemory())

describe('SQLite storage beyond the contract', () => {
  const insert = (instance: Instance, ...documents: Stored[]) =>
    instance.bulkWrite(
      documents.map(document => ({ document })),
      'test',
    )

  it('meets the same document twice in one bulk one after the other', async () => {
    const instance = await openInstance(openStorage(makeFolder()))
    const first = makeItem({ id: 'a', rank: 1 })
    const { error } = await insert(instance, first, makeItem({ id: 'a', rank: 2 }))
    expect(error[0]).toMatchObject({ status: 409, documentInDb: first })
    const change = changeItem(first, { rank: 3 })
    expect((await instance.bulkWrite([change, changeItem(change.document, { rank: 4 })], 'test')).error).toEqual([])
    expect(await instance.findDocumentsById(['a'], false)).toMatchObject([{ rank: 4 }])
    await instance.close()
  })

  it('tells a write made by a listener after the write that it listens to, to every listener', async () => {
    const instance = await openInstance(openStorage(makeFolder()))
    const told: string[] = []
    instance.changeStream().subscribe(bulk => {
      if (bulk.context === 'test') void instance.bulkWrite([{ document: makeItem({ id: 'b' }) }], 'nested')
    })
    instance.changeStream().subscribe(bulk => told.push(bulk.context))
    await insert(instance, makeItem({ id: 'a' }))
    expect(told).toEqual(['test', 'nested'])
    await instance.close()
  })

  it('hides no change from replication when the clock is set back', async () => {
    const instance = await openInstance(openStorage(makeFolder()))
    const a = makeItem({ id: 'a' }, 1, { _meta: { lwt: 2_000_000_000_000 } })
    await insert(instance, a)
    const { checkpoint } = await readChanges(instance, 10, undefined)
    await insert(instance, makeItem({ id: 'b' }, 1, { _meta: { lwt: 1_000_000_000_000 } }))
    await instance.bulkWrite([changeItem(a, { _meta: { lwt: 1_000_000_000_001 } })], 'test')
    const later = await readChanges(instance, 10, checkpoint)
    expect(later.documents.map(document => `${document.id} ${document._rev}`)).toEqual(['b 1-a', 'a 2-a'])
    await instance.close()
  })

  it('never gives a sequence number out again, purged and reopened or not', async () => {
    const folder = makeFolder()
    let instance = await openInstance(openStorage(folder))
    const a = makeItem({ id: 'a' })
    await insert(instance, a)
    await instance.bulkWrite([changeItem(a, { _deleted: true })], 'test')
    const { checkpoint } = await readChanges(instance, 10, undefined)
    await instance.cleanup(-1000)
    expect(await instance.findDocumentsById(['a'], true)).toEqual([])
    await instance.close()
    instance = await openInstance(openStorage(folder))
    await insert(instance, makeItem({ id: 'b' }))
    expect((await readChanges(instance, 10, checkpoint)).documents.map(document => document.id)).toEqual(['b'])
    await instance.close()
  })

  it('purges in batches and says when there is more', async () => {
    const instance = await openInstance(openStorage(makeFolder()))
    await insert(
      instance,
      ...Array.from({ length: 700 }, (_, index) => makeItem({ id: `i${index}` }, 1, { _deleted: true })),
    )
    expect(await instance.cleanup(-1000)).toBe(false)
    expect(await instance.cleanup(-1000)).toBe(true)
    await instance.close()
  })

  it('counts with skip and limit as query does', async () => {
    const instance = await openInstance(openStorage(makeFolder()))
    await insert(instance, ...Array.from({ length: 9 }, (_, index) => makeItem({ id: `i${index}`, kind: 'x' })))
    const queryPlan = { index: [], startKeys: [], endKeys: [], inclusiveEnd: true, inclusiveStart: true } as never
    const count = (skip: number, limit: number) =>
      instance.count({ query: { selector: { kind: { $eq: 'x' } }, sort: [{ id: 'asc' }], skip, limit }, queryPlan })
    expect([await count(0, 4), await count(7, 4), await count(20, 4)].map(each => each.count)).toEqual([4, 2, 0])
    await instance.close()
  })

  it('sees what another connection wrote, without serving an old document from its cache', async () => {
    const folder = makeFolder()
    const [one, two] = [await openInstance(openStorage(folder)), await openInstance(openStorage(folder))]
    const a = makeItem({ id: 'a', rank: 1 })
    await insert(one, a)
    expect(await one.findDocumentsById(['a'], false)).toMatchObject([{ rank: 1 }])
    await two.bulkWrite([changeItem(a, { rank: 2 })], 'test')
    expect(await one.findDocumentsById(['a'], false)).toMatchObject([{ rank: 2 }])
    expect((await one.bulkWrite([changeItem(a, { rank: 3 })], 'test')).error[0]).toMatchObject({
      status: 409,
      documentInDb: { rank: 2 },
    })
    await Promise.all([one.close(), two.close()])
  })

  it('keeps names, ids and values apart that are hostile to SQL, JSON or UTF-8', async () => {
    const storage = openStorage(makeFolder())
    const ids = [
      '"',
      "'; DROP TABLE x; --",
      'a b',
      '\u{1f600}',
      '\ud800',
      '\ud801',
      '\ufffd',
      '\ue000',
      'ä',
      '%',
      '[1]',
    ]
    const instance = await openInstance(storage, 'col"lect\'ion;--')
    await insert(instance, ...ids.map(id => makeItem({ id, kind: id })))
    for (const id of ids) {
      expect((await instance.findDocumentsById([id], false)).map(each => each.kind)).toEqual([id])
      expect(await findIds(instance, { selector: { kind: id } })).toEqual([id])
    }
    expect(await instance.findDocumentsById(ids, false)).toHaveLength(ids.length)
    expect(await findIds(instance, { sort: [{ id: 'asc' }] })).toEqual(ids.toSorted())
    await instance.close()
  })

  // RxDB's memory storage throws here: it tells an event for the refused row.
  it('refuses an attachment that comes without its data, alone and without an event', async () => {
    const instance = await openInstance(openStorage(makeFolder()))
    const told: string[] = []
    instance.changeStream().subscribe(bulk => told.push(...bulk.events.map(event => event.documentId)))
    const stub = { length: 4, type: 'text/plain', digest: 'd' }
    const refused = makeItem({ id: 'b' }, 1, { _attachments: { x: stub } })
    expect((await insert(instance, refused)).error[0]).toMatchObject({
      status: 510,
      documentId: 'b',
      attachmentId: 'x',
    })
    expect((await insert(instance, refused, makeItem({ id: 'c' }))).error).toHaveLength(1)
    expect(told).toEqual(['c'])
    expect(await instance.findDocumentsById(['b'], true)).toEqual([])
    await instance.close()
  })

  it('refuses everything after close with the code closed', async () => {
    const instance = await openInstance(openStorage(makeFolder()))
    await instance.close()
    await expect(insert(instance, makeItem({ id: 'a' }))).rejects.toMatchObject({ code: 'closed' })
    await expect(instance.findDocumentsById(['a'], true)).rejects.toMatchObject({ code: 'closed' })
    await expect(findIds(instance, {})).rejects.toMatchObject({ code: 'closed' })
  })

  it('writes an attachment that was still being read when close() was called', async () => {
    const folder = makeFolder()
    const instance = await openInstance(openStorage(folder))
    const data = new Blob(['late'])
    const photo = { data, length: 4, type: 'text/plain', digest: 'd' }
    const writing = insert(instance, makeItem({ id: 'a' }, 1, { _attachments: { photo } }))
    await instance.close()
    expect((await writing).error).toEqual([])
    const again = await openInstance(openStorage(folder))
    expect(await (await again.getAttachmentData('a', 'photo', 'd')).text()).toBe('late')
    await again.close()
  })

  it('adds the columns of a new index to a table that is there, filled from its documents', async () => {
    const folder = makeFolder()
    const { indexes: _, ...rest } = ITEM_SCHEMA
    const params = {
      databaseInstanceToken: 't',
      databaseName: 'contract',
      collectionName: 'items',
      options: {},
      multiInstance: false,
      devMode: false,
    }
    const before = await openStorage(folder).createStorageInstance({ ...params, schema: rest })
    await before.bulkWrite(
      [{ document: makeItem({ id: 'a', kind: 'x' }) }, { document: makeItem({ id: 'b', kind: 'y' }) }],
      'test',
    )
    await before.close()
    const after = await openInstance(openStorage(folder))
    expect(await findIds(after, { selector: { kind: 'y' } })).toEqual(['b'])
    await after.close()
  })
})
