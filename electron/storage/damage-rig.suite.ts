/**
 * A database with a WAL left by a crash, damaged one bit at a time: every flip must be harmless or detected, and whatever
 * lies outside the page that was hit must come back. Used by the tests and, a thousand times, by the soak.
 */
import { closeSync, copyFileSync, existsSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Report } from './job-report.ts'
import { kindOf } from './kind-of.suite.ts'
import { openKeyedDatabase } from './keyed-database.ts'
import { salvage } from './salvage.ts'
import { readWal } from './wal-frames.ts'
import { changeItem, findIds, makeItem, openInstance, type Stored } from './contract/contract-case.suite.ts'
import { createRandom, flipBit, nativeBinding, openStorage, TEST_KEY } from './storage-fixture.suite.ts'

const silent: Report = { step: () => undefined, watch: () => undefined }
const PAGE = 4096
const COUNT = 1500

export interface DamageRig {
  readonly folder: string
  /** What every document is. */
  readonly kindById: ReadonlyMap<string, string>
  readonly random: () => number
}

export interface FlipOutcome {
  readonly kind: 'harmless' | 'detected' | 'salvaged' | 'unreadable'
  readonly lost: number
}

/** `master.db` and its WAL are as a process that was killed has left them. */
export async function openDamageRig(folder: string, seed: number): Promise<DamageRig> {
  const storage = openStorage(folder, { search: { items: kindOf } })
  const instance = await openInstance(storage)
  const kindById = new Map<string, string>()
  const documents: Stored[] = []
  for (let from = 0; from < COUNT; from += 100) {
    const batch = Array.from({ length: 100 }, (_, index) => {
      const item = makeItem({
        id: `i${from + index}`,
        kind: `Weir ${from + index}`,
        more: { text: 'lorem '.repeat((index % 40) * 8) },
      })
      kindById.set(item.id, `Weir ${from + index}`)
      return item
    })
    documents.push(...batch)
    await instance.bulkWrite(
      batch.map(document => ({ document })),
      'test',
    )
  }
  const { table } = instance.internals as { table: { file: { checkpoint(): void } } }
  table.file.checkpoint()
  // The rest stays in the WAL: changes of what is in the file, and new ones.
  for (let from = 0; from < 300; from += 20) {
    const changed = documents.slice(from * 3, from * 3 + 20)
    await instance.bulkWrite(
      changed.map(previous => changeItem(previous, { kind: `Changed ${previous.id}` })),
      'test',
    )
    for (const { id } of changed) kindById.set(id, `Changed ${id}`)
    const fresh = Array.from({ length: 5 }, (_, index) =>
      makeItem({ id: `n${from + index}`, kind: `New ${from + index}` }),
    )
    await instance.bulkWrite(
      fresh.map(document => ({ document })),
      'test',
    )
    for (const { id, kind } of fresh) kindById.set(id, String(kind))
  }
  for (const suffix of ['', '-wal', '.key-check', '.outline'])
    copyFileSync(join(folder, `test.db${suffix}`), join(folder, `master.db${suffix}`))
  await instance.close()
  return { folder, kindById, random: createRandom(seed) }
}

/** @throws where a value is wrong, a row outside the damage is gone, or a loss is not told */
export async function flipOnce({ folder, kindById, random }: DamageRig, flip: number): Promise<FlipOutcome> {
  const path = putBack(folder)
  const hit = flip % 3 === 2 ? `${path}-wal` : path
  const position = Math.floor(random() * statSync(hit).size)
  flipBit(hit, position, flip % 8)
  const where = `bit ${flip % 8} of byte ${position} of ${hit === path ? 'the file' : 'the WAL'}`

  let seen: ReadonlyMap<string, string> | undefined
  try {
    seen = await readAll(path)
  } catch (thrown) {
    if (!(thrown instanceof Error) || !('code' in thrown) || thrown.code !== 'damaged')
      throw new Error(where, { cause: thrown })
  }
  const isWhole = seen !== undefined && seen.size === kindById.size
  if (seen !== undefined) demandRight(seen, kindById, where)
  if (isWhole) return { kind: 'harmless', lost: 0 }
  if (seen !== undefined)
    throw new Error(`${where}: ${kindById.size - seen.size} documents are gone and nothing was said`)

  const target = join(folder, 'saved.db')
  rmSync(target, { force: true })
  const told = salvage({ kind: 'salvage', file: { path, key: TEST_KEY, ...nativeBinding }, target }, silent)
  if (!told.readable) {
    throw new Error(`${where}: nothing could be saved`)
  }
  const saved = readSaved(target)
  demandRight(saved, kindById, where)
  const table = told.tables.find(({ name }) => name === 'contract/items/0')
  const lost = kindById.size - saved.size
  if (table === undefined || (table.lost !== lost && !table.uncertain))
    throw new Error(`${where}: ${lost} lost, told ${table?.lost}`)
  // A page of 4 KB holds no more of these, and a row that goes on in it is lost with it.
  if (lost > 40) throw new Error(`${where}: ${lost} documents were lost with one page`)
  return { kind: 'salvaged', lost }
}

/** The database as it was before any damage; answers where it is. */
export function putBack(folder: string): string {
  const path = join(folder, 'test.db')
  for (const suffix of ['', '-wal', '-shm', '.key-check', '.outline']) {
    rmSync(path + suffix, { force: true })
    if (existsSync(join(folder, `master.db${suffix}`))) copyFileSync(join(folder, `master.db${suffix}`), path + suffix)
  }
  return path
}

export function damagePage(path: string, page: number): void {
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.alloc(64, 0xa5), 0, 64, (page - 1) * PAGE + 512)
  closeSync(file)
}

/** `pages` are 1-based; their newest states in the WAL go too. */
export function zeroPages(path: string, pages: readonly number[]): void {
  const file = openSync(path, 'r+')
  for (const page of pages) writeSync(file, Buffer.alloc(PAGE), 0, PAGE, (page - 1) * PAGE)
  closeSync(file)
  const wal = readWal(`${path}-wal`)
  if (wal === undefined) return
  const frames = openSync(`${path}-wal`, 'r+')
  for (const { page, position } of wal.frames)
    if (pages.includes(page)) writeSync(frames, Buffer.alloc(PAGE), 0, PAGE, position)
  closeSync(frames)
}

export function leavesOf(path: string, table: string): readonly number[] {
  return pagesOf(path, table, "pagetype = 'leaf'")
}

export function pagesOf(path: string, table: string, which = '1'): readonly number[] {
  const database = openKeyedDatabase({ path, key: TEST_KEY, ...nativeBinding })
  try {
    return database
      .prepare<[string], number>(`SELECT pageno FROM dbstat WHERE name = ? AND ${which} ORDER BY path`)
      .pluck()
      .all(table)
  } finally {
    database.close()
  }
}

async function readAll(path: string): Promise<ReadonlyMap<string, string>> {
  const storage = openStorage('', { path, search: { items: kindOf } })
  const instance = await openInstance(storage)
  try {
    const byKey = new Set(await findIds(instance, { selector: { kind: { $gt: '' } } }))
    const ids = await findIds(instance, {})
    const documents = await instance.findDocumentsById([...new Set([...ids, ...byKey])], false)
    return new Map(documents.map(document => [document.id, String(document.kind)]))
  } finally {
    await instance.close()
  }
}

export function readSaved(path: string, table = 'contract/items/0'): ReadonlyMap<string, string> {
  const database = openKeyedDatabase({ path, key: TEST_KEY, ...nativeBinding }, { readonly: true })
  try {
    const rows = database.prepare<[], string>(`SELECT doc FROM "${table}"`).pluck().all()
    return new Map(rows.map(doc => JSON.parse(doc) as { id: string; kind: string }).map(({ id, kind }) => [id, kind]))
  } finally {
    database.close()
  }
}

function demandRight(seen: ReadonlyMap<string, string>, kindById: ReadonlyMap<string, string>, where: string): void {
  for (const [id, kind] of seen)
    if (kindById.get(id) !== kind) throw new Error(`${where}: ${id} is ${kind} and should be ${kindById.get(id)}`)
}
