/** Flipped bits anywhere in a database or its WAL: detected or harmless, and everything outside the damaged pages comes back. */
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fillWithDefaultSettings } from 'rxdb'
import { describe, expect, it } from 'vitest'
import { compact } from './compact.ts'
import { runFileJob } from './file-job.ts'
import type { Report } from './job-report.ts'
import { kindOf } from './kind-of.suite.ts'
import { openKeyedDatabase } from './keyed-database.ts'
import { salvage, type Salvaged } from './salvage.ts'
import {
  damagePage,
  flipOnce,
  leavesOf,
  openDamageRig,
  pagesOf,
  putBack,
  readSaved,
  zeroPages,
} from './damage-rig.suite.ts'
import { changeItem, findIds, ITEM_SCHEMA, makeItem, openInstance } from './contract/contract-case.suite.ts'
import { flipBit, makeFolder, nativeBinding, openStorage, TEST_KEY } from './storage-fixture.suite.ts'
import { StorageError } from './storage-error.ts'
import { verifyFile } from './verify.ts'
import { threadOf } from './thread.suite.ts'

const silent: Report = { step: () => undefined, watch: () => undefined }
const keyed = (path: string) => ({ path, key: TEST_KEY, ...nativeBinding })
/** How many bits are flipped, one at a time; the whole run of the soak has 1,000. */
const FLIPS = Number(process.env['STORAGE_FLIPS'] ?? 20)

describe('salvage', () => {
  it(`gives back everything outside damaged pages after each of ${FLIPS} flipped bits, and no wrong value`, async () => {
    const rig = await openDamageRig(makeFolder(), FLIPS)
    const outcomes = { harmless: 0, detected: 0, salvaged: 0, unreadable: 0, lostRows: 0 }
    for (let flip = 0; flip < FLIPS; flip++) {
      const outcome = await flipOnce(rig, flip)
      outcomes[outcome.kind]++
      outcomes.lostRows += outcome.lost
    }
    // Every flip is one of these; what may not happen has thrown.
    expect(outcomes.harmless + outcomes.detected + outcomes.salvaged + outcomes.unreadable).toBe(FLIPS)
    expect(outcomes.salvaged).toBeGreaterThan(FLIPS / 4)
    if (process.env['STORAGE_FLIPS'] !== undefined) process.stderr.write(`${JSON.stringify(outcomes)}\n`)
  }, 3_600_000)

  it('finds the rows that a damaged inner page led to, page by page', async () => {
    const folder = makeFolder()
    const path = join(folder, 'test.db')
    const instance = await openInstance(openStorage(folder))
    for (let from = 0; from < 6000; from += 200)
      await instance.bulkWrite(
        Array.from({ length: 200 }, (_, index) => ({
          document: makeItem({
            id: `i${from + index}`,
            kind: `Weir ${from + index}`,
            more: { text: 'x'.repeat(1500) },
          }),
        })),
        'test',
      )
    await instance.close()
    const database = openKeyedDatabase(keyed(path), { readonly: true })
    const inner = database
      .prepare<[], number>(
        `SELECT pageno FROM dbstat WHERE name = 'contract/items/0' AND pagetype = 'internal' AND path <> '/'`,
      )
      .pluck()
      .all()
    database.close()
    expect(inner.length).toBeGreaterThan(0)
    for (const page of inner) damagePage(path, page)
    const target = join(folder, 'saved.db')
    const answer = await runFileJob(threadOf('./file-job.worker.suite.ts'), {
      kind: 'salvage',
      file: keyed(path),
      target,
    })
    expect(tableOf(answer)).toMatchObject({ saved: 6000, lost: 0, lostIds: [] })
    expect(await openSaved(target)).toHaveLength(6000)
  })

  it('tells which rows are lost, and gives none of their sequence numbers out again', async () => {
    const folder = makeFolder()
    const path = join(folder, 'test.db')
    const instance = await openInstance(openStorage(folder))
    await instance.bulkWrite(
      Array.from({ length: 100 }, (_, index) => ({
        document: makeItem({ id: `i${100 + index}`, more: { text: 'x'.repeat(900) } }),
      })),
      'test',
    )
    await instance.close()
    const leaves = leavesOf(path, 'contract/items/0')
    damagePage(path, leaves.at(-1) ?? 0)
    damagePage(path, leaves[3] ?? 0)
    const target = join(folder, 'saved.db')
    const table = tableOf(salvage({ kind: 'salvage', file: keyed(path), target }, silent))
    expect(table.lost).toBeGreaterThan(2)
    expect(table.saved + table.lost).toBe(100)
    expect(table.lostIds).toHaveLength(table.lost)
    expect(table.lostIds).toContain('i199')
    const saved = makeFolder()
    copyFileSync(target, join(saved, 'test.db'))
    const again = await openInstance(openStorage(saved))
    const ids = await findIds(again, {})
    expect([...ids, ...table.lostIds].sort()).toEqual(Array.from({ length: 100 }, (_, index) => `i${100 + index}`))
    await again.bulkWrite([{ document: makeItem({ id: 'new' }) }], 'test')
    const { documents } = await again.getChangedDocumentsSince!(10, { seq: 100 })
    expect(documents.map(({ id }) => id)).toEqual(['new'])
    await again.close()
    expect(readdirSync(folder).filter(name => /part|salvage-/.test(name))).toEqual([])
  })

  it('gives back every row outside the damage where the first page and the list of tables are gone', async () => {
    const folder = makeFolder()
    // So many that their list has pages of its own.
    const others = openStorage(folder)
    for (let index = 0; index < 12; index++) await (await openInstance(others, { collection: `other${index}` })).close()
    const rig = await openDamageRig(folder, 1)
    const target = join(folder, 'saved.db')
    const schema = pagesOf(putBack(rig.folder), 'sqlite_schema')
    expect(schema.length).toBeGreaterThan(2)
    const leaf = leavesOf(putBack(rig.folder), 'contract/items/0')[30] ?? 0
    for (const [pages, mayLose] of [
      [[1], false],
      [schema, false],
      [[...schema, leaf], true],
    ] as const)
      for (const withWal of [true, false]) {
        const path = putBack(rig.folder)
        if (!withWal) absorbWal(path)
        zeroPages(path, pages)
        rmSync(target, { force: true })
        const table = tableOf(salvage({ kind: 'salvage', file: keyed(path), target }, silent))
        const saved = readSaved(target)
        for (const [id, kind] of saved) expect(kind).toBe(rig.kindById.get(id))
        expect(saved.size + table.lost).toBe(rig.kindById.size)
        expect(table.uncertain).toBe(false)
        expect(table.lost > 0).toBe(mayLose)
        expect(table.lost).toBeLessThan(40)
      }
  })

  it('gives back whatever is whole in itself where so much is gone that nothing tells which rows there were', async () => {
    const rig = await openDamageRig(makeFolder(), 1)
    const target = join(rig.folder, 'saved.db')
    for (const [count, most] of [
      [16, 0],
      [32, 90],
    ] as const) {
      const path = putBack(rig.folder)
      absorbWal(path)
      // As when something writes over the beginning of a file: the first pages of all tables and indexes lie there.
      const pages = Array.from({ length: count }, (_, index) => index + 1)
      for (const part of ['', '|id', '|seq']) expect(pages).toContain(pagesOf(path, `contract/items/0${part}`)[0])
      zeroPages(path, pages)
      rmSync(target, { force: true })
      const table = tableOf(salvage({ kind: 'salvage', file: keyed(path), target }, silent))
      const saved = readSaved(target)
      for (const [id, kind] of saved) expect(kind).toBe(rig.kindById.get(id))
      expect(table).toMatchObject({ saved: saved.size, uncertain: true })
      expect(rig.kindById.size - saved.size).toBeLessThanOrEqual(most)
      const folder = makeFolder()
      copyFileSync(target, join(folder, 'test.db'))
      expect(await openSaved(join(folder, 'test.db'))).toHaveLength(saved.size)
    }
  })

  it('takes no row for one of a table whose rows look the same, nor an old state for a new one', async () => {
    const folder = makeFolder()
    const path = join(folder, 'test.db')
    const storage = openStorage(folder)
    const [items, twin] = [await openInstance(storage), await openInstance(storage, { collection: 'twin' })]
    const schema = fillWithDefaultSettings({ ...ITEM_SCHEMA, indexes: ['kind'] })
    const alone = await openInstance(storage, { collection: 'alone', schema })
    const documents = Array.from({ length: 60 }, (_, index) =>
      makeItem({ id: `i${index}`, kind: `Weir ${index}`, more: { text: 'x'.repeat(900) } }),
    )
    for (const instance of [items, twin, alone]) {
      await instance.bulkWrite(
        documents.map(document => ({ document })),
        'test',
      )
      // The pages that are given up keep what was in them.
      await instance.bulkWrite(
        documents.map(document => changeItem(document, { kind: 'Changed', more: { text: 'y'.repeat(3000) } })),
        'test',
      )
      await instance.close()
    }
    const roots = (name: string) => ['', '|id', '|seq'].map(part => rootOf(path, `contract/${name}/0${part}`))
    zeroPages(path, [1, ...roots('items'), ...roots('twin'), ...roots('alone')])
    const target = join(folder, 'saved.db')
    const { tables } = salvage({ kind: 'salvage', file: keyed(path), target }, silent)
    const saved = Object.fromEntries(tables.map(({ name, saved }) => [name, saved]))
    expect(saved).toMatchObject({ 'contract/items/0': 0, 'contract/twin/0': 0, 'contract/alone/0': 60 })
    expect(new Set(readSaved(target, 'contract/alone/0').values())).toEqual(new Set(['Changed']))
  })

  it('reads no outline that a compaction or a dropped table has put out of step', async () => {
    const folder = makeFolder()
    const storage = openStorage(folder)
    const [instance, other] = [await openInstance(storage), await openInstance(storage, { collection: 'other' })]
    const insert = async (into: typeof instance, name: string) => {
      for (let from = 0; from < 300; from += 100)
        await into.bulkWrite(
          Array.from({ length: 100 }, (_, index) => ({
            document: makeItem({ id: `${name}${from + index}`, more: { text: 'x'.repeat(900) } }),
          })),
          'test',
        )
    }
    await insert(other, 'o')
    await insert(instance, 'i')
    const before = readFileSync(join(folder, 'test.db.outline'))
    await other.remove()
    compact({ kind: 'compact', file: keyed(join(folder, 'test.db')) }, silent)
    expect(readFileSync(join(folder, 'test.db.outline')).equals(before)).toBe(false)
    await instance.close()
    const path = join(folder, 'test.db')
    zeroPages(path, pagesOf(path, 'sqlite_schema'))
    const target = join(folder, 'saved.db')
    const answer = salvage({ kind: 'salvage', file: keyed(path), target }, silent)
    expect(answer.tables.map(({ name }) => name)).not.toContain('contract/other/0')
    expect(tableOf(answer)).toMatchObject({ saved: 300, lost: 0, uncertain: false })
    // While it is made nobody could read it, and one that failed leaves it as it was.
    const kept = readFileSync(`${path}.outline`)
    expect(() => compact({ kind: 'compact', file: keyed(path) }, silent)).toThrow(StorageError)
    expect(readFileSync(`${path}.outline`).equals(kept)).toBe(true)
  })

  it('says so when no page of any table can be read, and makes no file', async () => {
    const { folder } = await openDamageRig(makeFolder(), 1)
    const path = putBack(folder)
    absorbWal(path)
    zeroPages(
      path,
      Array.from({ length: statSync(path).size / 4096 - 1 }, (_, index) => index + 2),
    )
    const target = join(folder, 'saved.db')
    expect(salvage({ kind: 'salvage', file: keyed(path), target }, silent)).toEqual({ readable: false, tables: [] })
    expect(readdirSync(folder).filter(name => /saved|part|salvage-/.test(name))).toEqual([])
  })

  it('says so when neither the list of tables nor the outline can be read, and makes no file', async () => {
    const folder = makeFolder()
    const path = join(folder, 'test.db')
    const instance = await openInstance(openStorage(folder))
    await instance.close()
    damagePage(path, 1)
    flipBit(`${path}.outline`, 40)
    const target = join(folder, 'saved.db')
    expect(salvage({ kind: 'salvage', file: keyed(path), target }, silent)).toEqual({ readable: false, tables: [] })
    expect(existsSync(target)).toBe(false)
  })
})

/** As an ordinary end of the app leaves it. */
function absorbWal(path: string): void {
  const database = openKeyedDatabase(keyed(path))
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.close()
  expect(existsSync(`${path}-wal`)).toBe(false)
}

function rootOf(path: string, name: string): number {
  const database = openKeyedDatabase(keyed(path), { readonly: true })
  try {
    return Number(database.prepare('SELECT rootpage FROM sqlite_master WHERE name = ?').pluck().get(name))
  } finally {
    database.close()
  }
}

function tableOf(answer: Salvaged) {
  const table = answer.tables.find(({ name }) => name === 'contract/items/0')
  if (table === undefined) throw new Error('the table is not told')
  return table
}

async function openSaved(target: string): Promise<readonly string[]> {
  const folder = makeFolder()
  copyFileSync(target, join(folder, 'test.db'))
  const instance = await openInstance(openStorage(folder, { search: { items: kindOf } }))
  const ids = await findIds(instance, {})
  await instance.close()
  const checked = verifyFile(
    { kind: 'verify', file: keyed(join(folder, 'test.db')) },
    { search: { items: kindOf } },
    silent,
  )
  expect(checked.findings).toEqual([])
  return ids
}
