/** Backup, check and compaction of a file that is in use: whole or absent, in a thread, told as it goes. */
import { copyFileSync, existsSync, readdirSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { backUp } from './backup.ts'
import { compact } from './compact.ts'
import { type JobProgress, runFileJob } from './file-job.ts'
import { JobCancelled, type Report } from './job-report.ts'
import { kindOf } from './kind-of.suite.ts'
import type { RxStorageSqlite } from './rx-storage-sqlite.ts'
import { openSqliteFile } from './sqlite-file.ts'
import { changeItem, findIds, type Instance, makeItem, openInstance } from './contract/contract-case.suite.ts'
import { flipBit, makeFolder, nativeBinding, openStorage, TEST_KEY } from './storage-fixture.suite.ts'
import { type Knowledge, type Verified, verifyFile } from './verify.ts'
import { threadOf } from './thread.suite.ts'

const script = threadOf('./file-job.worker.suite.ts')
const silent: Report = { step: () => undefined, watch: () => undefined }
const knowledge: Knowledge = {
  search: { items: kindOf },
  references: [{ from: 'items', to: 'items', read: document => links(document['more']) }],
}

function links(more: unknown): readonly string[] {
  const link = (more as { readonly link?: unknown } | undefined)?.link
  return typeof link === 'string' ? [link] : []
}

async function openFilled(folder: string, count: number, length = 300): Promise<[RxStorageSqlite, Instance]> {
  const storage = openStorage(folder, {
    search: { items: kindOf },
    counted: { items: ['kind'] },
  })
  const instance = await openInstance(storage)
  for (let from = 0; from < count; from += 200) {
    const items = Array.from({ length: Math.min(200, count - from) }, (_, index) =>
      makeItem({
        id: `i${from + index}`,
        kind: `Weir ${from + index}`,
        rank: from + index,
        more: { text: 'x'.repeat(length) },
      }),
    )
    await instance.bulkWrite(
      items.map(document => ({ document })),
      'test',
    )
  }
  return [storage, instance]
}

const fileOf = (folder: string) => ({ path: join(folder, 'test.db'), key: TEST_KEY, ...nativeBinding })
const verify = (folder: string, known = knowledge): Verified =>
  verifyFile({ kind: 'verify', file: fileOf(folder) }, known, silent)

describe('a backup', () => {
  it('made in a thread while others write is one moment, whole, encrypted, and opens with the key', async () => {
    const folder = makeFolder()
    const [storage, instance] = await openFilled(folder, 2000)
    const target = join(folder, 'backup.db')
    const told: JobProgress[] = []
    let done = false
    const job = runFileJob(
      script,
      { kind: 'backup', file: fileOf(folder), target },
      { onProgress: each => told.push(each) },
    )
    job.finally(() => (done = true)).catch(() => undefined)
    let written = 0
    while (!done) {
      // Two documents in one bulk: the backup has both or neither.
      const pair = [makeItem({ id: `a${written}` }), makeItem({ id: `b${written}` })]
      await instance.bulkWrite(
        pair.map(document => ({ document })),
        'test',
      )
      written++
      await new Promise(resolve => setTimeout(resolve, 1))
    }
    const { bytes } = await job
    expect(bytes).toBe(statSync(target).size)
    expect(told.map(({ step }) => step)).toEqual(expect.arrayContaining(['copy', 'check']))
    expect(readdirSync(folder).filter(name => name.includes('.part'))).toEqual([])
    expect(readFileSync(target).includes('Weir')).toBe(false)
    await instance.close()

    const restored = makeFolder()
    copyFileSync(target, join(restored, 'test.db'))
    const again = await openInstance(openStorage(restored))
    const ids = new Set(await findIds(again, {}))
    const [a, b] = ['a', 'b'].map(name =>
      [...ids]
        .filter(id => id.startsWith(name))
        .map(id => id.slice(1))
        .sort(),
    )
    expect(a).toEqual(b)
    expect([...ids].filter(id => id.startsWith('i'))).toHaveLength(2000)
    expect(a?.length).toBeLessThan(written)
    await again.close()
    expect(verify(restored)).toMatchObject({ sound: true, documents: 2000 + 2 * (a?.length ?? 0) })
    void storage
  })

  it('that is cancelled leaves nothing, nor does one of a damaged file or one without room', async () => {
    const folder = makeFolder()
    const [, instance] = await openFilled(folder, 600)
    await instance.close()
    const target = join(folder, 'backup.db')
    const asked = new AbortController()
    const job = runFileJob(script, { kind: 'backup', file: fileOf(folder), target }, { signal: asked.signal })
    asked.abort()
    await expect(job).rejects.toBeInstanceOf(JobCancelled)
    const before = readdirSync(folder)
    flipBit(join(folder, 'test.db'), statSync(join(folder, 'test.db')).size - 5000)
    expect(() => backUp({ kind: 'backup', file: fileOf(folder), target }, silent)).toThrow(
      expect.objectContaining({ code: 'damaged' }) as Error,
    )
    expect(readdirSync(folder)).toEqual(before)
    expect(before.filter(name => name.startsWith('backup'))).toEqual([])
  })

  it('leaves the backup before it alone until it has taken its place', async () => {
    const folder = makeFolder()
    const [, instance] = await openFilled(folder, 50)
    const target = join(folder, 'backup.db')
    backUp({ kind: 'backup', file: fileOf(folder), target }, silent)
    const before = readFileSync(target)
    const stop: Report = {
      ...silent,
      step(step) {
        if (step === 'check') throw new JobCancelled('Cancelled')
      },
    }
    expect(() => backUp({ kind: 'backup', file: fileOf(folder), target }, stop)).toThrow(JobCancelled)
    expect(readFileSync(target).equals(before)).toBe(true)
    await instance.close()
  })
})

describe('verifying a file', () => {
  it('finds nothing in a sound one, while it is open and being written', async () => {
    const folder = makeFolder()
    const [, instance] = await openFilled(folder, 700)
    const found = await instance.findDocumentsById(['i3', 'i4'], false)
    await instance.bulkWrite(
      [
        changeItem(found[0] as never, { kind: 'Élan vital, 東京 Straße', more: { link: 'i4' } }),
        changeItem(found[1] as never, { _deleted: true }),
      ],
      'test',
    )
    const { sound, counts, findings } = await runFileJob(script, { kind: 'verify', file: fileOf(folder) })
    expect([sound, counts.reference, findings.map(({ kind }) => kind)]).toEqual([true, 0, []])
    await instance.close()
  })

  it.each([
    [
      'a document that is not what its columns say',
      `UPDATE "contract/items/0" SET k_rank = 77 WHERE rid = 5`,
      'document',
    ],
    ['a document that is no JSON', `UPDATE "contract/items/0" SET doc = '{' WHERE rid = 5`, 'document'],
    ['a document that search does not find', `DELETE FROM "contract/items/0/search" WHERE rowid = 7`, 'search'],
    [
      'words of another document',
      `INSERT OR REPLACE INTO "contract/items/0/search" (rowid, text) VALUES (7, 'Pump 7')`,
      'search',
    ],
    [
      'a word more than a document has',
      `INSERT OR REPLACE INTO "contract/items/0/search" (rowid, text) VALUES (7, 'Weir 6 more')`,
      'search',
    ],
    [
      'a document in search that is gone',
      `INSERT INTO "contract/items/0/search" (rowid, text) VALUES (9999, 'x')`,
      'search',
    ],
    [
      'a tally out of step',
      `UPDATE "contract/items/0|tally|kind" SET n = n + 1 WHERE k_kind = (SELECT k_kind FROM "contract/items/0" LIMIT 1)`,
      'tally',
    ],
  ] as const)('tells %s', async (_, sql, kind) => {
    const folder = makeFolder()
    const [, instance] = await openFilled(folder, 20)
    await instance.close()
    const file = openSqliteFile(fileOf(folder))
    file.database.exec(sql)
    await file.close()
    const { sound, counts, findings } = verify(folder)
    expect([sound, findings[0]?.kind]).toEqual([false, kind])
    expect(Object.entries(counts).filter(([, count]) => count > 0)).toEqual([[kind, expect.any(Number) as number]])
  })

  it('tells what leads nowhere without calling it damage, and what its owner says is wrong', async () => {
    const folder = makeFolder()
    const [, instance] = await openFilled(folder, 5)
    await instance.bulkWrite([{ document: makeItem({ id: 'x', more: { link: 'nowhere' } }) }], 'test')
    await instance.close()
    expect(verify(folder)).toMatchObject({ sound: true, counts: { reference: 1 } })
    const strict = {
      ...knowledge,
      check: { items: (item: { readonly [key: string]: unknown }) => (item['rank'] === 3 ? 'rank' : undefined) },
    }
    expect(verify(folder, strict)).toMatchObject({
      sound: false,
      findings: [{ kind: 'document', id: expect.stringContaining('i3') as string, detail: 'rank' }, {}],
    })
  })

  it('tells of one that is cut within its last page, which SQLite would read as it lies on the disk', async () => {
    const folder = makeFolder()
    const [, instance] = await openFilled(folder, 5)
    await instance.close()
    const path = join(folder, 'test.db')
    truncateSync(path, statSync(path).size - 1)
    const { sound, findings } = verify(folder)
    expect(sound).toBe(false)
    expect(findings.map(({ detail }) => detail)).toContain('The file ends within a page')
  })

  it('goes on behind a damaged page and says which table it is in', async () => {
    const folder = makeFolder()
    const [, instance] = await openFilled(folder, 400)
    await instance.close()
    flipBit(join(folder, 'test.db'), Math.floor(statSync(join(folder, 'test.db')).size / 2))
    expect(verify(folder).sound).toBe(false)
  })
})

describe('compacting', () => {
  it('gives back the room of what was deleted, while reads go on and writes wait', async () => {
    const folder = makeFolder()
    const [storage, instance] = await openFilled(folder, 2000, 1500)
    const stored = await instance.findDocumentsById(
      Array.from({ length: 1500 }, (_, index) => `i${index}`),
      false,
    )
    await instance.bulkWrite(
      stored.map(previous => changeItem(previous, { _deleted: true })),
      'test',
    )
    while (!(await instance.cleanup(-1000)));
    const held = storage.holdWrites('contract')
    let wrote = false
    const waiting = instance.bulkWrite([{ document: makeItem({ id: 'late' }) }], 'test').then(() => (wrote = true))
    const { before, after } = await runFileJob(script, { kind: 'compact', file: fileOf(folder) })
    expect(await findIds(instance, { selector: { id: 'i1700' } })).toEqual(['i1700'])
    expect(wrote).toBe(false)
    held.release()
    await waiting
    expect(after).toBeLessThan(before / 2)
    expect(await findIds(instance, { selector: { id: 'late' } })).toEqual(['late'])
    await instance.close()
    expect(statSync(join(folder, 'test.db')).size).toBeLessThan(before / 2)
    expect(verify(folder)).toMatchObject({ sound: true, documents: 501 })
  })

  it('without room for it changes nothing', async () => {
    const folder = makeFolder()
    const [, instance] = await openFilled(folder, 200)
    await instance.close()
    const before = readFileSync(join(folder, 'test.db'))
    flipBit(join(folder, 'test.db'), before.length - 6000)
    expect(() => compact({ kind: 'compact', file: fileOf(folder) }, silent)).toThrow(
      expect.objectContaining({ code: 'damaged' }) as Error,
    )
    flipBit(join(folder, 'test.db'), before.length - 6000)
    expect(existsSync(join(folder, 'test.db'))).toBe(true)
    expect(readFileSync(join(folder, 'test.db')).equals(before)).toBe(true)
  })
})
