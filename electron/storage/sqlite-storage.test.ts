/** Promises that only this storage makes, beyond RxDB's contract (contract/), and faults that it once had. */
import { fillWithDefaultSettings } from 'rxdb'
import { describe, expect, it } from 'vitest'
import type { Instance, Item, ItemSchema, Stored } from './contract/contract-case.suite.ts'
import {
  changeItem,
  findIds,
  insert,
  ITEM_SCHEMA,
  makeItem,
  makeItems,
  makeSchema,
  openInstance,
  readChanges,
} from './contract/contract-case.suite.ts'
import { makeFolder, openStorage } from './storage-fixture.suite.ts'

const photo = { data: new Blob(['late']), length: 4, type: 'text/plain', digest: 'd' }
const withPhoto = { _attachments: { photo } as unknown as Stored['_attachments'] }

describe('SQLite storage beyond the contract', () => {
  it('tells a write made by a listener to every listener after the write that it listens to', async () => {
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
    await insert(instance, ...makeItems(700).map(item => ({ ...item, _deleted: true })))
    expect(await instance.cleanup(-1000)).toBe(false)
    expect(await instance.cleanup(-1000)).toBe(true)
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
    const writing = insert(instance, makeItem({ id: 'a' }, 1, withPhoto))
    await instance.close()
    expect((await writing).error).toEqual([])
    const again = await openInstance(openStorage(folder))
    expect(await (await again.getAttachmentData('a', 'photo', 'd')).text()).toBe('late')
    await again.close()
  })

  it('adds the columns of a new index to a table that is there, filled from its documents', async () => {
    const folder = makeFolder()
    const { indexes: _, ...bare } = ITEM_SCHEMA
    const before = await openInstance(openStorage(folder), { schema: bare })
    await insert(before, makeItem({ id: 'a', kind: 'x' }), makeItem({ id: 'b', kind: 'y' }))
    await before.close()
    const after = await openInstance(openStorage(folder))
    expect(await findIds(after, { selector: { kind: 'y' } })).toEqual(['b'])
    await after.close()
  })
})

describe('faults that it once had', () => {
  it('keeps documents that RxDB calls equal as they were first written, whichever index finds them', async () => {
    const instance = await openInstance(openStorage(makeFolder()))
    const items = ['d', 'b', 'c', 'a'].map(id => makeItem({ id, kind: id, more: { v: 'x' } }))
    await insert(instance, ...items)
    const [first] = items
    if (!first) throw new Error('no item')
    await instance.bulkWrite([changeItem(first, { more: { v: ['x'] } })], 'test')
    const sort = [{ 'more.v': 'asc' }]
    // Of an array and its element RxDB's comparator says 0, and looks no further.
    const of = (selector: object) => findIds(instance, { selector, sort })
    expect((await of({ kind: { $in: ['d', 'a'] } })).join()).toBe('d,a')
    expect((await of({ kind: { $gte: 'c' } })).join()).toBe('d,c')
    await instance.close()
  })

  it('keeps indexed fields apart whose names differ by case only, also where one of them was there before', async () => {
    const folder = makeFolder()
    const schemaOf = (...indexes: string[]): ItemSchema =>
      fillWithDefaultSettings<Item>({
        version: 0,
        primaryKey: 'id',
        type: 'object',
        properties: Object.fromEntries(
          ['id', 'userId', 'userid'].map(name => [name, { type: 'string', maxLength: 40 }]),
        ) as never,
        indexes,
      })
    const item = { ...makeItem({ id: 'a' }), userId: 'x', userid: 'y' }
    const ask = async (instance: Instance) => [
      await findIds(instance, { selector: { userId: 'x' } }),
      await findIds(instance, { selector: { userid: 'y' } }),
      await findIds(instance, { selector: { userid: 'x' } }),
    ]
    for (const indexes of [['userId'], ['userid', 'userId'], ['userId', 'userid'], ['userid'], ['userid', 'userId']]) {
      const instance = await openInstance(openStorage(folder), { schema: schemaOf(...indexes) })
      if (indexes.length === 1 && indexes[0] === 'userId') await insert(instance, item)
      expect(await ask(instance), indexes.join()).toEqual([['a'], ['a'], []])
      await instance.close()
    }
  })

  it('finds by an index that the schema had, lost and has again what was written in between', async () => {
    const folder = makeFolder()
    const schemas = [makeSchema(['kind', ['kind', 'rank']]), makeSchema(['rank']), makeSchema(['rank', 'kind'])]
    for (const [index, schema] of schemas.entries()) {
      const instance = await openInstance(openStorage(folder), { schema })
      await insert(instance, makeItem({ id: `i${index}`, kind: 'x', rank: index }))
      const ids = Array.from({ length: index + 1 }, (_, each) => `i${each}`)
      expect(await findIds(instance, { selector: { kind: 'x' }, sort: [{ id: 'asc' }] })).toEqual(ids)
      expect(await findIds(instance, { selector: { rank: { $gte: 0 } }, sort: [{ rank: 'asc' }] })).toEqual(ids)
      await instance.close()
    }
  })

  it('drops the attachments of a document that arrived deleted, once it is purged', async () => {
    const instance = await openInstance(openStorage(makeFolder()))
    await insert(
      instance,
      makeItem({ id: 'a' }, 1, { ...withPhoto, _deleted: true }),
      makeItem({ id: 'b' }, 1, withPhoto),
    )
    expect(await instance.cleanup(-1000)).toBe(true)
    await expect(instance.getAttachmentData('a', 'photo', 'd')).rejects.toThrow('no attachment')
    expect(await (await instance.getAttachmentData('b', 'photo', 'd')).text()).toBe('late')
    await instance.close()
  })

  it('keeps the attachments of documents apart whose ids differ by a lone surrogate', async () => {
    const instance = await openInstance(openStorage(makeFolder()))
    const attached = (text: string) => ({
      _attachments: { x: { ...photo, data: new Blob([text]) } } as unknown as Stored['_attachments'],
    })
    await insert(
      instance,
      makeItem({ id: '\ud800' }, 1, attached('one')),
      makeItem({ id: '\ud801' }, 1, attached('two')),
    )
    expect(await (await instance.getAttachmentData('\ud800', 'x', 'd')).text()).toBe('one')
    await instance.close()
  })
})
