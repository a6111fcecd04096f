/** Files from the page's first piece to the copy in the downloads folder, on a real workspace and a real disk. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { firstValueFrom, filter } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Workspace } from '../../core/database/workspace.ts'
import {
  FILE_RANGE_BYTES,
  FILE_WHOLE_BYTES,
  type FilePlan,
  type FileProgress,
  IMPORT_PIECE_BYTES,
  THUMBNAIL_BYTES,
} from '../../core/model/api.ts'
import { newId } from '../../core/model/id.ts'
import { openWorkspaceIn } from '../workspace.suite.ts'
import { type Files, openFiles } from './files.ts'

const random = (bytes: number) => new Uint8Array(randomBytes(bytes))
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const type = {
  id: 'pump',
  name: 'Pump',
  icon: 'droplet',
  fields: [
    { id: 'name', kind: 'text', label: 'Name' },
    { id: 'photos', kind: 'files', label: 'Photos' },
  ],
} as const
const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), randomBytes(3_000_000)])

describe('files of a record', () => {
  let folder: string
  let workspace: Workspace
  let files: Files
  let record: string
  const reported: unknown[] = []

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'farfield-files-'))
    const opened = await openWorkspaceIn(folder, { report: error => reported.push(error) })
    workspace = opened.workspace
    await workspace.types.save(type)
    const made = await workspace.records.create('pump', { name: 'North weir' })
    if (!made.ok) throw new Error(made.failure.code)
    record = made.value.id
    files = await openFiles({
      folder,
      key: opened.key,
      mayRemove: () => true,
      findKept: () => Promise.resolve(new Set<string>()),
      downloads: join(folder, 'downloads'),
      workspace,
      random,
      now: Date.now,
      newId: () => newId(random),
      report: error => reported.push(error),
    })
  })
  afterEach(async () => {
    await files.close()
    await workspace.close()
    await rm(folder, { recursive: true, force: true })
    expect(reported.splice(0)).toEqual([])
  })

  const begin = async (bytes: Uint8Array, more: Partial<FilePlan> = {}): Promise<string> => {
    const begun = await files.copies.begin({
      record,
      field: 'photos',
      name: 'weir.png',
      bytes: bytes.byteLength,
      type: 'image/png',
      ...more,
    })
    if (!begun.ok) throw new Error(begun.failure.code)
    return begun.value.job
  }
  const post = (path: string, body: Uint8Array) => files.receive(new URL(`app://farfield${path}`), body)
  const send = async (job: string, bytes: Uint8Array): Promise<void> => {
    let from = 0
    do {
      const piece = bytes.subarray(from, from + IMPORT_PIECE_BYTES)
      if ((await post(`/files/${job}?from=${from}`, piece))?.status !== 204) return
      from += piece.byteLength
    } while (from < bytes.byteLength)
  }
  const ending = (job: string): Promise<FileProgress> =>
    firstValueFrom(files.copies.progress$(job).pipe(filter(({ state }) => state !== 'waiting' && state !== 'running')))
  const add = async (bytes: Uint8Array, more: Partial<FilePlan> = {}): Promise<FileProgress> => {
    const job = await begin(bytes, more)
    await send(job, bytes)
    return ending(job)
  }
  const get = (path: string, range?: string) => files.answer(new URL(`app://farfield${path}`), range)
  const photos = async () => (await workspace.records.read(record))?.cells['photos']?.value

  it('come in by pieces and are in the record, which can be undone; the same file twice is one', async () => {
    const done = await add(png, { name: 'north\nweir.png', type: 'text/html' })
    const file = { hash: hashOf(png), name: 'northweir.png', bytes: png.length, type: 'image/png' }
    expect(done).toMatchObject({ state: 'done', bytes: png.length, added: { file } })
    expect(await photos()).toEqual([file])
    expect((await add(png, { name: 'again.png' })).added?.undo).toBe(null)
    const other = await add(Buffer.from('notes'), { name: 'notes.txt', type: 'text/plain' })
    expect(await photos()).toEqual([file, { ...other.added?.file }])
    const removed = await files.remove(record, 'photos', file.hash)
    expect(await photos()).toEqual([{ ...other.added?.file }])
    if (!removed.ok || removed.value.undo === null) throw new Error('not removed')
    await workspace.records.undo(removed.value.undo)
    expect(await photos()).toEqual([file, { ...other.added?.file }])
    expect(await Promise.all([file.hash, 'a'.repeat(64)].map(files.depot.has))).toEqual([true, false])
    const empty = await add(new Uint8Array(), { name: 'empty.txt', type: '' })
    expect(empty.added?.file).toMatchObject({ bytes: 0, type: 'application/octet-stream' })
  })

  it('that are added at the same time are all in the record', async () => {
    const all = Array.from({ length: 8 }, () => randomBytes(1000))
    const done = await Promise.all(all.map(async (bytes, at) => add(bytes, { name: `${at}.bin` })))
    expect(new Set(done.map(({ state }) => state))).toEqual(new Set(['done']))
    expect(await photos()).toHaveLength(8)
  })

  it('leave nothing behind when they are cancelled, or their page goes away', async () => {
    const cancelled = await begin(png)
    await post(`/files/${cancelled}?from=0`, png.subarray(0, IMPORT_PIECE_BYTES))
    files.copies.cancel(cancelled)
    expect(await ending(cancelled)).toMatchObject({ state: 'cancelled' })
    expect((await post(`/files/${cancelled}?from=${IMPORT_PIECE_BYTES}`, png.subarray(0, 10)))?.status).toBe(404)
    const early = await begin(png)
    files.copies.cancel(early)
    expect(await ending(early)).toMatchObject({ state: 'cancelled' })
    expect((await post(`/files/${early}?from=0`, png.subarray(0, 10)))?.status).toBe(404)
    const orphan = await begin(png)
    await post(`/files/${orphan}?from=0`, png.subarray(0, IMPORT_PIECE_BYTES))
    files.copies.endFeeds()
    expect(await ending(orphan)).toMatchObject({ state: 'cancelled' })
    expect(await readdir(join(folder, 'files'))).toEqual([])
    expect(await photos()).toBeUndefined()
  })

  it('are refused out of order, in too large pieces, and where nothing takes files', async () => {
    const job = await begin(png)
    expect((await post(`/files/${job}?from=5`, png.subarray(5, 10)))?.status).toBe(404)
    expect((await post(`/files/${job}?from=0`, new Uint8Array(IMPORT_PIECE_BYTES + 1)))?.status).toBe(413)
    expect((await post('/files/unknown?from=0', png.subarray(0, 5)))?.status).toBe(404)
    expect(await post('/other/unknown?from=0', png.subarray(0, 5))).toBeUndefined()
    files.copies.cancel(job)
    const plan = { record, field: 'name', name: 'a', bytes: 1, type: '' }
    expect(await files.copies.begin(plan)).toMatchObject({ ok: false, failure: { code: 'notFound' } })
    expect(await files.copies.begin({ ...plan, field: 'photos', record: 'gone' })).toMatchObject({ ok: false })
    expect(await firstValueFrom(files.copies.progress$('unknown'))).toMatchObject({ state: 'failed' })
  })

  it('are answered whole or by range, as what their bytes are, and 404 when they are not here', async () => {
    await add(png)
    const path = `/attachment/${hashOf(png)}`
    const whole = await get(path)
    expect(whole).toMatchObject({ status: 200, type: 'image/png' })
    expect(whole?.headers).toMatchObject({ 'X-Content-Type-Options': 'nosniff', 'Accept-Ranges': 'bytes' })
    expect(whole?.headers?.['Content-Security-Policy']).toBe("default-src 'none'; sandbox")
    expect(png.equals(whole?.body as Buffer)).toBe(true)
    const part = await get(path, 'bytes=100000-100009')
    expect([part?.status, part?.headers?.['Content-Range']]).toEqual([206, `bytes 100000-100009/${png.length}`])
    expect(png.subarray(100_000, 100_010).equals(part?.body as Buffer)).toBe(true)
    // However much is asked for, memory stays small.
    const large = await get(path, 'bytes=7-')
    expect(large?.headers?.['Content-Range']).toBe(`bytes 7-${FILE_RANGE_BYTES + 6}/${png.length}`)
    expect(png.subarray(7, FILE_RANGE_BYTES + 7).equals(large?.body as Buffer)).toBe(true)
    expect(await get(path, `bytes=${png.length}-`)).toMatchObject({
      status: 416,
      headers: { 'Content-Range': `bytes */${png.length}` },
    })
    expect((await get(`/attachment/${'0'.repeat(64)}`))?.status).toBe(404)
    for (const odd of ['/attachment/x', `/attachment/${'A'.repeat(64)}`, `${path}/other`, '/index.html'])
      expect(await get(odd), odd).toBeUndefined()
    const page = Buffer.from('<html><script>alert(1)</script>')
    await add(page, { name: 'a.html', type: 'text/html' })
    expect(await get(`/attachment/${hashOf(page)}`)).toMatchObject({
      type: 'application/octet-stream',
      headers: { 'Content-Disposition': 'attachment' },
    })
    const film = Buffer.alloc(FILE_WHOLE_BYTES + 1)
    await add(film)
    expect((await get(`/attachment/${hashOf(film)}`))?.status).toBe(413)
    expect((await get(`/attachment/${hashOf(film)}`, 'bytes=0-'))?.status).toBe(206)
  })

  it('stream whole or from anywhere where they are films or sounds, and stop at damage', async () => {
    const film = Buffer.concat([Buffer.from('\0\0\0\x20ftypisom', 'latin1'), randomBytes(3_000_000)])
    await add(film)
    await add(png)
    const stream = async (path: string, range?: string) => {
      const answer = await files.stream(new URL(`attachment://${path}`), range)
      const pieces: Uint8Array[] = []
      try {
        for await (const piece of answer.pieces ?? []) pieces.push(piece)
      } finally {
        await answer.close()
      }
      return { ...answer, bytes: Buffer.concat(pieces) }
    }
    const path = `farfield/${hashOf(film)}`
    const whole = await stream(path)
    expect(whole).toMatchObject({ status: 200, type: 'video/mp4', headers: { 'Content-Length': `${film.length}` } })
    expect(whole.bytes.equals(film)).toBe(true)
    const rest = await stream(path, 'bytes=1000000-')
    expect(rest).toMatchObject({
      status: 206,
      headers: { 'Content-Range': `bytes 1000000-${film.length - 1}/${film.length}` },
    })
    expect(rest.bytes.equals(film.subarray(1_000_000))).toBe(true)
    expect((await stream(path, `bytes=${film.length}-`)).status).toBe(416)
    for (const [other, status] of [
      [`farfield/${hashOf(png)}`, 415],
      [`farfield/${'0'.repeat(64)}`, 404],
      [`elsewhere/${hashOf(film)}`, 404],
      [`farfield/${hashOf(film)}/x`, 404],
    ] as const)
      expect((await stream(other)).status, other).toBe(status)
    for (const name of await readdir(join(folder, 'files'))) {
      const sealed = await readFile(join(folder, 'files', name))
      sealed[2_000_000] = (sealed[2_000_000] ?? 0) ^ 1
      await writeFile(join(folder, 'files', name), sealed)
    }
    await expect(stream(path)).rejects.toMatchObject({ code: 'damaged' })
    expect(reported.splice(0)).toMatchObject([{ code: 'damaged' }])
    expect((await stream(path, 'bytes=0-999')).bytes.equals(film.subarray(0, 1000))).toBe(true)
  })

  it('have a thumbnail once the page has made one, small, a picture, and of a file that is here', async () => {
    await add(png)
    const path = `/attachment/${hashOf(png)}/thumbnail`
    const picture = Buffer.concat([Buffer.from('RIFF\x10\0\0\0WEBPVP8 ', 'latin1'), randomBytes(500)])
    expect((await get(path))?.status).toBe(404)
    expect((await post(path, Buffer.from('<svg>')))?.status).toBe(415)
    expect((await post(path, Buffer.concat([picture, Buffer.alloc(THUMBNAIL_BYTES)])))?.status).toBe(413)
    expect((await post(`/attachment/${'0'.repeat(64)}/thumbnail`, picture))?.status).toBe(404)
    expect((await post(`/attachment/${hashOf(png)}`, picture))?.status).toBe(405)
    expect((await get(path))?.status).toBe(404)
    expect((await post(path, picture))?.status).toBe(204)
    expect(await get(path)).toMatchObject({ status: 200, type: 'image/webp' })
    const [name = ''] = await readdir(join(folder, 'thumbnails'))
    const kept = await readFile(join(folder, 'thumbnails', name))
    expect(kept.includes('WEBP')).toBe(false)
    // A damaged one is as if there were none: it is made again.
    await writeFile(join(folder, 'thumbnails', name), kept.subarray(1))
    expect((await get(path))?.status).toBe(404)
    expect(reported.splice(0)).toHaveLength(1)
  })

  it('can be saved as a copy under a harmless name, and none is replaced', async () => {
    await add(png)
    const save = (name: string) => files.save(hashOf(png), name)
    const names = []
    for (const name of ['weir.png', 'weir.png', '../../.bashrc']) names.push(await save(name))
    expect(names).toMatchObject(['weir.png', 'weir (2).png', 'bashrc'].map(name => ({ ok: true, value: { name } })))
    expect((await readdir(join(folder, 'downloads'))).sort()).toEqual(['bashrc', 'weir (2).png', 'weir.png'])
    expect(png.equals(await readFile(join(folder, 'downloads', 'weir (2).png')))).toBe(true)
    expect(await files.save('0'.repeat(64), 'a')).toEqual({ ok: false, failure: { code: 'fileNotHere' } })
  })

  it('that are damaged on the disk are told and never saved or shown', async () => {
    await add(png)
    const [name = ''] = await readdir(join(folder, 'files'))
    const sealed = await readFile(join(folder, 'files', name))
    sealed[2_000_000] = (sealed[2_000_000] ?? 0) ^ 1
    await writeFile(join(folder, 'files', name), sealed)
    expect((await get(`/attachment/${hashOf(png)}`))?.status).toBe(500)
    expect(reported.splice(0)).toMatchObject([{ code: 'damaged' }])
    expect(await files.save(hashOf(png), 'weir.png')).toEqual({ ok: false, failure: { code: 'fileDamaged' } })
    expect(await readdir(join(folder, 'downloads'))).toEqual([])
    // Added again, it is whole again.
    await add(png)
    expect((await get(`/attachment/${hashOf(png)}`))?.status).toBe(200)
  })

  it('that cannot be kept say so and change nothing', async () => {
    await rm(join(folder, 'files'), { recursive: true })
    await writeFile(join(folder, 'files'), 'in the way')
    expect(await add(png)).toMatchObject({ state: 'failed', failure: { code: 'internal' } })
    expect(reported.splice(0)).toMatchObject([{ code: 'ENOTDIR', syscall: 'open' }])
    expect(await photos()).toBeUndefined()
  })
})
