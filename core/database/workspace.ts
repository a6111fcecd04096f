/**
 * Opens one workspace: its collections on any RxStorage, its clock and its stores. RxDB is never given a password (it would
 * keep an unsalted hash of it) and never runs multi-instance (it would write change events to the temp folder in the clear).
 */
import { addRxPlugin, createRxDatabase, type RxCollection, type RxDatabase, type RxStorage } from 'rxdb/plugins/core'
import { RxDBLocalDocumentsPlugin } from 'rxdb/plugins/local-documents'
import { merge } from 'rxjs'
import { createClock } from '../model/clock.ts'
import { kindRules } from '../model/fields/kinds.ts'
import { newId } from '../model/id.ts'
import type { DeviceId, RecordId, Stamp } from '../model/record.ts'
import type { Context, Tables } from './context.ts'
import type { DeviceStore, RecordReader, RecordStore, SettingStore, TypeStore } from './database.ts'
import { createDeviceStore, openDeviceNames } from './device-store.ts'
import { type DocumentsByCollection, SCHEMAS } from './documents.ts'
import { createHistoryStore, type HistoryStore } from './history-store.ts'
import { createNumbering } from './numbering.ts'
import { createQueryReader } from './query-reader.ts'
import { openRecordCounts } from './record-counts.ts'
import { createRecordStore } from './record-store.ts'
import { checkingStorage } from './schema-check.ts'
import { createSettingStore } from './setting-store.ts'
import { createTable } from './table.ts'
import { createTypeStore, openTypes } from './type-store.ts'

export interface WorkspaceOptions {
  /** Encrypts and persists; the workspace neither knows nor cares how. */
  readonly storage: RxStorage<unknown, unknown>
  /** The database's name within the storage. */
  readonly name: string
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Bytes from a cryptographic source. */
  readonly random: (bytes: number) => Uint8Array
  /** A reader that is quicker than RxDB's queries, where the storage has one; it is given the general one. */
  readonly readerFor?: (general: RecordReader) => RecordReader
  /** What a start need not wait for (counting the records, loading what a write needs) begins here; at once if absent. */
  readonly settled?: Promise<void>
  /** Where a bug in the background ends. */
  readonly report: (error: unknown) => void
}

export interface Workspace {
  readonly records: RecordStore
  readonly types: TypeStore
  readonly devices: DeviceStore
  readonly settings: SettingStore
  readonly history: HistoryStore
  readonly device: DeviceId
  /** For replication and for storage-specific readers. */
  readonly rx: RxDatabase
  readonly context: Context
  /** Records removed without a trace while they may have been on their way to the provider. */
  readonly revoked: Set<RecordId>
  close(): Promise<void>
}

type Collections = { readonly [name in keyof DocumentsByCollection]: RxCollection<DocumentsByCollection[name]> }

const DEVICE = 'workspace.device'
const CLOCK = 'workspace.clock'
/** How often the clock's last stamp is kept; a crash in between is made good by the newest record. */
const CLOCK_EVERY_MS = 10_000

export async function openWorkspace(options: WorkspaceOptions): Promise<Workspace> {
  addRxPlugin(RxDBLocalDocumentsPlugin)
  const database = await createRxDatabase({
    name: options.name,
    storage: checkingStorage(options.storage, options.settled ?? Promise.resolve()),
    multiInstance: false,
    localDocuments: true,
  })
  try {
    return await openStores(database, options)
  } catch (error) {
    await database.close()
    throw error
  }
}

async function openStores(database: RxDatabase, options: WorkspaceOptions): Promise<Workspace> {
  const { now, random, report } = options
  const collections = (await database.addCollections({
    records: { schema: SCHEMAS.records },
    types: { schema: SCHEMAS.types },
    devices: { schema: SCHEMAS.devices },
    history: { schema: SCHEMAS.history },
  })) as unknown as Collections
  const tables: Tables = {
    records: createTable(collections.records),
    types: createTable(collections.types),
    devices: createTable(collections.devices),
    history: createTable(collections.history),
  }
  const settings = createSettingStore(database)
  const device = await openDeviceId(settings, random)
  const saved = await settings.get(CLOCK)
  const clock = createClock({ device, now, last: typeof saved === 'string' ? saved : undefined })
  for (const stamp of await newestStamps(tables)) clock.observe(stamp)
  const names = await openDeviceNames(tables.devices, device)
  const types = await openTypes(tables.types)
  const numbering = createNumbering(settings, device)
  const context: Context = {
    tables,
    clock,
    device,
    numbering,
    random,
    typeOf: types.typeOf,
    nameOf: names.nameOf,
    report,
  }
  const counts = openRecordCounts({
    table: tables.records,
    types: types.ids(),
    start: options.settled ?? Promise.resolve(),
    report,
  })
  const general = createQueryReader(
    tables.records,
    (type, field, value) => {
      const known = types.typeOf(type)?.fields.find(each => each.id === field)
      return known === undefined ? null : kindRules(known.kind).sortKey(value, known)
    },
    types.list,
  )
  const reader = options.readerFor?.(general) ?? general
  const revoked = new Set<RecordId>()
  const names$ = merge(tables.devices.changes$, tables.types.changes$)

  // Whatever arrives from elsewhere moves this clock on, so that the next edit here sorts after it.
  const watched = merge(tables.records.changes$, tables.types.changes$, tables.devices.changes$).subscribe(changes => {
    const stamps = new Set<Stamp>()
    for (const { after } of changes) for (const field in after?.cells) stamps.add(after.cells[field]?.stamp ?? '')
    for (const stamp of stamps) clock.observe(stamp)
  })
  const keeper = setInterval(() => void keepClock().catch(report), CLOCK_EVERY_MS)
  let kept: Stamp | undefined
  async function keepClock(): Promise<void> {
    if (clock.last === undefined || clock.last === kept) return
    kept = clock.last
    await settings.set(CLOCK, clock.last)
  }

  const typeStore = createTypeStore(context, types, counts)
  const history = createHistoryStore(tables, settings, now)
  return {
    records: createRecordStore({ context, counts, reader, names$, revoked }),
    types: typeStore,
    devices: createDeviceStore(context, names),
    settings,
    history,
    device,
    rx: database,
    context,
    revoked,
    async close() {
      clearInterval(keeper)
      watched.unsubscribe()
      await history.close()
      await keepClock().catch(report)
      typeStore.close()
      types.close()
      names.close()
      counts.close()
      await database.close()
    },
  }
}

async function openDeviceId(settings: SettingStore, random: (bytes: number) => Uint8Array): Promise<DeviceId> {
  const known = await settings.get(DEVICE)
  if (typeof known === 'string' && known !== '') return known
  const made = newId(random)
  await settings.set(DEVICE, made)
  return made
}

/** The newest stamps that are known here: the clock must not go back behind them, even after a crash. */
async function newestStamps(tables: Tables): Promise<readonly Stamp[]> {
  // By its index alone: a selector beside it would make the start sort every record.
  const newest = await tables.records.find({ sort: [{ updatedAt: 'desc' }], limit: 1 })
  const others = [...(await tables.types.find({})), ...(await tables.devices.find({}))]
  return [...newest, ...others].flatMap(({ cells }) => Object.values(cells).map(({ stamp }) => stamp))
}
