/** RxDB's plugins on this storage, dev-mode checks on: what they write and read back is theirs, on file and reopened. */
import type { RxCollection, RxDatabase, RxJsonSchema } from 'rxdb'
import {
  addRxPlugin,
  createRxDatabase,
  defaultConflictHandler,
  removeRxDatabase,
  rxStorageInstanceToReplicationHandler,
} from 'rxdb'
import { RxDBAttachmentsPlugin } from 'rxdb/plugins/attachments'
import { RxDBBackupPlugin } from 'rxdb/plugins/backup'
import { RxDBCleanupPlugin } from 'rxdb/plugins/cleanup'
import { disableWarnings, RxDBDevModePlugin } from 'rxdb/plugins/dev-mode'
import { RxDBJsonDumpPlugin } from 'rxdb/plugins/json-dump'
import { RxDBLocalDocumentsPlugin } from 'rxdb/plugins/local-documents'
import { RxDBMigrationSchemaPlugin } from 'rxdb/plugins/migration-schema'
import { RxDBPipelinePlugin } from 'rxdb/plugins/pipeline'
import { RxDBQueryBuilderPlugin } from 'rxdb/plugins/query-builder'
import { replicateRxCollection } from 'rxdb/plugins/replication'
import { RxDBStatePlugin } from 'rxdb/plugins/state'
import { wrappedValidateAjvStorage } from 'rxdb/plugins/validate-ajv'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { RxStorageSqlite } from './rx-storage-sqlite.ts'
import { makeFolder, openStorage } from './storage-fixture.suite.ts'

interface Person {
  readonly id: string
  readonly name: string
  readonly age: number
  readonly friend?: string
  readonly full?: string
}
type People = RxCollection<Person>

const properties = {
  id: { type: 'string', maxLength: 40 },
  name: { type: 'string', maxLength: 40 },
  age: { type: 'number', minimum: 0, maximum: 200, multipleOf: 1 },
  friend: { type: 'string', ref: 'people', maxLength: 40 },
  full: { type: 'string', maxLength: 60 },
} as const
const SCHEMA: RxJsonSchema<Person> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  properties,
  required: ['id', 'name', 'age'],
  indexes: ['name', ['age', 'name']],
  attachments: {},
}

let made = 0
function openDatabase(storage: RxStorageSqlite, name = `people${made++}`): Promise<RxDatabase> {
  return createRxDatabase({
    name,
    storage: wrappedValidateAjvStorage({ storage }),
    multiInstance: false,
    localDocuments: true,
    ignoreDuplicate: true,
  })
}

async function openPeople(storage: RxStorageSqlite, name?: string): Promise<{ database: RxDatabase; people: People }> {
  const database = await openDatabase(storage, name)
  const { people } = await database.addCollections({ people: { schema: SCHEMA, localDocuments: true } })
  return { database, people: people as unknown as People }
}

function makePeople(count: number, name = 'n'): Person[] {
  return Array.from({ length: count }, (_, age) => ({ id: `p${age}`, name: `${name}${age}`, age }))
}

async function one(people: People, id: string) {
  return people.findOne(id).exec(true)
}

async function contents(people: People): Promise<unknown> {
  return (await people.find({ sort: [{ id: 'asc' }] }).exec()).map(person => person.toJSON())
}

describe("RxDB's plugins on the SQLite storage", () => {
  beforeAll(() => {
    disableWarnings()
    for (const plugin of [RxDBAttachmentsPlugin, RxDBBackupPlugin, RxDBCleanupPlugin, RxDBDevModePlugin])
      addRxPlugin(plugin)
    for (const plugin of [RxDBJsonDumpPlugin, RxDBLocalDocumentsPlugin, RxDBMigrationSchemaPlugin]) addRxPlugin(plugin)
    for (const plugin of [RxDBPipelinePlugin, RxDBQueryBuilderPlugin, RxDBStatePlugin]) addRxPlugin(plugin)
  })

  it('two databases of one name on one storage see each other’s changes, one by one and as bulks', async () => {
    const storage = openStorage(makeFolder())
    const first = await openPeople(storage)
    const second = await openPeople(storage, first.database.name)
    const ages: (number | undefined)[] = []
    await first.people.bulkInsert(makePeople(20))
    const watching = second.people.findOne('p3').$.subscribe(found => ages.push(found?.age))
    expect(await second.people.count().exec()).toBe(20)
    await (await one(first.people, 'p3')).incrementalPatch({ age: 77 })
    await first.people.bulkUpsert([
      { id: 'p1', name: 'u', age: 1 },
      { id: 'new', name: 'u', age: 2 },
    ])
    expect((await second.people.find({ selector: { name: 'u' } }).exec()).map(found => found.id)).toEqual(['new', 'p1'])
    expect(ages.at(-1)).toBe(77)
    const counted = await one(first.people, 'p1')
    await Promise.all(
      Array.from({ length: 30 }, () => counted.incrementalModify(data => ({ ...data, age: data.age + 1 }))),
    )
    expect((await one(second.people, 'p1')).age).toBe(31)
    await second.people.bulkRemove(['p1', 'p2'])
    await first.people.insert({ id: 'p1', name: 'again', age: 1, friend: 'p3' })
    const friend = (await (await one(first.people, 'p1')).populate('friend')) as Person | null
    expect(friend?.id).toBe('p3')
    const oldest = await first.people.find().where('age').gt(10).sort('-age').limit(2).exec()
    expect(oldest.map(found => found.age)).toEqual([77, 19])
    watching.unsubscribe()
    await Promise.all([first.database.close(), second.database.close()])
  })

  it('local documents and states are found again in the file', async () => {
    const storage = openStorage(makeFolder())
    const { database, people } = await openPeople(storage)
    await people.upsertLocal('view', { width: 1 })
    await database.upsertLocal('view', { width: 2 })
    await (await database.addState('app')).set('open', () => 5)
    await database.close()
    const again = await openPeople(storage, database.name)
    expect((await again.people.getLocal('view'))?.get('width')).toBe(1)
    expect((await again.database.getLocal('view'))?.get('width')).toBe(2)
    expect((await again.database.addState('app')).get('open')).toBe(5)
    await again.database.close()
  })

  it('attachments are put, replaced, kept by a change of their document and removed', async () => {
    const { database, people } = await openPeople(openStorage(makeFolder()))
    const put = async (text: string) => {
      const data = new Blob([text], { type: 'text/plain' })
      return (await one(people, 'a')).putAttachment({ id: 'note', data, type: 'text/plain' })
    }
    const read = async () => (await one(people, 'a')).getAttachment('note')?.getStringData()
    await people.insert({ id: 'a', name: 'a', age: 1 })
    expect(await (await put('one')).getStringData()).toBe('one')
    await put('two')
    await (await one(people, 'a')).patch({ age: 2 })
    expect(await read()).toBe('two')
    await (await one(people, 'a')).getAttachment('note')?.remove()
    expect((await one(people, 'a')).allAttachments()).toEqual([])
    await put('three')
    await (await one(people, 'a')).remove()
    await people.insert({ id: 'a', name: 'b', age: 1 })
    expect(await read()).toBeUndefined()
    await database.close()
  })

  it('a schema’s new version takes its documents and attachments over, in a file that was closed between', async () => {
    const storage = openStorage(makeFolder())
    const { database: before, people } = await openPeople(storage)
    await people.bulkInsert(makePeople(120))
    await (await one(people, 'p1')).putAttachment({ id: 'x', data: new Blob(['kept']), type: 'text/plain' })
    await (await one(people, 'p9')).remove()
    await before.close()
    const database = await openDatabase(storage, before.name)
    const migrated = await database.addCollections({
      people: {
        schema: { ...SCHEMA, version: 1, indexes: ['name', 'full'], required: ['id', 'name', 'age', 'full'] },
        migrationStrategies: { 1: (old: Person) => (old.id === 'p2' ? null : { ...old, full: `full ${old.name}` }) },
      },
    })
    const now = migrated['people'] as unknown as People
    expect(await now.count().exec()).toBe(118)
    expect((await now.find({ selector: { full: 'full n7' } }).exec()).map(found => found.id)).toEqual(['p7'])
    expect(await (await one(now, 'p1')).getAttachment('x')?.getStringData()).toBe('kept')
    await database.close()
  })

  it('a dump of one database fills another, and a backup has a folder for each document', async () => {
    const storage = openStorage(makeFolder())
    const [from, to] = [await openPeople(storage), await openPeople(storage)]
    await from.people.bulkInsert(makePeople(50))
    await to.people.importJSON(await from.people.exportJSON())
    expect(await contents(to.people)).toEqual(await contents(from.people))
    const directory = makeFolder()
    const backup = to.database.backup({ live: false, directory })
    await backup.awaitInitialBackup()
    expect(readdirSync(directory).filter(name => /^p\d+$/.test(name))).toHaveLength(50)
    await Promise.all([from.database.close(), to.database.close()])
  })

  it('two laptops and a server meet by replication, after time apart and changes on both sides', async () => {
    const server = await openPeople(openStorage(makeFolder()))
    const [a, b] = [await openPeople(openStorage(makeFolder())), await openPeople(openStorage(makeFolder()))]
    const { storageInstance } = server.people
    const master = rxStorageInstanceToReplicationHandler(storageInstance, defaultConflictHandler, server.database.token)
    const start = (people: People) =>
      replicateRxCollection<Person, unknown>({
        replicationIdentifier: 'server',
        collection: people,
        live: true,
        pull: {
          batchSize: 7,
          handler: (checkpoint, limit) => master.masterChangesSince(checkpoint, limit),
          stream$: master.masterChangeStream$ as never,
        },
        push: { batchSize: 5, handler: rows => master.masterWrite(rows as never) as never },
      })
    await a.people.bulkInsert(makePeople(60))
    const [first, other] = [start(a.people), start(b.people)]
    await first.awaitInSync()
    await other.awaitInSync()
    expect(await b.people.count().exec()).toBe(60)
    await first.cancel()
    await (await one(a.people, 'p1')).patch({ name: 'from a' })
    await (await one(a.people, 'p2')).remove()
    await (await one(b.people, 'p3')).patch({ name: 'from b' })
    await other.awaitInSync()
    const second = start(a.people)
    await second.awaitInSync()
    await other.awaitInSync()
    expect(await contents(a.people)).toEqual(await contents(b.people))
    expect(await b.people.count().exec()).toBe(59)
    expect((await one(b.people, 'p1')).name).toBe('from a')
    expect((await one(a.people, 'p3')).name).toBe('from b')
    await Promise.all([second.cancel(), other.cancel()])
    await Promise.all([a, b, server].map(({ database }) => database.remove()))
  })

  it('a pipeline sees every change once', async () => {
    const { database, people } = await openPeople(openStorage(makeFolder()))
    const { sink } = await database.addCollections({ sink: { schema: SCHEMA } })
    if (!sink) throw new Error('no collection')
    const seen: string[] = []
    const pipeline = await people.addPipeline({
      identifier: 'copy',
      destination: sink as never,
      batchSize: 4,
      handler: async documents => {
        for (const { id, name, age } of documents) {
          seen.push(id)
          await sink.upsert({ id, name, age })
        }
      },
    })
    await people.bulkInsert(makePeople(10))
    await pipeline.awaitIdle()
    expect(seen.toSorted()).toEqual(makePeople(10).map(person => person.id))
    expect(await sink.count().exec()).toBe(10)
    await pipeline.close()
    await database.close()
  })

  it('cleanup, remove and removeRxDatabase leave nothing behind, one file for each database', async () => {
    const folder = makeFolder()
    const storage = openStorage(folder, { path: name => join(folder, `${name}.db`) })
    const { database, people } = await openPeople(storage)
    await people.bulkInsert(makePeople(20))
    await people.bulkRemove(['p1', 'p2'])
    await people.cleanup(0)
    expect(await people.storageInstance.findDocumentsById(['p1', 'p2'], true)).toEqual([])
    await people.insert({ id: 'p1', name: 'again', age: 1 })
    await people.upsertLocal('view', { width: 1 })
    await database.close()
    await removeRxDatabase(database.name, wrappedValidateAjvStorage({ storage }), false)
    const again = await openPeople(storage, database.name)
    expect(await again.people.find().exec()).toEqual([])
    expect(await again.people.getLocal('view')).toBeNull()
    await again.database.remove()
  })

  it('a database is opened again while the one before it is still closing', async () => {
    const storage = openStorage(makeFolder())
    for (let age = 0; age < 4; age++) {
      const { database, people } = await openPeople(storage, 'hasty')
      await people.upsert({ id: 'x', name: 'n', age })
      const closing = database.close()
      const again = await openPeople(storage, 'hasty')
      await closing
      expect((await one(again.people, 'x')).age).toBe(age)
      await again.database.close()
    }
  })
})
