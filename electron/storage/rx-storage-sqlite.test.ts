/** RxDB itself on this storage, dev-mode checks on: what an app does with it, from creating a database to removing it. */
import { addRxPlugin, createRxDatabase, removeRxDatabase } from 'rxdb'
import { disableWarnings, RxDBDevModePlugin } from 'rxdb/plugins/dev-mode'
import { wrappedValidateAjvStorage } from 'rxdb/plugins/validate-ajv'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { RxStorageSqlite } from './rx-storage-sqlite.ts'
import { makeFolder, openStorage } from './storage-fixture.suite.ts'

const schema = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties: {
    id: { type: 'string', maxLength: 40 },
    name: { type: 'string', maxLength: 40 },
    age: { type: 'number', minimum: 0, maximum: 200, multipleOf: 1 },
  },
  required: ['id', 'name', 'age'],
  indexes: ['name', ['age', 'name']],
} as const

async function openDatabase(storage: RxStorageSqlite, name = 'people') {
  const database = await createRxDatabase({
    name,
    storage: wrappedValidateAjvStorage({ storage }),
    multiInstance: false,
    closeDuplicates: true,
  })
  await database.addCollections({ people: { schema } })
  return database
}

describe('RxDB on the SQLite storage', () => {
  beforeAll(() => {
    disableWarnings()
    addRxPlugin(RxDBDevModePlugin)
  })

  it('inserts, updates, removes and inserts again, with live queries and counts in step', async () => {
    const database = await openDatabase(openStorage(makeFolder()))
    const people = database.collections['people']
    if (!people) throw new Error('no collection')
    const seen: string[][] = []
    const query = people.find({ selector: { age: { $gte: 18 } }, sort: [{ age: 'asc' }] })
    const watching = query.$.subscribe(found => seen.push(found.map(person => String(person.get('name')))))
    await people.bulkInsert([
      { id: 'a', name: 'Ada', age: 36 },
      { id: 'b', name: 'Bob', age: 17 },
      { id: 'c', name: 'Cid', age: 20 },
    ])
    const bob = await people.findOne('b').exec()
    await bob.incrementalPatch({ age: 18 })
    await (await people.findOne('a').exec()).remove()
    await people.insert({ id: 'a', name: 'Ann', age: 19 })
    expect((await query.exec()).map(person => person.get('name'))).toEqual(['Bob', 'Ann', 'Cid'])
    expect(seen.at(-1)).toEqual(['Bob', 'Ann', 'Cid'])
    expect(await people.count({ selector: { name: 'Ann' } }).exec()).toBe(1)
    await expect(people.insert({ id: 'a', name: 'Twice', age: 1 })).rejects.toMatchObject({ code: 'CONFLICT' })
    await expect(people.insert({ id: 'd', name: 'Dot', age: 900 })).rejects.toMatchObject({ code: 'VD2' })
    watching.unsubscribe()
    await database.close()
  })

  it('finds everything again in the same file, several databases side by side, and writes no other file', async () => {
    const folder = makeFolder()
    const storage = openStorage(folder)
    for (const name of ['one', 'two']) {
      const database = await openDatabase(storage, name)
      await database.collections['people']?.insert({ id: 'x', name, age: 1 })
      await database.close()
    }
    const [one, two] = [await openDatabase(openStorage(folder), 'one'), await openDatabase(openStorage(folder), 'two')]
    expect(await one.collections['people']?.find().exec()).toMatchObject([{ name: 'one' }])
    expect(await two.collections['people']?.find().exec()).toMatchObject([{ name: 'two' }])
    await Promise.all([one.close(), two.close()])
    expect(readdirSync(folder).toSorted()).toEqual(['test.db', 'test.db.key-check', 'test.db.outline'])
  })

  it('gives each database its own file where path is a function', async () => {
    const folder = makeFolder()
    const storage = openStorage(folder, { path: name => join(folder, `${name}.db`) })
    const databases = [await openDatabase(storage, 'one'), await openDatabase(storage, 'two')]
    expect(
      readdirSync(folder)
        .filter(name => name.endsWith('.db'))
        .toSorted(),
    ).toEqual(['one.db', 'two.db'])
    await Promise.all(databases.map(database => database.close()))
  })

  it('removes a collection and a database without a trace in a new one', async () => {
    const storage = openStorage(makeFolder())
    let database = await openDatabase(storage)
    await database.collections['people']?.insert({ id: 'x', name: 'Xi', age: 1 })
    await database.collections['people']?.remove()
    await database.addCollections({ people: { schema } })
    expect(await database.collections['people']?.find().exec()).toEqual([])
    await database.collections['people']?.insert({ id: 'x', name: 'Xi', age: 1 })
    await database.close()
    await removeRxDatabase('people', storage, false)
    database = await openDatabase(storage)
    expect(await database.collections['people']?.find().exec()).toEqual([])
    await database.close()
  })
})
