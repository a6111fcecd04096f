import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { filter, firstValueFrom, lastValueFrom, takeWhile } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Workspace } from '../../core/database/workspace.ts'
import { IMPORT_PIECE_BYTES, type ImportPlan, type ImportProgress, type View } from '../../core/model/api.ts'
import { newId } from '../../core/model/id.ts'
import { openWorkspaceIn } from '../workspace.suite.ts'
import { createImportJobs, type ImportJobs } from './jobs.ts'
import { receiveImport } from './receive.ts'

const random = (bytes: number) => new Uint8Array(randomBytes(bytes))
const type = {
  id: 'pump',
  name: 'Pump',
  icon: 'droplet',
  fields: [
    { id: 'name', kind: 'text', label: 'Name' },
    { id: 'depth', kind: 'number', label: 'Depth' },
    { id: 'seen', kind: 'date', label: 'Seen' },
    { id: 'by', kind: 'lastEditedBy', label: 'By' },
  ],
} as const
const all: View = {
  type: 'pump',
  text: '',
  sort: { field: 'name', descending: false },
  deleted: false,
  open: false,
}

describe('importing a CSV file', () => {
  let folder: string
  let workspace: Workspace
  let jobs: ImportJobs
  const reported: unknown[] = []
  let time = 0

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'farfield-import-'))
    const opened = await openWorkspaceIn(folder, { report: error => reported.push(error) })
    workspace = opened.workspace
    await workspace.types.save(type)
    jobs = createImportJobs({
      records: workspace.records,
      typeOf: id => workspace.types.get(id),
      beginBulk: opened.beginBulk,
      // Each look at the clock is a tenth of a second later, so that progress is told on any machine.
      now: () => (time += 100),
      newId: () => newId(random),
      report: error => reported.push(error),
    })
  })
  afterEach(async () => {
    await jobs.close()
    await workspace.close()
    await rm(folder, { recursive: true, force: true })
    expect(reported.splice(0)).toEqual([])
  })

  const plan = (bytes: Uint8Array, more: Partial<ImportPlan> = {}): ImportPlan => ({
    fileName: 'pumps.csv',
    fileBytes: bytes.byteLength,
    encoding: 'utf-8',
    delimiter: ',',
    type: 'pump',
    mapping: ['name', 'depth', 'seen'],
    ...more,
  })
  const begin = (thePlan: ImportPlan): string => {
    const begun = jobs.begin(thePlan)
    if (!begun.ok) throw new Error(begun.failure.code)
    return begun.value.job
  }
  const post = (job: string, from: number, piece: Uint8Array) =>
    receiveImport(jobs, new URL(`app://farfield/import/${job}?from=${from}`), piece)
  /** Ends as soon as a piece is not wanted any more. */
  const send = async (job: string, bytes: Uint8Array, pieceBytes = IMPORT_PIECE_BYTES): Promise<void> => {
    let from = 0
    do {
      const piece = bytes.subarray(from, from + pieceBytes)
      const answer = await post(job, from, piece)
      if (answer?.status !== 204) return
      from += piece.byteLength
    } while (from < bytes.byteLength)
  }
  const ending = (job: string): Promise<ImportProgress> =>
    firstValueFrom(jobs.progress$(job).pipe(filter(({ state }) => state !== 'waiting' && state !== 'running')))
  const importText = async (text: string | Uint8Array, more: Partial<ImportPlan> = {}): Promise<ImportProgress> => {
    const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text
    const job = begin(plan(bytes, more))
    await send(job, bytes)
    return ending(job)
  }
  const names = async (): Promise<readonly unknown[]> => {
    const { reader } = workspace.records
    const total = await reader.count(all)
    const page = await reader.page(all, 0, total)
    return (await reader.rows(page.map(({ id }) => id))).map(row => row.cells['name'])
  }

  it('imports what fits and reports the rest by line, column and reason', async () => {
    const done = await importText(
      [
        'Name,Depth,Seen',
        'Alpha,12.5,2026-01-31',
        'Bravo,deep,2026-01-31',
        '"Char"lie,1,2026-01-31',
        'Delta,,',
        'Echo,3',
        'Foxtrot,3,2026-02-30',
        'Golf,3,2026-02-03,surplus',
        `${'x'.repeat(1024 * 1024 + 1)},1,`,
        'Hotel,4,2026-02-03,,',
      ].join('\r\n'),
    )
    expect(done).toMatchObject({ state: 'done', imported: 3, refused: 6 })
    expect(done.refusedRows.map(({ line, column, reason }) => [line, column, reason])).toEqual([
      [3, 'Depth', 'notNumber'],
      [4, null, 'textAfterQuote'],
      [6, null, 'tooFewCells'],
      [7, 'Seen', 'notDate'],
      [8, null, 'tooManyCells'],
      [9, 'Name', 'tooLarge'],
    ])
    expect(done.refusedRows[5]?.excerpt).toHaveLength(81)
    expect(await names()).toEqual(['Alpha', 'Delta', 'Hotel'])
  })

  it('refuses a 10 MB cell alone', async () => {
    const done = await importText(`Name,Depth,Seen\nAlpha,1,\n"${'y'.repeat(10 * 1024 * 1024)}",2,\nBravo,3,\n`)
    expect(done).toMatchObject({ state: 'done', imported: 2, refused: 1 })
    expect(done.refusedRows[0]).toMatchObject({ line: 3, column: 'Name', reason: 'tooLarge' })
    expect(await names()).toEqual(['Alpha', 'Bravo'])
  })

  it('reads marks, UTF-16 and windows-1252, also where the first odd byte comes late', async () => {
    const text = 'Name,Depth,Seen\nZürich,1,\n'
    await importText(`\uFEFF${text}`)
    await importText(new Uint8Array(Buffer.from(`\uFEFF${text}`, 'utf16le')), { encoding: 'utf-16le' })
    await importText(new Uint8Array(Buffer.from(text, 'latin1')), { encoding: 'windows-1252' })
    const late = `Name,Depth,Seen\n${'Bern,1,\n'.repeat(9_000)}Zürich,2,\n`
    const done = await importText(new Uint8Array(Buffer.from(late, 'latin1')))
    expect(done).toMatchObject({ state: 'done', imported: 9_001, refused: 0 })
    expect((await names()).filter(name => name !== 'Bern')).toEqual(['Zürich', 'Zürich', 'Zürich', 'Zürich'])
  })

  it('refuses rows with bytes that mean nothing in the chosen encoding', async () => {
    const bytes = Buffer.concat([
      Buffer.from('Name,Depth,Seen\nZürich,1,\nBär,2,\nB'),
      Buffer.from([0xff]),
      Buffer.from('rn,2,\n'),
    ])
    const done = await importText(new Uint8Array(bytes))
    expect(done.refusedRows).toMatchObject([{ line: 4, column: 'Name', reason: 'unreadable' }])
    expect(await names()).toEqual(['Bär', 'Zürich'])
  })

  it('leaves nothing behind when it is cancelled, and tells how far it is meanwhile', async () => {
    const rows = Array.from({ length: 5000 }, (_, at) => `Pump ${at},${at},2026-01-01`)
    const bytes = new TextEncoder().encode(`Name,Depth,Seen\n${rows.join('\n')}\n`)
    const job = begin(plan(bytes))
    const seen: ImportProgress[] = []
    jobs.progress$(job).subscribe(progress => seen.push(progress))
    // Half of the file is in, and more would come.
    await send(job, bytes.subarray(0, bytes.byteLength / 2), 8192)
    jobs.cancel(job)
    expect(await ending(job)).toMatchObject({ state: 'cancelled', imported: 0 })
    expect((await post(job, bytes.byteLength / 2, bytes.subarray(bytes.byteLength / 2)))?.status).toBe(404)
    expect(seen[0]?.state).toBe('waiting')
    expect(seen.some(({ imported }) => imported > 0)).toBe(true)
    expect(await names()).toEqual([])
    expect(await firstValueFrom(workspace.records.counts$)).toMatchObject({ all: 0, deleted: 0 })
  })

  it('takes back what a page that went away had sent', async () => {
    const bytes = new TextEncoder().encode(`Name,Depth,Seen\n${'Alpha,1,\n'.repeat(2000)}`)
    const [job, unsent] = [begin(plan(bytes)), begin(plan(bytes))]
    await send(job, bytes.subarray(0, 12_000))
    jobs.endFeeds()
    expect(await ending(job)).toMatchObject({ state: 'cancelled', imported: 0 })
    expect((await post(unsent, 0, bytes))?.status).toBe(404)
    expect(await ending(unsent)).toMatchObject({ state: 'cancelled' })
    expect(await names()).toEqual([])
  })

  it('takes only the piece that comes next, and only one at a time', async () => {
    const bytes = new TextEncoder().encode('Name,Depth,Seen\nAlpha,1,\nBravo,2,\n')
    const job = begin(plan(bytes))
    const statusOf = async (from: number, piece: Uint8Array) => (await post(job, from, piece))?.status
    expect(await statusOf(0, new Uint8Array(IMPORT_PIECE_BYTES + 1))).toBe(413)
    expect(await statusOf(0, new Uint8Array(bytes.byteLength + 1))).toBe(404)
    expect(await statusOf(Number.NaN, bytes)).toBe(404)
    expect(await statusOf(5, bytes.subarray(5))).toBe(404)
    expect(await Promise.all([statusOf(0, bytes.subarray(0, 5)), statusOf(5, bytes.subarray(5))])).toEqual([204, 404])
    expect(await statusOf(0, bytes.subarray(0, 5))).toBe(404)
    expect(await statusOf(5, bytes.subarray(5))).toBe(204)
    expect(await ending(job)).toMatchObject({ state: 'done', imported: 2 })
  })

  it('answers for jobs that do not exist, were fed already, or make no sense', async () => {
    const bytes = new TextEncoder().encode('Name\nAlpha\n')
    expect((await post('nope', 0, bytes))?.status).toBe(404)
    expect(await receiveImport(jobs, new URL('app://farfield/index.html'), bytes)).toBeUndefined()
    const job = begin(plan(bytes, { mapping: ['name'] }))
    await send(job, bytes)
    expect(await ending(job)).toMatchObject({ state: 'done', imported: 1 })
    expect((await post(job, 0, bytes))?.status).toBe(404)
    expect(await firstValueFrom(jobs.progress$('nope'))).toMatchObject({
      state: 'failed',
      failure: { code: 'notFound' },
    })
    const refused = (more: Partial<ImportPlan>) => jobs.begin(plan(bytes, more))
    expect(refused({ type: 'nope' })).toMatchObject({ failure: { code: 'notFound', detail: 'type' } })
    expect(refused({ mapping: ['nope'] })).toMatchObject({ failure: { code: 'notFound', detail: 'field' } })
    expect(refused({ mapping: ['by'] })).toMatchObject({ failure: { code: 'readOnlyField' } })
    expect(refused({ mapping: ['name', 'name'] })).toMatchObject({ failure: { code: 'invalidValue' } })
    expect(refused({ mapping: [null] })).toMatchObject({ failure: { code: 'invalidValue' } })
  })

  it('lists the first 1,000 refused rows and counts all', async () => {
    const done = await importText(`Name,Depth,Seen\n${'x,y,\n'.repeat(1500)}Alpha,1,\n`)
    expect(done).toMatchObject({ state: 'done', imported: 1, refused: 1500 })
    expect(done.refusedRows).toHaveLength(1000)
  })

  it('can be watched to its end', async () => {
    const bytes = new TextEncoder().encode('Name,Depth,Seen\nAlpha,1,\n')
    const job = begin(plan(bytes))
    const end = lastValueFrom(jobs.progress$(job).pipe(takeWhile(({ state }) => state !== 'done', true)))
    await send(job, bytes)
    expect(await end).toMatchObject({ state: 'done', imported: 1, bytes: bytes.byteLength })
  })
})
