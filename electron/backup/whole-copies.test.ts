/** Whole copies on a real workspace with real files, in the real thread: whole or not there, and put in place only if sound. */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { filter, firstValueFrom, map } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StorageOutcome, StorageView } from '../../core/model/api.ts'
import type { FileRef } from '../../core/model/fields/files.ts'
import { must } from '../../core/replication/laptops.suite.ts'
import { openFileStore } from '../storage/file-store.ts'
import { JobCancelled, type Report } from '../storage/job-report.ts'
import { openKeyedDatabase } from '../storage/keyed-database.ts'
import { createSealedReader } from '../storage/sealed-reader.ts'
import { threadOf } from '../storage/thread.suite.ts'
import { type SavedWhole, saveWhole } from '../storage/save-whole.ts'
import { unpackWhole } from '../storage/unpack-whole.ts'
import { createWholeCopy, openWholeCopy } from '../storage/whole-copy.ts'
import { openWorkspaceIn } from '../workspace.suite.ts'
import type { LaptopWorkspace } from '../workspace.ts'
import { ARRIVED, backupFolder, listBackups, SCRATCH } from './backup-folder.ts'
import { type Backups, openBackups } from './backups.ts'
import { createHealth, ROOM_NEEDED } from './health.ts'
import { KNOWLEDGE } from './knowledge.ts'
import { incomingPart, readReplacement } from './replacement.ts'

const MARKER = 'Zebrafinch-7310-in-a-copy'
const MB = 1024 * 1024
const silent: Report = { step: () => undefined, watch: () => undefined }
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

let root: string
let folder: string
let downloads: string
let opened: LaptopWorkspace
let backups: Backups
let reopened = 0
let marks = 0
const reported: unknown[] = []

async function open(): Promise<void> {
  opened = await openWorkspaceIn(folder, { report: error => reported.push(error) })
  const after = () => () => undefined
  backups = openBackups({
    file: opened.file,
    files: join(folder, 'files'),
    downloads,
    script: threadOf('../backup/file-jobs.worker.ts'),
    health: createHealth({ room: () => ROOM_NEEDED, after }),
    rebuildSearch: () => undefined,
    holdWrites: () => ({ release: () => undefined }),
    power: () => ({ power: 'mains', level: null }),
    now: Date.now,
    after,
    newMark: () => `mark-${marks++}`,
    reopen: () => (reopened += 1),
    report: error => reported.push(error),
  })
}
async function close(): Promise<void> {
  await backups.close()
  await opened.workspace.close()
}
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'farfield-whole-'))
  folder = join(root, 'workspace')
  downloads = join(root, 'Downloads')
  reopened = 0
  await open()
  must(await opened.workspace.types.save(PUMP))
})
afterEach(async () => {
  await close()
  await rm(root, { recursive: true, force: true })
  expect(reported.splice(0)).toEqual([])
})

const openStore = () => openFileStore({ path: join(folder, 'files'), key: opened.key, random })
const placeOf = ({ hash }: FileRef) =>
  createSealedReader({ path: join(folder, 'files'), key: opened.key, purpose: 'files by content' }).placeOf(hash)

async function store(name: string, bytes: Uint8Array): Promise<FileRef> {
  const files = await openStore()
  const { hash } = await files.add([bytes])
  await files.close()
  return { hash, name, bytes: bytes.byteLength, type: 'image/png' }
}
async function stateOf({ hash }: FileRef): Promise<string> {
  const files = await openStore()
  const state = await files.verify(hash)
  await files.close()
  return state
}
async function create(name: string, ...files: readonly FileRef[]): Promise<string> {
  return must(await opened.workspace.records.create('pump', { name, photos: files.map(file => ({ ...file })) })).id
}
const nameOf = async (id: string) => (await opened.workspace.records.read(id))?.cells['name']?.value
function flip(path: string, at: number): void {
  const bytes = readFileSync(path)
  bytes[at] = (bytes[at] ?? 0) ^ 1
  writeFileSync(path, bytes)
}

const ended = (): Promise<StorageOutcome> =>
  firstValueFrom(
    backups.view$.pipe(
      map(({ outcome }) => outcome),
      filter(outcome => outcome !== null),
    ),
  )
async function save(): Promise<Extract<StorageOutcome, { readonly name: string }> & { readonly path: string }> {
  must(backups.saveCopy())
  const outcome = await ended()
  if (!('name' in outcome)) throw new Error(JSON.stringify(outcome))
  return { ...outcome, path: join(downloads, outcome.name) }
}
/** As save does, without the thread: for what is done with a copy. */
async function saveHere(): Promise<SavedWhole & { readonly path: string }> {
  mkdirSync(downloads, { recursive: true })
  mkdirSync(backupFolder(folder), { recursive: true })
  const path = join(downloads, 'copy.farfield')
  const scratch = join(backupFolder(folder), SCRATCH)
  const job = {
    kind: 'saveWhole',
    file: opened.file,
    files: join(folder, 'files'),
    scratch,
    target: path,
    madeAt: 1,
  } as const
  return { ...(await saveWhole(job, KNOWLEDGE, silent)), path }
}
/** As the page does: pieces of 1 MB, each once the one before it was taken. */
async function send(bytes: Uint8Array): Promise<StorageOutcome> {
  const { job } = must(backups.restoreCopy(bytes.byteLength))
  for (let from = 0; ; from += MB) {
    if (!(await backups.feed(job, from, bytes.subarray(from, from + MB))) || from + MB >= bytes.byteLength) break
  }
  return ended()
}
/** Nothing is left of a copy on its way, wherever it was going. */
function expectNothingLeft(): void {
  expect(existsSync(downloads) ? readdirSync(downloads).filter(name => !name.endsWith('.farfield')) : []).toEqual([])
  expect(readdirSync(backupFolder(folder)).filter(name => !/^workspace-.*\.db$/.test(name))).toEqual([])
  expect(readdirSync(folder).filter(name => name.includes('incoming'))).toEqual([])
}

describe('saving a whole copy', () => {
  it('has the database at one moment and every file it names, in one file that tells nothing', async () => {
    const photo = await store('weir.png', Buffer.from(MARKER.repeat(100_000)))
    const removed = await store('removed.png', random(5))
    const orphan = await store('orphan.png', random(5))
    await create(MARKER, photo)
    const edited = await create('Edited', removed)
    must(await opened.workspace.records.edit([{ record: edited, field: 'photos', value: null }]))
    const told: NonNullable<StorageView['job']>[] = []
    const watching = backups.view$.subscribe(({ job }) => job !== null && told.push(job))
    must(backups.saveCopy())
    expect(backups.isBusy()).toBe(true)
    // Others write meanwhile.
    let done = false
    const ending = ended().finally(() => (done = true))
    for (let more = 0; !done; more++) {
      await create(`Meanwhile ${more}`)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    const outcome = await ending
    watching.unsubscribe()
    const day = /^Farfield whole copy \d{4}-\d\d-\d\d\.farfield$/
    expect(outcome).toMatchObject({ job: 'saveCopy', name: expect.stringMatching(day) as string, files: 2, missing: 0 })
    const path = join(downloads, readdirSync(downloads)[0] ?? '')
    expect('name' in outcome && [path, statSync(path).size]).toEqual([
      join(downloads, 'name' in outcome ? outcome.name : ''),
      'bytes' in outcome && outcome.bytes,
    ])
    expect(readFileSync(path).includes('Zebrafinch')).toBe(false)
    const copy = openWholeCopy({ ...opened.file, path })
    expect(copy.parts.map(({ name }) => name).sort()).toEqual(['database', photo.hash, removed.hash].sort())
    expect(copy.parts.some(({ name }) => name === orphan.hash)).toBe(false)
    expect(Buffer.concat([...copy.read(photo.hash)]).equals(Buffer.from(MARKER.repeat(100_000)))).toBe(true)
    copy.close()
    const bytes = told.filter(({ step }) => step === 'whole')
    expect(bytes.length).toBeGreaterThan(10)
    expect(bytes.every(({ done, total }) => done <= total && total > photo.bytes)).toBe(true)
    expect(told.some(({ step }) => step === 'check')).toBe(true)
    expectNothingLeft()
    // The same day again: another name.
    expect((await save()).name).toContain('(2)')
  })

  it('says which files are not in it, for they are not here or damaged, and is whole without them', async () => {
    const [here, missing, inside, head] = [
      await store('here', random(100)),
      await store('missing', random(100)),
      await store('inside', random(2 * MB)),
      await store('head', random(100)),
    ]
    await create('All', here, missing, inside, head)
    await rm(placeOf(missing))
    flip(placeOf(inside), statSync(placeOf(inside)).size - 20)
    flip(placeOf(head), 60)
    const { files, missing: absent, damaged, path } = await saveHere()
    expect([files, absent, damaged]).toEqual([1, 1, 2])
    const copy = openWholeCopy({ ...opened.file, path })
    expect(copy.parts.map(({ name }) => name).sort()).toEqual([here.hash, 'database'].sort())
    copy.close()
    expect(existsSync(placeOf(inside))).toBe(true)
  })

  it('that is cancelled at any byte leaves nothing, nor does one of a damaged database', async () => {
    await create('Large', await store('large', random(4 * MB)))
    mkdirSync(downloads, { recursive: true })
    mkdirSync(backupFolder(folder), { recursive: true })
    const job = {
      kind: 'saveWhole',
      file: opened.file,
      files: join(folder, 'files'),
      scratch: join(backupFolder(folder), SCRATCH),
      target: join(downloads, 'copy.part'),
      madeAt: 1,
    } as const
    const stopAt = (stop: number): Report => {
      let steps = 0
      return {
        watch: () => undefined,
        step() {
          if (steps++ === stop) throw new JobCancelled('Cancelled')
        },
      }
    }
    let stop = 0
    for (let ended = false; !ended; stop += 3) {
      const saving = saveWhole(job, KNOWLEDGE, stopAt(stop))
      await saving.then(
        () => (ended = true),
        (error: unknown) => expect(error).toBeInstanceOf(JobCancelled),
      )
      if (!ended) expect(readdirSync(downloads)).toEqual([])
      expect(readdirSync(backupFolder(folder))).toEqual([])
    }
    // Each piece of 64 KB is a place to stop at.
    expect(stop).toBeGreaterThan(64)
    await rm(job.target)

    must(backups.saveCopy())
    backups.cancel()
    expect(await ended()).toMatchObject({ job: 'saveCopy', failure: null })
    expectNothingLeft()

    const database = openKeyedDatabase(opened.file)
    database.pragma('wal_checkpoint(TRUNCATE)')
    database.close()
    const whole = readFileSync(opened.file.path)
    const damaged = Buffer.from(whole)
    for (let at = 8192; at < damaged.length; at += 4096) damaged[at] = (damaged[at] ?? 0) ^ 1
    const path = join(root, 'damaged.db')
    writeFileSync(path, damaged)
    const saving = saveWhole({ ...job, file: { ...opened.file, path } }, KNOWLEDGE, stopAt(-1))
    await expect(saving).rejects.toMatchObject({ code: 'damaged' })
    expect(readdirSync(downloads)).toEqual([])
    expectNothingLeft()
  })
})

describe('restoring a whole copy', () => {
  it('puts the records back and brings what is missing or damaged here; what was here is kept as a backup', async () => {
    const [missing, damaged, sound] = [
      await store('missing', random(3 * MB)),
      await store('damaged', random(100)),
      await store('sound', random(100)),
    ]
    const id = await create('As saved', missing, damaged, sound)
    const { path } = await saveHere()
    must(await opened.workspace.records.edit([{ record: id, field: 'name', value: 'Edited since' }]))
    await rm(placeOf(missing))
    flip(placeOf(damaged), 120)
    const before = statSync(placeOf(sound)).mtimeMs
    // A file that the app is taking in just now.
    const draft = join(folder, 'files', `.${'a'.repeat(32)}.part`)
    writeFileSync(draft, 'on its way')

    expect(await send(readFileSync(path))).toMatchObject({ job: 'restoreCopy', reopening: true })
    expect(reopened).toBe(1)
    expect(readFileSync(draft, 'utf8')).toBe('on its way')
    expect(existsSync(join(backupFolder(folder), ARRIVED))).toBe(false)
    await close()
    await open()
    expect(await nameOf(id)).toBe('As saved')
    expect(opened.restored).toMatchObject({ lost: 0 })
    for (const file of [missing, damaged, sound]) expect(await stateOf(file)).toBe('sound')
    expect(statSync(placeOf(sound)).mtimeMs).toBe(before)
    const [replaced] = listBackups(backupFolder(folder))
    expect(replaced?.kind).toBe('replaced')
    must(backups.restore(replaced?.file ?? ''))
    await ended()
    await close()
    await open()
    expect(await nameOf(id)).toBe('Edited since')
  })

  it('refuses another file, another key, a damaged or cut copy, and changes nothing', async () => {
    const id = await create('Here', await store('photo', random(100)))
    const { path } = await saveHere()
    const whole = readFileSync(path)
    await rm(path)
    const other = createWholeCopy({ ...opened.file, key: random(32), path: join(root, 'other') })
    await other.add('database', [random(5000)])
    other.finish(1)
    other.close()
    const empty = createWholeCopy({ ...opened.file, path: join(root, 'empty') })
    await empty.add('database', [random(5000)])
    empty.finish(1)
    empty.close()
    const copy = openWholeCopy({ ...opened.file, path: writeCopy(whole) })
    const bytes = copy.parts.find(({ name }) => name === 'database')?.bytes ?? 0
    copy.close()
    // A bit in the middle of the database's part, which comes first.
    const changed = Buffer.from(whole)
    const at = 65_536 * 4 + (bytes >> 1)
    changed[at] = (changed[at] ?? 0) ^ 1
    const before = readdirSync(folder).sort()
    for (const [bytes, code] of [
      [Buffer.alloc(0), 'wrongKey'],
      [readFileSync(join(root, 'other')), 'wrongKey'],
      [readFileSync(join(root, 'empty')), 'damaged'],
      [whole.subarray(0, whole.length >> 1), 'damaged'],
      [whole.subarray(0, whole.length - 1), 'damaged'],
      [changed, 'damaged'],
    ] as const) {
      const file = { ...opened.file, path: writeCopy(bytes) }
      const job = {
        kind: 'unpackWhole',
        file,
        files: join(folder, 'files'),
        target: incomingPart(opened.file.path),
      } as const
      await expect(unpackWhole(job, KNOWLEDGE, silent)).rejects.toMatchObject({ code })
      expectNothingLeft()
    }
    expect(await send(Buffer.from('name\n'.repeat(1000)))).toMatchObject({ failure: { code: 'notWholeCopy' } })
    expectNothingLeft()
    expect(await send(changed)).toMatchObject({ job: 'restoreCopy', failure: { code: 'damaged' } })
    expectNothingLeft()
    expect((await firstValueFrom(backups.view$)).damaged).toBe(false)
    expect([reopened, readReplacement(opened.file.path)]).toEqual([0, undefined])
    expect(readdirSync(folder).sort()).toEqual(before)
    expect(await nameOf(id)).toBe('Here')
  })

  it('brings what it can where one file in it cannot be read, and says how many are lost', async () => {
    const [first, second] = [await store('first', random(3 * MB)), await store('second', random(100))]
    const id = await create('With two', first, second)
    const { path } = await saveHere()
    await rm(placeOf(first))
    await rm(placeOf(second))
    const whole = readFileSync(path)
    // Photos come last: the middle of a file of little else is in the large one.
    const at = whole.length - 65_536 * 20
    whole[at] = (whole[at] ?? 0) ^ 1
    expect(await send(whole)).toMatchObject({ job: 'restoreCopy', reopening: true })
    await close()
    await open()
    expect(opened.restored).toMatchObject({ lost: 1 })
    expect(await nameOf(id)).toBe('With two')
    expect([await stateOf(first), await stateOf(second)].sort()).toEqual(['absent', 'sound'])
  })

  it('takes pieces in their order only, and is over when the page goes or a person cancels', async () => {
    const { path } = await saveHere()
    const whole = readFileSync(path)
    const { job } = must(backups.restoreCopy(whole.length))
    expect(backups.verify()).toMatchObject({ failure: { code: 'busy' } })
    expect(await backups.feed('another', 0, whole.subarray(0, 10))).toBe(false)
    expect(await backups.feed(job, 5, whole.subarray(0, 10))).toBe(false)
    const taking = backups.feed(job, 0, whole.subarray(0, 1000))
    // Before the first is written.
    expect(await backups.feed(job, 0, whole.subarray(0, 10))).toBe(false)
    expect(await taking).toBe(true)
    expect(await backups.feed(job, 1000, whole)).toBe(false)
    expect((await firstValueFrom(backups.view$)).job).toMatchObject({
      step: 'receive',
      done: 1000,
      total: whole.length,
    })
    backups.endFeeds()
    expect(await ended()).toMatchObject({ job: 'restoreCopy', failure: null })
    expect(await backups.feed(job, 1000, whole.subarray(1000, 2000))).toBe(false)
    expectNothingLeft()

    const again = must(backups.restoreCopy(whole.length))
    expect(await backups.feed(again.job, 0, whole.subarray(0, 1000))).toBe(true)
    backups.cancel()
    expect(await ended()).toMatchObject({ job: 'restoreCopy', failure: null })
    expectNothingLeft()
    expect([reopened, readReplacement(opened.file.path)]).toEqual([0, undefined])
  })

  it('removes at a start what a crash has left of one', async () => {
    const shelf = backupFolder(folder)
    mkdirSync(shelf, { recursive: true })
    await close()
    for (const name of [ARRIVED, SCRATCH, `${SCRATCH}.part`, `${SCRATCH}.part-journal`])
      writeFileSync(join(shelf, name), 'x')
    writeFileSync(incomingPart(opened.file.path), 'x')
    await open()
    expectNothingLeft()
  })
})

function writeCopy(bytes: Uint8Array): string {
  const path = join(root, 'copy')
  writeFileSync(path, bytes)
  return path
}
