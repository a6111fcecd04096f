/** "Check the database" on a real workspace with real files, in the real thread: what it tells of files and of search. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { filter, firstValueFrom, map } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StorageOutcome } from '../../core/model/api.ts'
import { must } from '../../core/replication/laptops.suite.ts'
import type { FileRef } from '../../core/model/fields/files.ts'
import { toDocument, UNSENT } from '../../core/database/states.ts'
import { openFileStore } from '../storage/file-store.ts'
import { openKeyedDatabase } from '../storage/keyed-database.ts'
import { createSealedReader } from '../storage/sealed-reader.ts'
import { threadOf } from '../storage/thread.suite.ts'
import { openWorkspaceIn } from '../workspace.suite.ts'
import type { LaptopWorkspace } from '../workspace.ts'
import { type Backups, openBackups } from './backups.ts'
import { createHealth, ROOM_NEEDED } from './health.ts'

const random = (bytes: number) => new Uint8Array(randomBytes(bytes))
const PUMP = {
  id: 'pump',
  name: 'Pump',
  icon: 'gauge',
  fields: [
    { id: 'name', kind: 'text', label: 'Name' },
    { id: 'photos', kind: 'files', label: 'Photos' },
  ],
} as const
type Checked = Extract<StorageOutcome, { readonly sound: boolean }>

let folder: string
let opened: LaptopWorkspace
let backups: Backups
let rebuilds = 0
const reported: unknown[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farfield-checking-'))
  opened = await openWorkspaceIn(folder, { report: error => reported.push(error) })
  must(await opened.workspace.types.save(PUMP))
  rebuilds = 0
  const after = () => () => undefined
  backups = openBackups({
    file: opened.file,
    files: join(folder, 'files'),
    downloads: join(folder, 'downloads'),
    script: threadOf('../backup/file-jobs.worker.ts'),
    health: createHealth({ room: () => ROOM_NEEDED, after }),
    rebuildSearch: () => (rebuilds += 1),
    holdWrites: () => ({ release: () => undefined }),
    power: () => ({ power: 'mains', level: null }),
    now: Date.now,
    after,
    newMark: () => 'mark',
    reopen: () => undefined,
    report: error => reported.push(error),
  })
})
afterEach(async () => {
  await backups.close()
  await opened.workspace.close()
  await rm(folder, { recursive: true, force: true })
  expect(reported.splice(0)).toEqual([])
})

async function store(name: string): Promise<FileRef> {
  const files = await openFileStore({ path: join(folder, 'files'), key: opened.key, random })
  const { hash, bytes } = await files.add([Buffer.from(`The bytes of ${name}`)])
  await files.close()
  return { hash, name, bytes, type: 'image/png' }
}

async function removeFromDisk({ hash }: FileRef): Promise<void> {
  const { placeOf } = createSealedReader({ path: join(folder, 'files'), key: opened.key, purpose: 'files by content' })
  expect(existsSync(placeOf(hash))).toBe(true)
  await rm(placeOf(hash))
}

async function create(name: string, ...files: readonly FileRef[]): Promise<string> {
  return must(await opened.workspace.records.create('pump', { name, photos: files.map(file => ({ ...file })) })).id
}

async function check(): Promise<Checked> {
  must(backups.verify())
  const outcome = await firstValueFrom(
    backups.view$.pipe(
      map(view => view.outcome),
      filter(each => each !== null),
    ),
  )
  if (!('sound' in outcome)) throw new Error(JSON.stringify(outcome))
  return outcome
}

describe('checking the database', () => {
  it('reads every file that anything names, and tells which are not here, whatever names them', async () => {
    const names = ['shown', 'deleted', 'replaced', 'version', 'before', 'here']
    const files: FileRef[] = []
    for (const name of names) files.push(await store(name))
    const [shown, deleted, replaced, version, before, here] = files as [
      FileRef,
      FileRef,
      FileRef,
      FileRef,
      FileRef,
      FileRef,
    ]
    await create('North weir', shown, here)
    must(await opened.workspace.records.delete([await create('South weir', deleted)]))
    const edited = await create('East weir', replaced)
    must(await opened.workspace.records.edit([{ record: edited, field: 'photos', value: null }]))
    const { tables } = opened.workspace.context
    const [known] = await tables.records.find({ selector: { id: edited } })
    const stamp = known?.created ?? ''
    const clash = [{ field: 'photos', value: [{ ...version }], stamp, before: [{ ...before }] }]
    await tables.records.insert([
      toDocument({ id: 'clash', type: 'pump', created: stamp, cells: {}, versions: clash }, undefined, UNSENT),
    ])
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
    expect(await check()).toMatchObject({ sound: true, files: { read: 6, bytes, missing: 0, damaged: 0, named: [] } })

    for (const file of [shown, deleted, replaced, version, before]) await removeFromDisk(file)
    const { sound, files: told } = await check()
    // Files are no part of the database: it is as sound as it was.
    expect([sound, told.read, told.missing, told.damaged]).toEqual([true, 1, 5, 0])
    expect(told.named.map(({ name, record }) => `${name} of ${record}`).sort()).toEqual([
      'before of ',
      'deleted of South weir',
      'replaced of ',
      'shown of North weir',
      'version of ',
    ])
    expect((await firstValueFrom(backups.view$)).damaged).toBe(false)
  })

  it('has search made anew where it is out of step, and not otherwise', async () => {
    await create('North weir')
    await create('South weir')
    expect(await check()).toMatchObject({ sound: true, rebuilding: false })
    const database = openKeyedDatabase(opened.file)
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE name LIKE '%/records/%/search'").pluck().all()
    database.exec(`DELETE FROM "${String(tables[0])}"`)
    database.close()
    expect(rebuilds).toBe(0)
    expect(await check()).toMatchObject({ sound: false, wrong: { pages: 0, document: 0, search: 2 }, rebuilding: true })
    expect(rebuilds).toBe(1)
    await opened.searchIndex.rebuild(
      () => undefined,
      () => false,
    )
    expect(await check()).toMatchObject({ sound: true, rebuilding: false })
    expect(rebuilds).toBe(1)
    expect((await firstValueFrom(backups.view$)).damaged).toBe(false)
  })
})
