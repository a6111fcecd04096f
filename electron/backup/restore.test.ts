/** A backup put in the place of a workspace that syncs: nothing is lost, nothing comes back from the dead, no stamp twice. */
import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type Laptop, must, openLaptop, openTestHub, type TestHub } from '../../core/replication/laptops.suite.ts'
import type { RecordType } from '../../core/model/record-type.ts'
import { backUp } from '../storage/backup.ts'
import type { Report } from '../storage/job-report.ts'
import { openWorkspaceIn } from '../workspace.suite.ts'
import type { LaptopWorkspace } from '../workspace.ts'
import { backupFolder, listBackups, newBackupName } from './backup-folder.ts'
import { announceReplacement, readReplacement, swapIn } from './replacement.ts'

const PUMP: RecordType = {
  id: 'pump',
  name: 'Pump',
  icon: 'gauge',
  fields: [
    { id: 'name', kind: 'text', label: 'Name' },
    { id: 'flow', kind: 'number', label: 'Flow' },
    { id: 'number', kind: 'autoNumber', label: 'Number' },
  ],
}
const silent: Report = { step: () => undefined, watch: () => undefined }

let folder: string
let hub: TestHub
let office: Laptop
const reported: unknown[] = []
/** Stands still, so that nothing but the clock's own memory keeps stamps apart. */
let time = Date.now()
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'farfield-restore-'))
  hub = await openTestHub()
  office = await openLaptop(hub, { name: 'Office iMac' })
})
afterEach(async () => {
  await office.close()
  await hub.close()
  await rm(folder, { recursive: true, force: true })
  expect(reported.splice(0)).toEqual([])
})

function openHere(): Promise<LaptopWorkspace> {
  return openWorkspaceIn(folder, { now: () => time, report: error => reported.push(error) })
}

async function sit(opened: LaptopWorkspace, connection?: Laptop['connection']): Promise<Laptop> {
  return openLaptop(hub, {
    name: 'Field laptop',
    workspace: opened.workspace,
    ...(connection === undefined ? {} : { connection }),
  })
}

function makeBackup({ file }: LaptopWorkspace): string {
  const backups = backupFolder(folder)
  const target = join(backups, newBackupName(backups, time, 'daily'))
  backUp({ kind: 'backup', file, target }, silent)
  return target
}

const announce = (opened: LaptopWorkspace, backup: string, mark = 'restored') =>
  announceReplacement(opened.file.path, backup, { mark, at: time, now: time })

it('P5 yesterday’s backup on a laptop that syncs loses nothing and resurrects nothing', async () => {
  let opened = await openHere()
  let field = await sit(opened)
  const { connection } = field
  must(await field.workspace.types.save(PUMP))
  const [kept, edited, elsewhere, deleted, waiting, clash] = [
    await field.create({ name: 'Kept' }),
    await field.create({ name: 'Edited later' }),
    await field.create({ name: 'Edited elsewhere' }),
    await field.create({ name: 'Deleted later' }),
    await field.create({ name: 'Waiting' }),
    await field.create({ name: 'Clash' }),
  ]
  await field.sync()
  await office.sync()
  await field.edit(clash, 'name', 'Clash, field')
  await office.edit(clash, 'name', 'Clash, office')
  await office.sync()
  await field.sync()
  // In the backup this waits to be sent, and two answers wait for a person.
  await field.edit(waiting, 'name', 'Waiting, edited')
  expect((await field.view(clash)).versions).toHaveLength(1)
  const backup = makeBackup(opened)

  time += 24 * 3600 * 1000
  await field.edit(edited, 'name', 'Edited after the backup')
  must(await field.workspace.records.delete([deleted]))
  must(await field.workspace.records.settle(clash, 'name', { kind: 'shown' }))
  const settled = (await field.view(clash)).cells['name']?.value
  const made = await field.create({ name: 'Made after the backup' })
  const given = (await field.view(made)).cells['number']?.value
  await field.sync()
  await office.sync()
  await office.edit(elsewhere, 'flow', 7)
  await office.edit(waiting, 'name', 'Waiting, edited again')
  await office.sync()
  const last = field.workspace.context.clock.last ?? ''
  await announce(opened, backup)
  await field.close()

  opened = await openHere()
  expect(opened.restored).not.toBeNull()
  expect((await opened.workspace.records.read(edited))?.cells['name']?.value).toBe('Edited later')
  expect(await opened.workspace.records.read(made)).toBeNull()
  field = await sit(opened, connection)
  // Before anything came back: no stamp and no number a second time.
  const fresh = await field.create({ name: 'Made after the restore' })
  expect((await field.view(fresh)).cells['name']?.stamp.localeCompare(last)).toBe(1)
  expect((await field.view(fresh)).cells['number']?.value).not.toBe(given)
  await field.sync()
  await office.sync()
  await field.sync()
  expect(await field.dump()).toBe(await office.dump())
  for (const laptop of [field, office]) {
    const name = async (id: string) => (await laptop.view(id)).cells['name']?.value
    expect(await Promise.all([kept, edited, made, waiting, fresh].map(name))).toEqual([
      'Kept',
      'Edited after the backup',
      'Made after the backup',
      'Waiting, edited again',
      'Made after the restore',
    ])
    expect((await laptop.view(elsewhere)).cells['flow']?.value).toBe(7)
    expect((await laptop.view(deleted)).deleted).toBe(true)
    expect(await name(clash)).toBe(settled)
    expect(await firstValueFrom(laptop.workspace.records.clashes$)).toEqual([])
  }
  await field.close()
}, 60_000)

it('keeps the hub that is connected now, and the replaced database among the backups', async () => {
  let opened = await openHere()
  await opened.workspace.types.save(PUMP)
  await opened.workspace.settings.set('sync.connection', { hub: 'left since' })
  const backup = makeBackup(opened)
  await opened.workspace.settings.set('sync.connection', null)
  must(await opened.workspace.records.create('pump', { name: 'Only here' }))
  await announce(opened, backup)
  await opened.workspace.close()
  opened = await openHere()
  expect(await opened.workspace.settings.get('sync.connection')).toBeNull()
  expect(await firstValueFrom(opened.workspace.records.counts$)).toMatchObject({ all: 0 })
  const replaced = listBackups(backupFolder(folder)).find(({ kind }) => kind === 'replaced')
  // And back again: what was replaced is a backup like any other.
  await announce(opened, join(backupFolder(folder), replaced?.file ?? ''), 'back')
  await opened.workspace.close()
  opened = await openHere()
  expect(await firstValueFrom(opened.workspace.records.counts$)).toMatchObject({ all: 1 })
  await opened.workspace.close()
  expect((await openHere().then(async again => (await again.workspace.close(), again))).restored).toBeNull()
})

it.each(['nothing moved', 'the old one moved', 'both moved', 'open but not noted'])(
  'a crash on the way leaves one whole database, and the next start goes on: %s',
  async how => {
    let opened = await openHere()
    await opened.workspace.types.save(PUMP)
    must(await opened.workspace.records.create('pump', { name: 'In the backup' }))
    const backup = makeBackup(opened)
    must(await opened.workspace.records.create('pump', { name: 'Not in the backup' }))
    const { path } = opened.file
    await announce(opened, backup)
    await opened.workspace.close()
    const replacement = readReplacement(path)
    if (replacement === undefined) throw new Error('not announced')
    const kept = join(backupFolder(folder), replacement.replaced)
    if (how === 'the old one moved') renameSync(path, kept)
    if (how === 'both moved' || how === 'open but not noted') swapIn(path, replacement)
    opened = await openHere()
    expect(await firstValueFrom(opened.workspace.records.counts$)).toMatchObject({ all: 1 })
    expect([existsSync(kept), existsSync(`${path}.incoming`), readReplacement(path)]).toEqual([true, false, undefined])
    must(await opened.workspace.records.create('pump', { name: 'Afterwards' }))
    await opened.workspace.close()
    opened = await openHere()
    expect(await firstValueFrom(opened.workspace.records.counts$)).toMatchObject({ all: 2 })
    await opened.workspace.close()
    expect(readdirSync(folder).filter(name => /part|draft|incoming/.test(name))).toEqual([])
    rmSync(kept)
  },
)
