/** A whole workspace out and into another: the same lines come out of it again, files with them; broken parts are named. */
import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { filter, firstValueFrom } from 'rxjs'
import { pack } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { IMPORT_PIECE_BYTES, type ArchiveProgress } from '../../core/model/api.ts'
import { fieldOf, VALID } from '../../core/model/fields/kinds.suite.ts'
import { newId } from '../../core/model/id.ts'
import type { Value } from '../../core/model/record.ts'
import type { FieldKind, RecordType } from '../../core/model/record-type.ts'
import { createIntaking } from '../../core/replication/take-in.ts'
import { openFileStore, type FileStore } from '../storage/file-store.ts'
import type { LaptopWorkspace } from '../workspace.ts'
import { openWorkspaceIn } from '../workspace.suite.ts'
import { type ArchiveJobs, createArchiveJobs } from './archive-jobs.ts'
import { createExportJobs, type ExportJobs } from './export-jobs.ts'
import type { Counts } from './format.ts'

const random = (bytes: number) => new Uint8Array(randomBytes(bytes))
const kinds = Object.keys(VALID) as FieldKind[]
const type: RecordType = {
  id: 'every',
  name: 'Every kind',
  icon: 'box',
  fields: kinds.map(kind => ({ ...fieldOf(kind), id: kind })),
}

interface Bench {
  readonly laptop: LaptopWorkspace
  readonly store: FileStore
  readonly exports: ExportJobs
  readonly archives: ArchiveJobs
  readonly downloads: string
  close(): Promise<void>
}

describe('a workspace taken out and brought in', () => {
  let folder: string
  let opened: Bench | undefined
  const reported: unknown[] = []
  let time = 0

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'farfield-archive-'))
  })
  afterEach(async () => {
    await opened?.close()
    opened = undefined
    await rm(folder, { recursive: true, force: true })
    expect(reported.splice(0)).toEqual([])
  })

  /** One at a time in a process: sitting down at one closes the one before. */
  async function sitAt(name: string): Promise<Bench> {
    await opened?.close()
    const at = join(folder, name)
    const report = (error: unknown) => reported.push(error)
    const laptop = await openWorkspaceIn(at, { report })
    const { workspace } = laptop
    const store = await openFileStore({ path: join(at, 'files'), key: laptop.key, random })
    const shared = { now: () => (time += 100), newId: () => newId(random), report, store: () => Promise.resolve(store) }
    const downloads = join(at, 'Downloads')
    const exports = createExportJobs({
      ...shared,
      context: workspace.context,
      reader: workspace.records.reader,
      changed$: workspace.records.changed$,
      types: workspace.types,
      version: '9.9.9',
      wallTime: () => Date.UTC(2026, 10, 25),
      downloads,
      showInFolder: () => undefined,
    })
    const archives = createArchiveJobs({
      ...shared,
      intaking: createIntaking(workspace.context),
      beginBulk: laptop.beginBulk,
      toFailure: () => undefined,
    })
    opened = {
      laptop,
      store,
      exports,
      archives,
      downloads,
      async close() {
        await exports.close()
        await archives.close()
        await store.close()
        await workspace.close()
      },
    }
    return opened
  }

  async function takeOut({ exports, downloads }: Bench): Promise<Buffer> {
    const begun = exports.workspace()
    if (!begun.ok) throw new Error(begun.failure.code)
    const end = await firstValueFrom(
      exports.progress$(begun.value.job).pipe(filter(({ state }) => state !== 'running')),
    )
    expect(end).toMatchObject({ state: 'done' })
    return readFile(join(downloads, end.file?.name ?? ''))
  }

  async function bringIn({ archives }: Bench, bytes: Uint8Array, given = bytes.byteLength): Promise<ArchiveProgress> {
    const begun = archives.begin({ fileName: 'x.tar', fileBytes: bytes.byteLength })
    if (!begun.ok) throw new Error(begun.failure.code)
    const { job } = begun.value
    for (let from = 0; from < given; from += IMPORT_PIECE_BYTES) {
      const piece = bytes.subarray(from, Math.min(given, from + IMPORT_PIECE_BYTES))
      const answer = await archives.receive(new URL(`app://farfield/archive/${job}?from=${from}`), piece)
      if (answer?.status !== 204) break
    }
    if (given < bytes.byteLength) archives.endFeeds()
    return firstValueFrom(
      archives.progress$(job).pipe(filter(({ state }) => state !== 'waiting' && state !== 'running')),
    )
  }

  /** Entries by name, as the system's own tar reads them. */
  async function entriesOf(bytes: Uint8Array): Promise<Map<string, Buffer>> {
    const at = await mkdtemp(join(folder, 'unpacked-'))
    await writeFile(join(at, 'x.tar'), bytes)
    await mkdir(join(at, 'out'))
    execFileSync('tar', ['-xf', join(at, 'x.tar'), '-C', join(at, 'out')])
    const names = await readdir(join(at, 'out'), { recursive: true, withFileTypes: true })
    const found = new Map<string, Buffer>()
    for (const name of names) {
      if (!name.isFile()) continue
      const path = join(name.parentPath, name.name)
      found.set(path.slice(join(at, 'out').length + 1), await readFile(path))
    }
    return found
  }

  /** Every line and file of an export, sorted. */
  async function contentOf(bytes: Uint8Array): Promise<readonly string[]> {
    const content: string[] = []
    for (const [name, entry] of await entriesOf(bytes)) {
      const [collection = ''] = name.split('/')
      if (name.endsWith('.jsonl'))
        for (const line of entry.toString('utf8').split('\n')) if (line !== '') content.push(`${collection} ${line}`)
      if (collection === 'files') content.push(`${name} ${createHash('sha256').update(entry).digest('hex')}`)
    }
    return content.sort()
  }

  async function repack(bytes: Uint8Array, change: (entries: Map<string, Buffer>) => void): Promise<Buffer> {
    const entries = await entriesOf(bytes)
    change(entries)
    const packed = pack()
    const order = ['manifest', 'types', 'devices', 'history', 'records', 'files', 'views', 'counts']
    const rank = (name: string) => order.findIndex(each => name.startsWith(each))
    for (const name of [...entries.keys()].sort((a, b) => rank(a) - rank(b))) packed.entry({ name }, entries.get(name))
    packed.finalize()
    const pieces: Buffer[] = []
    for await (const piece of packed) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  /** Records of every kind, edits, a deleted one, a file that is here and one that is not. */
  async function fill({ laptop, store }: Bench, rows: readonly { readonly [field: string]: Value }[]): Promise<string> {
    const { records, types } = laptop.workspace
    await types.save(type)
    const made = await records.importRows('every', rows)
    if (!made.ok) throw new Error(made.failure.code)
    const [first = '', second = ''] = made.value
    const { hash, bytes } = await store.add([Buffer.from('a photo, so to speak')])
    const photo = { hash, name: 'north.jpg', bytes, type: 'image/jpeg' }
    const lost = { ...photo, hash: 'f'.repeat(64), name: 'lost.jpg' }
    await records.edit([{ record: first, field: 'files', value: [photo, lost] }])
    await records.edit([{ record: first, field: 'text', value: 'one' }])
    await records.edit([{ record: first, field: 'text', value: 'two' }])
    await records.delete([second])
    await laptop.workspace.devices.name('Office iMac')
    return first
  }

  it('comes out of the next laptop as it came out of the first, and coming in twice changes nothing', async () => {
    const row = fc.record(Object.fromEntries(kinds.map(kind => [kind, VALID[kind] ?? fc.constant<Value>(null)])), {
      requiredKeys: [],
    })
    const rows = fc.sample(row, 450) as unknown as readonly { readonly [field: string]: Value }[]
    const office = await sitAt('office')
    await fill(office, rows)
    const out = await takeOut(office)
    const entries = await entriesOf(out)
    expect(JSON.parse(entries.get('manifest.json')?.toString('utf8') ?? '')).toEqual({
      format: 'farfield-workspace',
      version: 1,
      app: '9.9.9',
      exportedAt: '2026-11-25T00:00:00.000Z',
    })
    const counts = JSON.parse(entries.get('counts.json')?.toString('utf8') ?? '') as { lines: { records: number } }
    expect(counts).toMatchObject({ files: 1, filesDamaged: [] })
    expect(counts.lines.records).toBe(450)

    const field = await sitAt('field')
    const came = await bringIn(field, out)
    expect(came).toMatchObject({ state: 'done', refused: 0, files: 1, whole: true, changed: 0 })
    const again = await takeOut(field)
    expect(await contentOf(again)).toEqual(await contentOf(out))

    const twice = await bringIn(field, out)
    expect(twice).toMatchObject({ state: 'done', added: 0, changed: 0 })
    expect(await contentOf(await takeOut(field))).toEqual(await contentOf(out))
    // And at home nothing is new either.
    expect(await bringIn(await sitAt('office'), again)).toMatchObject({ state: 'done', added: 0, changed: 0 })
  })

  it('meets later edits by the merge rules: an older export takes nothing back, M7 what nobody can order stays open', async () => {
    const office = await sitAt('office')
    const id = await fill(office, [{ text: 'zero' }, { text: 'gone' }])
    const old = await takeOut(office)
    await office.laptop.workspace.records.edit([{ record: id, field: 'text', value: 'three' }])
    await bringIn(office, old)
    const after = await office.laptop.workspace.records.read(id)
    expect([after?.cells['text']?.value, after?.versions]).toEqual(['three', []])

    const stranger = await sitAt('stranger')
    const other = await repack(old, entries => {
      const lines = entries.get('records/000001.jsonl')?.toString('utf8') ?? ''
      entries.set(
        'records/000001.jsonl',
        Buffer.from(lines.replace('"two"', '"another"').replaceAll(/-[a-z2-7]{26}/g, `-${'b'.repeat(26)}`)),
      )
      entries.delete('history/000001.jsonl')
    })
    await bringIn(stranger, other)
    const merged = await bringIn(stranger, old)
    expect(merged.state).toBe('done')
    const met = await stranger.laptop.workspace.records.read(id)
    const texts = [met?.cells['text']?.value, ...(met?.versions ?? []).map(({ value }) => value)]
    expect(texts).toContain('two')
    expect(texts).toContain('another')
  })

  it('names what is broken line by line and takes the rest; of a type nobody knows too', async () => {
    const office = await sitAt('office')
    await fill(office, [{ text: 'zero' }, { text: 'gone' }, { text: 'kept' }])
    const broken = await repack(await takeOut(office), entries => {
      const lines = (entries.get('records/000001.jsonl')?.toString('utf8') ?? '').split('\n')
      const alien = JSON.stringify({
        ...(JSON.parse(lines[2] ?? '') as object),
        id: 'alien',
        type: 'from a newer one',
      })
      const text = [lines[0], '{"id":', '{"id":"x","cells":3}', lines[1], alien].join('\n')
      entries.set('records/000001.jsonl', Buffer.concat([Buffer.from(text), Buffer.from([0x0a, 0xff, 0xfe, 0x0a])]))
      entries.set(`files/${'a'.repeat(64)}`, Buffer.from('not what its name says'))
      entries.set('views/000001.jsonl', Buffer.from('of a later Farfield'))
    })
    const field = await sitAt('field')
    const came = await bringIn(field, broken)
    expect(came).toMatchObject({ state: 'done', refused: 4, files: 1, whole: true })
    expect(came.refusedLines.map(({ entry, line, reason }) => [entry.slice(0, 12), line, reason])).toEqual([
      ['records/0000', 2, 'notJson'],
      ['records/0000', 3, 'notDocument'],
      ['records/0000', 6, 'unreadable'],
      [`files/aaaaaa`, 0, 'otherHash'],
    ])
    expect(await field.store.has('a'.repeat(64))).toBe(false)
    expect((await field.laptop.workspace.records.read('alien'))?.type).toBe('from a newer one')
  })

  it('refuses what is no export or of a newer format, and changes nothing', async () => {
    const office = await sitAt('office')
    await fill(office, [{ text: 'zero' }, { text: 'gone' }])
    const out = await takeOut(office)
    const newer = await repack(out, entries => {
      const text = entries.get('manifest.json')?.toString('utf8') ?? ''
      entries.set('manifest.json', Buffer.from(text.replace('"version": 1', '"version": 2')))
    })
    const field = await sitAt('field')
    const before = await contentOf(await takeOut(field))
    for (const [bytes, detail] of [
      [newer, 'newerExport'],
      [await repack(out, entries => entries.delete('manifest.json')), 'notExport'],
      [random(5000), 'notExport'],
      [new Uint8Array(1024), 'notExport'],
    ] as const) {
      expect(await bringIn(field, bytes)).toMatchObject({
        state: 'failed',
        failure: { code: 'unreadableFile', detail },
      })
    }
    expect(await contentOf(await takeOut(field))).toEqual(before)
  })

  it('cut anywhere, the records that came are whole and the missing end is told; a page that goes away cancels', async () => {
    const office = await sitAt('office')
    const rows = Array.from({ length: 600 }, (_, index) => ({ text: `Row ${index} ${'x'.repeat(500)}` }))
    await fill(office, rows)
    const out = await takeOut(office)
    const all = new Set(await contentOf(out))
    const field = await sitAt('field')
    const cut = out.subarray(0, Math.floor(out.byteLength * 0.7))
    expect(await bringIn(field, cut)).toMatchObject({ state: 'done', whole: false, refused: 0 })
    expect(all.size - (await contentOf(await takeOut(field))).length).toBeGreaterThan(0)
    for (const line of await contentOf(await takeOut(field))) expect(all.has(line)).toBe(true)
    const gone = await sitAt('gone')
    expect(await bringIn(gone, out, 100_000)).toMatchObject({ state: 'cancelled' })
    expect(await bringIn(gone, out)).toMatchObject({ state: 'done', whole: true, refused: 0 })
    expect(await contentOf(await takeOut(gone))).toEqual([...all].sort())
  })

  it('a damaged photo stops nothing: it is told where it goes out, and left out where it would come in', async () => {
    const office = await sitAt('office')
    await fill(office, [{ text: 'zero' }, { text: 'gone' }])
    const whole = await takeOut(office)
    for (const name of await readdir(join(folder, 'office', 'files'))) {
      const bytes = await readFile(join(folder, 'office', 'files', name))
      const last = bytes.byteLength - 1
      bytes[last] = (bytes[last] ?? 0) ^ 1
      await writeFile(join(folder, 'office', 'files', name), bytes)
    }
    const out = await takeOut(office)
    // The counts alone differ, within a block.
    expect(out.byteLength).toBe(whole.byteLength)
    const [damaged] = (JSON.parse((await entriesOf(out)).get('counts.json')?.toString('utf8') ?? '') as Counts)
      .filesDamaged
    expect(damaged).toMatch(/^[0-9a-f]{64}$/)
    const came = await bringIn(await sitAt('field'), out)
    expect(came).toMatchObject({ state: 'done', files: 0, refused: 1, whole: true })
    expect(came.refusedLines).toEqual([{ entry: `files/${damaged}`, line: 0, reason: 'otherHash' }])
  })
})
