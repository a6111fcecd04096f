import { randomBytes } from 'node:crypto'
import { mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { forgetReport, readReport } from './backup/rescue.ts'
import { problemPage } from './problem-page.ts'
import { openKeyedDatabase } from './storage/keyed-database.ts'
import { threadOf } from './storage/thread.suite.ts'
import { openLaptopWorkspace, type OpenedWorkspace, type OpeningDeps } from './workspace.ts'

const type = {
  id: 'pump',
  name: 'Pump',
  icon: 'droplet',
  fields: [{ id: 'name', kind: 'text', label: 'Name' }],
} as const

const addon = process.env['FARFIELD_SQLITE_ADDON']
const nativeBinding = addon === undefined ? {} : { nativeBinding: addon }

describe("opening this laptop's database", () => {
  let folder: string
  const reported: unknown[] = []
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'farfield-workspace-'))
  })
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true })
    expect(reported.splice(0)).toEqual([])
  })
  const openHere = (more: Partial<OpeningDeps> = {}) =>
    openLaptopWorkspace({
      ...more,
      folder,
      nativeBinding: process.env['FARFIELD_SQLITE_ADDON'],
      keychain: { isReal: () => Promise.resolve(false), wrap: () => Promise.reject(), unwrap: () => Promise.reject() },
      now: Date.now,
      random: bytes => new Uint8Array(randomBytes(bytes)),
      settled: Promise.resolve(),
      report: error => reported.push(error),
    })
  const must = (result: OpenedWorkspace) => {
    if (!result.ok) throw new Error(result.problem)
    return result.opened
  }
  const fill = async () => {
    const { workspace } = must(await openHere())
    await workspace.types.save(type)
    await workspace.records.create('pump', { name: 'Marmalade-7731' })
    await workspace.close()
  }
  const database = () => join(folder, 'workspace.db')
  const snapshot = async () => {
    const names = (await readdir(folder)).sort()
    return Promise.all(names.map(async name => [name, (await readFile(join(folder, name))).toString('hex')] as const))
  }

  it('keeps records over a restart, and none of their text in any file', async () => {
    await fill()
    const { workspace, protection, restored } = must(await openHere())
    expect([protection, restored]).toEqual(['file', null])
    expect(await firstValueFrom(workspace.records.counts$)).toMatchObject({ all: 1 })
    for (const name of await readdir(folder)) {
      expect((await readFile(join(folder, name))).includes('Marmalade'), name).toBe(false)
    }
    await workspace.close()
  })

  it('sets a damaged database aside, says so, and starts with a fresh one where nothing can be read', async () => {
    await fill()
    const file = await open(database(), 'r+')
    await file.write(randomBytes(4096), 0, 4096, 100)
    await file.close()
    const damaged = await readFile(database())
    const { workspace } = must(await openHere())
    const report = readReport(database())
    expect(report).toMatchObject({ readable: false, saved: 0, uncertain: true })
    expect(report?.file).toMatch(/^workspace\.db\.damaged-/)
    expect(await readFile(join(folder, report?.file ?? ''))).toEqual(damaged)
    expect(await firstValueFrom(workspace.records.counts$)).toMatchObject({ all: 0 })
    await workspace.types.save(type)
    expect((await workspace.records.create('pump', { name: 'Bravo' })).ok).toBe(true)
    await workspace.close()
    const again = must(await openHere())
    expect(await firstValueFrom(again.workspace.records.counts$)).toMatchObject({ all: 1 })
    await again.workspace.close()
    forgetReport(database())
    expect(readReport(database())).toBeNull()
  })

  it.each([
    ['a page', 'workspace/history/0'],
    ['the first page', undefined],
  ])('brings what can be read of a database with damage in %s into a fresh one, once', async (_, table) => {
    await fill()
    const stored = JSON.parse(await readFile(join(folder, 'key.json'), 'utf8')) as { readonly key: string }
    const keyed = { path: database(), key: Buffer.from(stored.key, 'base64'), ...nativeBinding }
    const reading = openKeyedDatabase(keyed, { readonly: true })
    const find = reading.prepare<[string], number>('SELECT rootpage FROM sqlite_master WHERE name = ?').pluck()
    const page = table === undefined ? 1 : Number(find.get(table))
    reading.close()
    const file = await open(database(), 'r+')
    await file.write(randomBytes(100), 0, 100, (page - 1) * 4096 + 500)
    await file.close()
    const damaged = await readFile(database())
    const rescues: string[] = []
    const more = { jobScript: threadOf('../backup/file-jobs.worker.ts'), onRescue: () => rescues.push('begun') }
    const first = must(await openHere(more))
    expect(await firstValueFrom(first.workspace.records.counts$)).toMatchObject({ all: 1 })
    await first.workspace.close()
    const report = readReport(database())
    expect(report).toMatchObject({ readable: true, saved: 1, lost: 0 })
    expect(await readFile(join(folder, report?.file ?? ''))).toEqual(damaged)
    expect(rescues).toEqual(['begun'])
    const again = must(await openHere(more))
    expect(await firstValueFrom(again.workspace.records.counts$)).toMatchObject({ all: 1 })
    expect((await again.workspace.records.create('pump', { name: 'Bravo' })).ok).toBe(true)
    await again.workspace.close()
    expect(rescues).toEqual(['begun'])
    expect((await readdir(folder)).filter(name => /salvage|part|draft/.test(name))).toEqual([])
  })

  it('touches nothing when the key is missing, wrong or unreadable', async () => {
    await fill()
    const key = await readFile(join(folder, 'key.json'), 'utf8')
    const other = JSON.stringify({ version: 1, protection: 'file', key: randomBytes(32).toString('base64') })
    for (const [text, problem] of [
      [other, 'wrongKey'],
      ['rubbish', 'keyUnreadable'],
      [undefined, 'keyMissing'],
    ] as const) {
      if (text === undefined) await rm(join(folder, 'key.json'))
      else await writeFile(join(folder, 'key.json'), text)
      const before = await snapshot()
      expect(await openHere()).toEqual({ ok: false, problem, folder })
      expect(await snapshot(), problem).toEqual(before)
    }
    await writeFile(join(folder, 'key.json'), key)
    const { workspace } = must(await openHere())
    expect(await firstValueFrom(workspace.records.counts$)).toMatchObject({ all: 1 })
    await workspace.close()
  })

  it('shows a problem in words, without a script and with the folder escaped', () => {
    const page = problemPage('wrongKey', '/home/<b>&"x', 'nonce1')
    const html = String(page.body)
    expect(html).toContain('does not open your records')
    expect(html).toContain('Nothing was changed or deleted')
    expect(html).toContain('/home/&#60;b&#62;&#38;&#34;x')
    expect(html).not.toMatch(/<script|<b>/)
    expect(page.headers?.['Content-Security-Policy']).toMatch(/^default-src 'none'; style-src 'nonce-nonce1'/)
  })
})
