/** Photos and files that only a backup names, on a real workspace: they are there for as long as the backup is. */
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findFileReferences } from '../../core/database/file-references.ts'
import { must } from '../../core/replication/laptops.suite.ts'
import { WAIT_MS } from '../../core/model/file-sweep.ts'
import { sweepFiles } from '../files/sweep.ts'
import { backUp } from '../storage/backup.ts'
import { openFileStore } from '../storage/file-store.ts'
import type { Report } from '../storage/job-report.ts'
import { threadOf } from '../storage/thread.suite.ts'
import { openWorkspaceIn } from '../workspace.suite.ts'
import type { LaptopWorkspace } from '../workspace.ts'
import { backupFolder, listBackups, newBackupName } from './backup-folder.ts'
import { findKeptFiles } from './kept-files.ts'
import { announceReplacement } from './replacement.ts'

const random = (bytes: number) => new Uint8Array(randomBytes(bytes))
const DAY = 86_400_000
const DAYS = WAIT_MS / DAY
const PUMP = {
  id: 'pump',
  name: 'Pump',
  icon: 'gauge',
  fields: [{ id: 'photos', kind: 'files', label: 'Photos' }],
} as const
const silent: Report = { step: () => undefined, watch: () => undefined }
const script = threadOf('../backup/file-jobs.worker.ts')

let folder: string
let opened: LaptopWorkspace
let now = Date.UTC(2026, 10, 25)
let looks = 0
const reported: unknown[] = []

const open = async () => {
  opened = await openWorkspaceIn(folder, { now: () => now, report: error => reported.push(error) })
}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farfield-kept-'))
  await open()
  must(await opened.workspace.types.save(PUMP))
})
afterEach(async () => {
  await opened.workspace.close()
  await rm(folder, { recursive: true, force: true })
  expect(reported.splice(0)).toEqual([])
})

const openStore = () => openFileStore({ path: join(folder, 'files'), key: opened.key, random })

async function add(name: string) {
  const store = await openStore()
  const { hash, bytes } = await store.add([Buffer.from(name)])
  await store.close()
  return { hash, name, bytes, type: 'image/png' }
}

async function sweepDaily(days: number): Promise<readonly string[]> {
  const removed: string[] = []
  for (let day = 0; day < days; day++) {
    now += DAY
    const store = await openStore()
    const deps = {
      store,
      thumbnails: { remove: () => Promise.resolve(true) },
      settings: opened.workspace.settings,
      findReferences: (stopped: () => boolean) => findFileReferences(opened.workspace.context.tables, stopped),
      findKept(stopped: () => boolean) {
        looks++
        return findKeptFiles({ file: opened.file, script, report: error => reported.push(error) }, stopped)
      },
      mayRemove: () => true,
      isSomethingSetAside: () => Promise.resolve(false),
      now: () => now,
    }
    removed.push(...(await sweepFiles(deps, () => false)))
    await store.close()
  }
  return removed
}

function makeBackup(): string {
  const name = newBackupName(backupFolder(folder), now, 'asked')
  backUp({ kind: 'backup', file: opened.file, target: join(backupFolder(folder), name) }, silent)
  return name
}

/** As "Restore" does: what is here now is kept as a backup. */
async function restore(name: string): Promise<void> {
  const path = join(backupFolder(folder), name)
  await announceReplacement(opened.file.path, path, { mark: `mark ${now}`, at: now, now })
  await opened.workspace.close()
  await open()
}

describe('files that a backup names', () => {
  it('outlive every sweep, so that going back to it shows them', async () => {
    const empty = makeBackup()
    const photo = await add('north weir.jpg')
    const { id } = must(await opened.workspace.records.create('pump', { photos: [photo] }))
    // From here on nothing but the replaced database, with its WAL as it was, names the photo.
    await restore(empty)
    expect(await opened.workspace.records.read(id)).toBeNull()
    const orphan = await add('orphan')
    const [replaced] = listBackups(backupFolder(folder)).filter(({ kind }) => kind === 'replaced')
    const before = readdirSync(backupFolder(folder))

    looks = 0
    expect(await sweepDaily(DAYS)).toEqual([])
    expect(looks).toBe(0)
    expect(await sweepDaily(1)).toEqual([orphan.hash])
    expect(looks).toBe(1)
    // Not read again every day.
    expect(await sweepDaily(DAYS - 1)).toEqual([])
    expect(looks).toBe(1)
    expect(readdirSync(backupFolder(folder))).toEqual(before)

    await restore(replaced?.file ?? '')
    expect((await opened.workspace.records.read(id))?.cells['photos']?.value).toEqual([photo])
    const store = await openStore()
    expect(await store.verify(photo.hash)).toBe('sound')
    await store.close()
  })

  it('are all kept while one backup cannot be read, which is said, and go once the backups are gone', async () => {
    const store = await openStore()
    const { hash } = await store.add([Buffer.from('orphan')])
    await store.close()
    const name = makeBackup()
    const path = join(backupFolder(folder), name)
    const whole = readFileSync(path)
    // In the middle, where documents are: its first page is sound.
    const damaged = Buffer.from(whole)
    for (let at = 8192; at < damaged.length; at += 4096) damaged[at + 100] = (damaged[at + 100] ?? 0) ^ 1
    writeFileSync(path, damaged)
    expect(await sweepDaily(DAYS + 2)).toEqual([])
    expect(reported.splice(0)).toMatchObject([{ code: 'damaged' }])
    writeFileSync(path, '')
    expect(await sweepDaily(DAYS)).toEqual([])
    expect(reported.splice(0)).toMatchObject([{ code: 'damaged' }])
    await rm(path)
    expect(await sweepDaily(DAYS + 1)).toEqual([hash])
  })

  it('are not looked for any more once it is stopped', async () => {
    makeBackup()
    const deps = { file: opened.file, script, report: (error: unknown) => reported.push(error) }
    expect(await findKeptFiles(deps, () => true)).toBeUndefined()
    let asked = 0
    expect(await findKeptFiles(deps, () => asked++ > 0)).toBeUndefined()
  })
})
