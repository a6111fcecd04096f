/**
 * What a case of the contract is, and what it works with: items, a bench that opens instances of any storage, and short
 * ways to write and ask. Cases are plain functions, so that a test can also show that a faulty storage fails one.
 */
import type { EventBulk, RxDocumentData, RxJsonSchema, RxStorage, RxStorageChangeEvent, RxStorageInstance } from 'rxdb'
import { fillWithDefaultSettings, getChangedDocumentsSince, normalizeMangoQuery, now, prepareQuery } from 'rxdb'

export interface Item {
  readonly id: string
  readonly kind?: unknown
  readonly rank?: unknown
  readonly flag?: unknown
  readonly more?: unknown
}
export type Stored = RxDocumentData<Item>
export type ItemSchema = RxJsonSchema<Stored>
export type Instance = RxStorageInstance<Item, unknown, unknown, unknown>
export type AnyStorage = RxStorage<unknown, unknown>
export type Bulk = EventBulk<RxStorageChangeEvent<Item>, unknown>
export type StorageFactory = () => AnyStorage

export interface OpenOptions {
  readonly collection?: string
  readonly database?: string
  readonly schema?: ItemSchema
}

/** One storage with data of its own; closes what it opened. */
export interface Bench {
  open(options?: OpenOptions): Promise<Instance>
  /** `count`, or less where the storage is too slow to be tested with as many. */
  many(count: number): number
}

export interface ContractCase {
  readonly name: string
  run(bench: Bench): Promise<void>
}

const properties = {
  id: { type: 'string', maxLength: 60 },
  kind: { type: 'string', maxLength: 40 },
  rank: { type: 'number', minimum: -1e9, maximum: 1e9, multipleOf: 0.01 },
  flag: { type: 'boolean' },
  more: {
    type: 'object',
    properties: { at: { type: 'string', maxLength: 40 } },
    required: ['at'],
    additionalProperties: true,
  },
} as const

export function makeSchema(indexes: (string | string[])[] | undefined, version = 0): ItemSchema {
  return fillWithDefaultSettings<Item>({
    version,
    primaryKey: 'id',
    type: 'object',
    properties,
    // RxDB's Dexie storage asks for it; nothing here checks documents against the schema.
    required: ['kind', 'rank', 'flag', 'more'],
    ...(indexes === undefined ? {} : { indexes }),
    attachments: {},
  })
}

export const ITEM_SCHEMA = makeSchema(['kind', ['kind', 'rank'], 'flag'])

export async function openInstance(storage: AnyStorage, options: OpenOptions = {}): Promise<Instance> {
  const instance = await storage.createStorageInstance<Item>({
    databaseInstanceToken: 'token',
    databaseName: options.database ?? 'contract',
    collectionName: options.collection ?? 'items',
    schema: options.schema ?? ITEM_SCHEMA,
    options: {},
    multiInstance: false,
    devMode: false,
  })
  return instance as Instance
}

let benches = 0

/** @throws what the case throws, after everything is closed */
export async function runCase(contractCase: ContractCase, factory: StorageFactory, most = Infinity): Promise<void> {
  const storage = factory()
  const opened: Instance[] = []
  // RxDB's memory and Dexie storages keep their documents across storage objects.
  const suffix = `x${++benches}`
  try {
    await contractCase.run({
      async open({ database = 'contract', ...rest } = {}) {
        const instance = await openInstance(storage, { database: `${database}${suffix}`, ...rest })
        opened.push(instance)
        return instance
      },
      many: count => Math.min(count, most),
    })
  } finally {
    for (const instance of opened) await instance.close()
  }
}

export function makeItem(item: Item, height = 1, over: Partial<Stored> = {}): Stored {
  return { ...item, _deleted: false, _attachments: {}, _meta: { lwt: now() }, _rev: `${height}-a`, ...over }
}

/** With a value for every field that the schemas index. */
export function makeFullItem(item: Item, height = 1, over: Partial<Stored> = {}): Stored {
  return makeItem(
    { kind: 'none', rank: 0, flag: false, ...item, more: { at: 'here', ...(item.more as object | undefined) } },
    height,
    over,
  )
}

export function makeItems(count: number, over: (index: number) => Partial<Item> = () => ({})): Stored[] {
  return Array.from({ length: count }, (_, index) =>
    makeFullItem({ id: `i${String(index).padStart(5, '0')}`, ...over(index) }),
  )
}

export function changeItem(previous: Stored, over: Partial<Stored>): { previous: Stored; document: Stored } {
  const height = Number.parseInt(previous._rev, 10) + 1
  return { previous, document: { ...previous, _meta: { lwt: now() }, _rev: `${height}-a`, ...over } }
}

export function removeItem(previous: Stored): { previous: Stored; document: Stored } {
  return changeItem(previous, { _deleted: true })
}

export function insert(instance: Instance, ...documents: Stored[]) {
  return instance.bulkWrite(
    documents.map(document => ({ document })),
    'test',
  )
}

/** A mango query as RxDB hands it to a storage. */
export function prepare(instance: Instance, query: object) {
  const schema = instance.schema as ItemSchema
  return prepareQuery<Item>(schema, normalizeMangoQuery<Item>(schema, query))
}

export async function findIds(instance: Instance, query: object): Promise<string[]> {
  return (await instance.query(prepare(instance, query))).documents.map(document => document.id)
}

export async function countItems(instance: Instance, query: object): Promise<number> {
  return (await instance.count(prepare(instance, query))).count
}

export async function readOne(instance: Instance, id: string): Promise<Stored | undefined> {
  return (await instance.findDocumentsById([id], true))[0]
}

export function readChanges(instance: Instance, limit: number, checkpoint: unknown) {
  return getChangedDocumentsSince<Item, unknown>(instance, limit, checkpoint)
}

/** Everything told from now on. */
export function listen(instance: Instance): Bulk[] {
  const told: Bulk[] = []
  instance.changeStream().subscribe(bulk => told.push(bulk))
  return told
}
