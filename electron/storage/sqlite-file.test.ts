/** What a database file promises: encrypted, telling a wrong key from damage, set aside and never deleted. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { describe, expect, it, vi } from 'vitest'
import { createFileThread } from './file-thread.ts'
import { getRxStorageSQLite } from './rx-storage-sqlite.ts'
import { openSqliteFile, setAside } from './sqlite-file.ts'
import { changeItem, findIds, makeItem, openInstance } from './contract/contract-case.suite.ts'
import { flipBit, makeFolder, nativeBinding, openStorage, TEST_KEY } from './storage-fixture.suite.ts'
import { threadOf } from './thread.suite.ts'

const MARKER = 'Quetzalcoatlus-northropi'
const OTHER_KEY = TEST_KEY.map(byte => byte ^ 1)

async function fill(folder: string, count: number, storage = openStorage(folder)): Promise<void> {
  const instance = await openInstance(storage)
  for (let start = 0; start < count; start += 200) {
    const size = Math.min(200, count - start)
    const items = Array.from({ length: size }, (_, index) =>
      makeItem({ id: `i${start + index}`, kind: `${MARKER} ${start + index}`, more: { text: MARKER.repeat(8) } }),
    )
    await instance.bulkWrite(
      items.map(document => ({ document })),
      'test',
    )
  }
  await instance.close()
}

describe('a database file', () => {
  it('has its documents again after it was closed and opened, in order and by key', async () => {
    const folder = makeFolder()
    await fill(folder, 500)
    const instance = await openInstance(openStorage(folder))
    expect(await findIds(instance, { sort: [{ kind: 'desc' }], limit: 2 })).toEqual(['i99', 'i98'])
    expect(await instance.findDocumentsById(['i250'], false)).toMatchObject([{ more: { text: MARKER.repeat(8) } }])
    await instance.close()
  })

  it('holds a typed marker in none of its files, open or closed, search index and attachments included', async () => {
    const folder = makeFolder()
    const storage = openStorage(folder, { search: { items: document => String(document['kind']) } })
    const keeper = await openInstance(storage, { collection: 'keeper' })
    await fill(folder, 300, storage)
    const photo = { data: new Blob([MARKER]), length: MARKER.length, type: 'text/plain', digest: 'd' }
    await keeper.bulkWrite([{ document: makeItem({ id: MARKER }, 1, { _attachments: { photo } }) }], 'test')
    const findMarker = () =>
      readdirSync(folder).filter(name => readFileSync(join(folder, name)).includes(MARKER.slice(0, 8)))
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['test.db', 'test.db-shm', 'test.db-wal']))
    expect(findMarker()).toEqual([])
    await keeper.close()
    expect(findMarker()).toEqual([])
    // The same search finds it where it is not encrypted, so the lines above can fail.
    const plain = makeFolder()
    await fill(plain, 300, getRxStorageSQLite({ path: join(plain, 'test.db'), ...nativeBinding }))
    expect(readFileSync(join(plain, 'test.db')).includes(MARKER.slice(0, 8))).toBe(true)
  })

  it('refuses another key as wrongKey and changes nothing', async () => {
    const folder = makeFolder()
    await fill(folder, 10)
    const before = readFileSync(join(folder, 'test.db'))
    await expect(openInstance(openStorage(folder, { key: OTHER_KEY }))).rejects.toMatchObject({ code: 'wrongKey' })
    expect(() => openSqliteFile({ path: join(folder, 'test.db'), ...nativeBinding })).toThrow(
      expect.objectContaining({ code: 'wrongKey' }) as Error,
    )
    expect(readFileSync(join(folder, 'test.db')).equals(before)).toBe(true)
    await fill(folder, 0)
  })

  it('refuses a key that is not 32 bytes', () => {
    expect(() => openSqliteFile({ path: ':memory:', key: new Uint8Array(16), ...nativeBinding })).not.toThrow()
    const path = join(makeFolder(), 'x.db')
    expect(() => openSqliteFile({ path, key: new Uint8Array(16), ...nativeBinding })).toThrow(RangeError)
  })

  it.each([
    ['the first page', 200],
    ['the schema and first tables', 5000],
  ])('with damage in %s is told as damaged when it is opened', async (_, position) => {
    const folder = makeFolder()
    await fill(folder, 500)
    flipBit(join(folder, 'test.db'), position)
    await expect(openInstance(openStorage(folder))).rejects.toMatchObject({ code: 'damaged' })
  })

  it('never gives a wrong value for a flipped bit anywhere: it is damaged or harmless', async () => {
    const folder = makeFolder()
    await fill(folder, 400)
    const path = join(folder, 'test.db')
    const size = statSync(path).size
    let detected = 0
    for (let step = 0; step < 24; step++) {
      const position = 100 + Math.floor(((size - 200) * step) / 24)
      flipBit(path, position)
      try {
        const instance = await openInstance(openStorage(folder))
        const items = await instance.findDocumentsById(
          Array.from({ length: 400 }, (_, index) => `i${index}`),
          true,
        )
        expect(items.every(item => item.kind === `${MARKER} ${item.id.slice(1)}`)).toBe(true)
        expect(items).toHaveLength(400)
        await instance.close()
      } catch (thrown) {
        if (!(thrown instanceof Error) || !('code' in thrown)) throw thrown
        expect(thrown.code).toBe('damaged')
        detected++
      }
      flipBit(path, position)
    }
    expect(detected).toBeGreaterThan(8)
  }, 60_000)

  it('that is damaged is set aside with everything of it, and a fresh one takes its place', async () => {
    const folder = makeFolder()
    const path = join(folder, 'test.db')
    await fill(folder, 100)
    flipBit(path, 300)
    const damaged = readFileSync(path)
    await expect(openInstance(openStorage(folder))).rejects.toMatchObject({ code: 'damaged' })
    const now = new Date('2026-11-22T15:00:00Z')
    const aside = setAside(path, now)
    expect(aside).toBe(`${path}.damaged-2026-11-22T15-00-00.000Z`)
    expect(readFileSync(aside).equals(damaged)).toBe(true)
    expect(existsSync(path)).toBe(false)
    await fill(folder, 5)
    expect(setAside(path, now)).toBe(`${aside}-2`)
    expect(readFileSync(aside).equals(damaged)).toBe(true)
  })

  it('is durable for each write unless in a bulk load, and again when the last one ends', async () => {
    const path = join(makeFolder(), 'x.db')
    const file = openSqliteFile({ path, key: TEST_KEY, ...nativeBinding })
    const level = () => file.database.pragma('synchronous', { simple: true })
    expect(level()).toBe(2)
    const [first, second] = [file.beginBulk(), file.beginBulk()]
    expect(level()).toBe(1)
    first.end()
    first.end()
    expect(level()).toBe(1)
    second.end()
    expect(level()).toBe(2)
    await file.close()
  })

  it('is checkpointed by a thread, so that its WAL stays short and nothing is lost', async () => {
    const path = join(makeFolder(), 'x.db')
    const thread = threadOf('./file-thread.worker.ts')
    const file = openSqliteFile({ path, key: TEST_KEY, ...nativeBinding, thread })
    file.write(() => file.database.exec('CREATE TABLE t (a, b)'))
    const bulk = file.beginBulk()
    let longest = 0
    for (let batch = 0; batch < 80; batch++) {
      const insert = file.prepare('INSERT INTO t VALUES (?, ?)')
      file.write(() => {
        for (let row = 0; row < 20; row++) insert.run(batch * 20 + row, 'x'.repeat(100_000))
      })
      await bulk.breathe()
      longest = Math.max(longest, statSync(`${path}-wal`).size)
    }
    bulk.end()
    expect(file.database.pragma('wal_autocheckpoint', { simple: true })).toBe(32_000)
    // 160 MB went through a WAL that begins anew at 32 MB.
    expect(longest).toBeGreaterThan(32_000_000)
    expect(longest).toBeLessThan(40_000_000)
    await file.close()
    expect(existsSync(`${path}-wal`)).toBe(false)
    const again = openSqliteFile({ path, key: TEST_KEY, ...nativeBinding, check: 'full' })
    expect(again.prepare('SELECT count(*), sum(a), sum(length(b)) FROM t', 'raw').get()).toEqual([
      1600, 1_279_200, 1.6e8,
    ])
    await again.close()
  })

  it('has a thread that does one wish after another, ends when there is none, and starts again', async () => {
    const path = join(makeFolder(), 'x.db')
    const file = openSqliteFile({ path, key: TEST_KEY, ...nativeBinding })
    const same = { path, key: TEST_KEY, check: 'none', ...nativeBinding } as const
    const happened: string[] = []
    const watch = (worker: Worker) => {
      happened.push('start')
      worker.once('exit', () => happened.push('end'))
    }
    process.on('worker', watch)
    const thread = createFileThread(threadOf('./file-thread.worker.ts'), same, 10)
    const made = thread.execute('CREATE TABLE t (a)')
    const filled = thread.execute('INSERT INTO t VALUES (1)')
    await expect(thread.execute('INSERT INTO absent VALUES (1)')).rejects.toThrow('absent')
    await Promise.all([made, filled, thread.checkpoint()])
    await vi.waitFor(() => expect(happened).toEqual(['start', 'end']), 10_000)
    await thread.execute('INSERT INTO t VALUES (2)')
    await thread.close()
    process.off('worker', watch)
    expect(happened).toEqual(['start', 'end', 'start', 'end'])
    expect(file.prepare('SELECT a FROM t', 'pluck').all()).toEqual([1, 2])
    await file.close()
  })

  // The first fails in the thread, the second is refused before there is one: neither may look like a failed write.
  it.each([
    ['absent', join(tmpdir(), 'farfield-no-such-script.mjs')],
    ['no path at all', 'checkpoint.mjs'],
  ])('checkpoints by itself when the script of the thread is %s', async (_, script) => {
    const path = join(makeFolder(), 'x.db')
    const thread = { path: script }
    const file = openSqliteFile({ path, key: TEST_KEY, ...nativeBinding, thread })
    const bulk = file.beginBulk()
    file.write(() => file.database.exec('CREATE TABLE t AS SELECT randomblob(80000000) AS a'))
    await bulk.breathe()
    bulk.end()
    expect(file.database.pragma('wal_autocheckpoint', { simple: true })).toBe(4000)
    await file.close()
  })

  it('rolls back what a failing write has done', async () => {
    const file = openSqliteFile({ path: join(makeFolder(), 'x.db'), key: TEST_KEY, ...nativeBinding })
    file.write(() => file.database.exec('CREATE TABLE t (a)'))
    expect(() =>
      file.write(() => {
        file.database.exec('INSERT INTO t VALUES (1)')
        throw new Error('stop')
      }),
    ).toThrow('stop')
    expect(file.prepare('SELECT count(*) FROM t', 'pluck').get()).toBe(0)
    await file.close()
  })

  it('that has no room left fails as diskFull, whole, and works again when there is room', async () => {
    const folder = makeFolder()
    const storage = openStorage(folder)
    const instance = await openInstance(storage)
    const small = makeItem({ id: 'small' })
    await instance.bulkWrite([{ document: small }], 'test')
    const { table } = instance.internals as { table: { file: { database: { pragma(text: string): unknown } } } }
    table.file.database.pragma('max_page_count=60')
    const large = Array.from({ length: 200 }, (_, index) =>
      makeItem({ id: `i${index}`, more: { text: 'x'.repeat(4000) } }),
    )
    const rows = large.map(document => ({ document }))
    await expect(instance.bulkWrite(rows, 'test')).rejects.toMatchObject({ code: 'diskFull' })
    expect(await findIds(instance, {})).toEqual(['small'])
    table.file.database.pragma('max_page_count=100000')
    expect((await instance.bulkWrite([...rows, changeItem(small, { rank: 1 })], 'test')).error).toEqual([])
    expect(await findIds(instance, {})).toHaveLength(201)
    await instance.close()
  })
})
