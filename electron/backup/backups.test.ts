/** Backups by themselves and by a person: when, which are kept, one job at a time, and what is said when one fails. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { filter, firstValueFrom, map } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StorageView } from '../../core/model/api.ts'
import { openKeyedDatabase } from '../storage/keyed-database.ts'
import { StorageError } from '../storage/storage-error.ts'
import { threadOf } from '../storage/thread.suite.ts'
import { backupFolder, listBackups, newBackupName, removeParts } from './backup-folder.ts'
import { type Backups, type BackupsDeps, openBackups } from './backups.ts'
import { LEAST_BATTERY, type Power } from './daily.ts'
import { createHealth, ROOM_NEEDED } from './health.ts'

const DAY = 24 * 3600 * 1000
const nativeBinding = process.env['FARFIELD_SQLITE_ADDON']

let folder: string
let backups: Backups
let now = Date.UTC(2026, 10, 25)
let power: Power = { power: 'mains', level: null }
let rings: { readonly at: number; readonly ring: () => void }[] = []
const reopened: string[] = []
const reported: unknown[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'farfield-backups-'))
  rings = []
  power = { power: 'mains', level: null }
})
afterEach(async () => {
  await backups.close()
  rmSync(folder, { recursive: true, force: true })
  expect(reported.splice(0)).toEqual([])
})

function open(over: Partial<BackupsDeps> = {}): BackupsDeps['file'] {
  const file = {
    path: join(folder, 'workspace.db'),
    key: new Uint8Array(randomBytes(32)),
    ...(nativeBinding === undefined ? {} : { nativeBinding }),
  }
  const database = openKeyedDatabase(file)
  database.exec('CREATE TABLE t AS SELECT randomblob(1000) AS a')
  database.close()
  backups = openBackups({
    file,
    script: threadOf('../backup/file-jobs.worker.ts'),
    files: join(folder, 'files'),
    downloads: join(folder, 'downloads'),
    rebuildSearch: () => undefined,
    health: createHealth({ room: () => ROOM_NEEDED, after }),
    holdWrites: () => ({ release: () => undefined }),
    power: () => power,
    now: () => now,
    after,
    newMark: () => 'mark',
    reopen: () => reopened.push('reopened'),
    report: error => reported.push(error),
    ...over,
  })
  return file
}

function after(ms: number, ring: () => void): () => void {
  const entry = { at: now + ms, ring }
  rings.push(entry)
  return () => {
    rings = rings.filter(each => each !== entry)
  }
}

/** Rings whatever is due by then, as a clock would. */
function pass(ms: number): void {
  now += ms
  const due = rings.filter(({ at }) => at <= now)
  rings = rings.filter(each => !due.includes(each))
  for (const { ring } of due) ring()
}

const ended = (): Promise<NonNullable<StorageView['outcome']>> =>
  firstValueFrom(
    backups.view$.pipe(
      map(({ outcome }) => outcome),
      filter(outcome => outcome !== null),
    ),
  )

describe('the daily backup', () => {
  it('waits for a person’s first minutes, is made once a day, and lets go of those that have had their time', async () => {
    open()
    const shelf = backupFolder(folder)
    for (let day = 1; day < 30; day++) writeFileSync(join(shelf, newBackupName(shelf, now - day * DAY, 'daily')), 'x')
    writeFileSync(join(shelf, newBackupName(shelf, now - 90 * DAY, 'asked')), 'x')
    pass(10_000)
    expect(listBackups(shelf)).toHaveLength(30)
    pass(50_000)
    expect(await ended()).toMatchObject({ job: 'backUp', asked: false })
    const kept = listBackups(shelf)
    expect(kept[0]).toMatchObject({ kind: 'daily', at: now })
    expect(kept.filter(({ kind }) => kind === 'daily').length).toBeLessThanOrEqual(11)
    expect(kept.filter(({ kind }) => kind === 'asked')).toHaveLength(1)
    pass(DAY / 2)
    expect(listBackups(shelf)).toHaveLength(kept.length)
  })

  it('is not begun on a battery that is low, and is made up for later', async () => {
    open()
    power = { power: 'battery', level: LEAST_BATTERY - 1 }
    pass(60_000)
    await Promise.resolve()
    expect(listBackups(backupFolder(folder))).toEqual([])
    power = { power: 'battery', level: LEAST_BATTERY }
    pass(16 * 60_000)
    expect(await ended()).toMatchObject({ job: 'backUp', asked: false })
  })
})

describe('a job', () => {
  it('is one at a time, and of a damaged database or backup says so and leaves all as it was', async () => {
    const file = open()
    expect(backups.backUp()).toEqual({ ok: true, value: null })
    expect(backups.verify()).toEqual({ ok: false, failure: { code: 'busy' } })
    expect(await ended()).toMatchObject({ job: 'backUp', asked: true })
    const shelf = backupFolder(folder)
    const damaged = newBackupName(shelf, now, 'asked')
    writeFileSync(join(shelf, damaged), randomBytes(8192))
    expect(backups.restore(damaged)).toMatchObject({ ok: true })
    expect(await ended()).toMatchObject({ job: 'restore', failure: { code: 'damaged' } })
    expect(backups.restore('../workspace.db')).toMatchObject({ ok: false, failure: { code: 'notFound' } })
    expect(reopened).toEqual([])
    expect(readdirSync(folder).sort()).toEqual(['backups', 'workspace.db'])
    expect(file.path).toContain('workspace.db')
  })

  it('leaves the sizes it tells as they were until it looks again', async () => {
    const { path } = open()
    const bytes = async () => (await firstValueFrom(backups.view$)).bytes
    const before = await bytes()
    writeFileSync(`${path}-wal`, Buffer.alloc(5000))
    expect(await bytes()).toBe(before)
    backups.look()
    expect(await bytes()).toBe(before + 5000)
  })

  it('that is cancelled says so, and what a crash left of one is removed at the next start', async () => {
    open()
    backups.backUp()
    backups.cancel()
    expect(await ended()).toEqual({ job: 'backUp', at: now, failure: null })
    const shelf = backupFolder(folder)
    expect(readdirSync(shelf)).toEqual([])
    writeFileSync(join(shelf, 'workspace-2026-11-25T00-00-00.000Z-daily.db.part'), 'x')
    writeFileSync(join(shelf, 'notes.txt'), 'mine')
    removeParts(shelf)
    expect(readdirSync(shelf)).toEqual(['notes.txt'])
    expect(listBackups(shelf)).toEqual([])
  })
})

describe('health', () => {
  it('is a full disk from the first write that failed until there is room, and damage until the next opening', async () => {
    let room = 0
    const health = createHealth({ room: () => room, after })
    const view = () => firstValueFrom(health.view$)
    expect(health.note(new Error('a bug'))).toBeUndefined()
    expect(await view()).toEqual({ diskFull: false, damaged: false })
    const full = new StorageError('diskFull', 'no room')
    expect(health.note(new Error('wrapped', { cause: full }))).toEqual({ code: 'diskFull' })
    pass(60_000)
    expect(await view()).toEqual({ diskFull: true, damaged: false })
    room = ROOM_NEEDED
    pass(60_000)
    expect(await view()).toEqual({ diskFull: false, damaged: false })
    expect(health.note(new StorageError('damaged', 'x'))).toEqual({ code: 'damaged' })
    expect(await view()).toEqual({ diskFull: false, damaged: true })
  })
})
