/** A list as CSV: what is written comes back through Farfield's own import, of every kind; it is whole or not there. */
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { filter, firstValueFrom } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Workspace } from '../../core/database/workspace.ts'
import type { CsvExportPlan, ExportProgress, View } from '../../core/model/api.ts'
import { canonicalJson } from '../../core/model/canonical.ts'
import { fieldOf, VALID } from '../../core/model/fields/kinds.suite.ts'
import { newId } from '../../core/model/id.ts'
import type { Value } from '../../core/model/record.ts'
import type { FieldKind, RecordType } from '../../core/model/record-type.ts'
import { inspectCsv } from '../import/inspect.ts'
import { createImportJobs, type ImportJobs } from '../import/jobs.ts'
import { openWorkspaceIn } from '../workspace.suite.ts'
import { createExportJobs, type ExportJobs } from './export-jobs.ts'

const random = (bytes: number) => new Uint8Array(randomBytes(bytes))
const kinds = Object.keys(VALID) as FieldKind[]
const everyKind = (id: string): RecordType => ({
  id,
  name: 'Every kind',
  icon: 'box',
  fields: kinds.map(kind => ({ ...fieldOf(kind), id: kind, label: `=${kind}, "so called"` })),
})
const rowOfEveryKind = fc.record(
  Object.fromEntries(kinds.map(kind => [kind, VALID[kind] ?? fc.constant<Value>(null)])),
  { requiredKeys: [] },
)

describe('taking a list out as CSV', () => {
  let folder: string
  let downloads: string
  let workspace: Workspace
  let imports: ImportJobs
  let exports: ExportJobs
  const shown: string[] = []
  const reported: unknown[] = []
  let time = 0

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'farfield-export-'))
    downloads = join(folder, 'Downloads')
    const opened = await openWorkspaceIn(folder, { report: error => reported.push(error) })
    workspace = opened.workspace
    const shared = {
      now: () => (time += 100),
      newId: () => newId(random),
      report: (error: unknown) => reported.push(error),
    }
    imports = createImportJobs({
      ...shared,
      records: workspace.records,
      typeOf: id => workspace.types.get(id),
      beginBulk: opened.beginBulk,
    })
    exports = createExportJobs({
      ...shared,
      context: workspace.context,
      reader: workspace.records.reader,
      changed$: workspace.records.changed$,
      types: workspace.types,
      store: () => Promise.reject(new Error('no file is asked for')),
      version: '0.0.0',
      wallTime: Date.now,
      downloads,
      showInFolder: path => shown.push(path),
    })
  })
  afterEach(async () => {
    await exports.close()
    await imports.close()
    await workspace.close()
    await chmod(downloads, 0o700).catch(() => undefined)
    await rm(folder, { recursive: true, force: true })
    expect(reported.splice(0)).toEqual([])
  })

  const viewOf = (type: string, more: Partial<View> = {}): View => ({
    type,
    text: '',
    sort: { field: '$createdAt', descending: false },
    deleted: false,
    open: false,
    ...more,
  })
  const begin = (plan: CsvExportPlan): string => {
    const begun = exports.csv(plan)
    if (!begun.ok) throw new Error(begun.failure.code)
    return begun.value.job
  }
  const ending = (job: string): Promise<ExportProgress> =>
    firstValueFrom(exports.progress$(job).pipe(filter(({ state }) => state !== 'running')))
  const exported = async (view: View, ids: readonly string[] | null = null): Promise<Buffer> => {
    const end = await ending(begin({ view, ids }))
    expect(end.state).toBe('done')
    return readFile(join(downloads, end.file?.name ?? ''))
  }
  const valuesOf = async (type: string): Promise<readonly string[]> => {
    const page = await workspace.records.reader.page(viewOf(type), 0, 10_000)
    const rows = await workspace.records.reader.rows(page.map(({ id }) => id))
    return rows.map(({ cells }) => canonicalJson(cells)).sort()
  }
  const pumps = async (names: readonly string[]) => {
    await workspace.types.save({
      id: 'pump',
      name: 'Pump',
      icon: 'droplet',
      fields: [
        { id: 'name', kind: 'text', label: 'Name' },
        { id: 'by', kind: 'lastEditedBy', label: 'By' },
      ],
    })
    const made = await workspace.records.importRows(
      'pump',
      names.map(name => ({ name })),
    )
    if (!made.ok) throw new Error(made.failure.code)
    return made.value
  }

  it('every kind of field is read back by the import to the same records', async () => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(rowOfEveryKind, { minLength: 1, maxLength: 40 }), async rows => {
        const [from, into] = [`from${run}`, `into${run++}`]
        await workspace.types.save(everyKind(from))
        await workspace.types.save(everyKind(into))
        await workspace.records.importRows(from, rows as Parameters<typeof workspace.records.importRows>[1])
        const bytes = await exported(viewOf(from))

        const inspection = inspectCsv(bytes, true)
        if (!inspection.ok) throw new Error(inspection.failure.code)
        const { encoding, delimiter, columns } = inspection.value
        expect([encoding, delimiter, columns]).toEqual(['utf-8', ',', everyKind('').fields.map(({ label }) => label)])
        const begun = imports.begin({
          fileName: 'back.csv',
          fileBytes: bytes.byteLength,
          encoding,
          delimiter,
          type: into,
          mapping: kinds,
        })
        if (!begun.ok) throw new Error(begun.failure.code)
        await imports.feed(begun.value.job, 0, bytes)
        const end = await firstValueFrom(
          imports.progress$(begun.value.job).pipe(filter(({ state }) => state !== 'waiting' && state !== 'running')),
        )
        expect([end.state, end.refusedRows, end.imported]).toEqual(['done', [], rows.length])
        expect(await valuesOf(into)).toEqual(await valuesOf(from))
      }),
      { numRuns: 12 },
    )
  })

  it('the file holds the list as it shows: filtered, sorted, or what is selected of it', async () => {
    const ids = await pumps(['North pump', '=HYPERLINK("x")', 'South pump', 'Mill', '-12'])
    const byName = viewOf('pump', { sort: { field: 'name', descending: false } })
    const device = workspace.device
    const lines = (bytes: Buffer) => bytes.toString('utf8').split('\r\n')
    expect(lines(await exported({ ...byName, text: 'pump' }))).toEqual([
      '\uFEFFName,By',
      `North pump,${device}`,
      `South pump,${device}`,
      '',
    ])
    expect(lines(await exported(byName, [ids[3] ?? '', ids[1] ?? '', ids[4] ?? '']))).toEqual([
      '\uFEFFName,By',
      `-12,${device}`,
      `"'=HYPERLINK(""x"")",${device}`,
      `Mill,${device}`,
      '',
    ])
  })

  it('a file that is there is never replaced, and the window is asked to show the very file that was made', async () => {
    await pumps(['Mill'])
    await exported(viewOf('pump'))
    const first = await readFile(join(downloads, 'Pump.csv'))
    await writeFile(join(downloads, 'Pump.csv'), 'mine')
    const job = begin({ view: viewOf('pump'), ids: null })
    expect(exports.show(job)).toMatchObject({ ok: false })
    const end = await ending(job)
    expect(end.file).toEqual({ name: 'Pump (2).csv', folder: downloads, bytes: first.byteLength })
    expect(await readFile(join(downloads, 'Pump.csv'), 'utf8')).toBe('mine')
    expect(exports.show('another').ok).toBe(false)
    expect(exports.show(job).ok).toBe(true)
    expect(shown.splice(0)).toEqual([join(downloads, 'Pump (2).csv')])
  })

  it('a cancelled one leaves nothing, and one runs at a time', async () => {
    await pumps(Array.from({ length: 200 }, (_, index) => `Pump ${index}`))
    const job = begin({ view: viewOf('pump'), ids: null })
    expect(exports.csv({ view: viewOf('pump'), ids: null })).toMatchObject({ failure: { code: 'busy' } })
    exports.cancel(job)
    expect((await ending(job)).state).toBe('cancelled')
    expect(await readdir(downloads)).toEqual([])
    await exported(viewOf('pump'))
    expect(await readdir(downloads)).toEqual(['Pump.csv'])
  })

  it('a folder that cannot be written to is told by its name', async () => {
    await pumps(['Mill'])
    await writeFile(downloads, 'a file in its place')
    const end = await ending(begin({ view: viewOf('pump'), ids: null }))
    expect(end).toMatchObject({ state: 'failed', failure: { code: 'cannotWrite', detail: downloads } })
    expect(await readFile(downloads, 'utf8')).toBe('a file in its place')
  })
})
