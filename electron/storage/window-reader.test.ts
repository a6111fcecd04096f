/** Windows over a collection: equal to sorting and searching all documents in JavaScript, at every page and position. */
import { join } from 'node:path'
import fc from 'fast-check'
import type { RxDocumentData } from 'rxdb'
import { describe, expect, it } from 'vitest'
import type { Instance, Stored } from './contract/contract-case.suite.ts'
import { changeItem, makeItem, openInstance } from './contract/contract-case.suite.ts'
import type { ThreadScript } from './file-thread.ts'
import { openKeyedDatabase } from './keyed-database.ts'
import { makeFolder, nativeBinding, openStorage, TEST_KEY } from './storage-fixture.suite.ts'
import { foldText } from './text-folding.ts'
import { threadOf } from './thread.suite.ts'
import type { WindowReader } from './window-reader.ts'
import type { SortPart, View } from './window-view.ts'

const search = {
  items: (document: RxDocumentData<{ readonly [field: string]: unknown }>) =>
    (document['more'] as Fields | undefined)?.name ?? '',
}
interface Fields {
  readonly name?: string
  readonly size?: number
}

async function open(
  documents: readonly Stored[],
  folder = makeFolder(),
  thread?: ThreadScript,
): Promise<{ instance: Instance; reader: WindowReader }> {
  const storage = openStorage(folder, {
    search,
    counted: { items: ['kind', 'rank'] },
    ...(thread === undefined ? {} : { thread }),
  })
  const instance = await openInstance(storage)
  await instance.bulkWrite(
    documents.map(document => ({ document })),
    'test',
  )
  return { instance, reader: storage.openWindowReader('contract', 'items') }
}

function manyItems(count: number): Stored[] {
  return Array.from({ length: count }, (_, index) =>
    makeItem({ id: `i${index}`, kind: index % 2 === 0 ? 'x' : 'y', more: { name: `n${index % 97}`, size: index } }),
  )
}

/** SQL of the indexes that views have made. */
function readIndexes(folder: string): unknown {
  const database = openKeyedDatabase({ path: join(folder, 'test.db'), key: TEST_KEY, ...nativeBinding })
  const sql = "SELECT sql FROM sqlite_master WHERE type = 'index' AND name LIKE '%|view|%'"
  const found = database.prepare(sql).pluck().all()
  database.close()
  return found
}

/** Numbers from 0 to 1, the same in every run (a linear congruence). */
function createRandom(): () => number {
  let state = 20_261_125
  return () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31
}

/** The reader's promise in a dozen lines of plain JavaScript. */
function expectedIds(documents: readonly Stored[], view: View): string[] {
  const words = foldWords(typeof view.search === 'string' ? view.search : '')
  const kept = documents.filter(
    document =>
      !document._deleted &&
      Object.entries(view.where).every(([path, value]) => document[path as keyof Stored] === value) &&
      words.every(word =>
        foldWords((document.more as Fields | undefined)?.name ?? '').some(each => each.startsWith(word)),
      ),
  )
  const sign = view.sort.at(-1)?.direction === 'desc' ? -1 : 1
  return kept
    .toSorted((a, b) => {
      for (const part of view.sort) {
        const [left, right] = [sortValue(a, part), sortValue(b, part)]
        if (left === right) continue
        if (left === undefined) return 1
        if (right === undefined) return -1
        return (left < right ? -1 : 1) * (part.direction === 'desc' ? -1 : 1)
      }
      return (a.id < b.id ? -1 : 1) * sign
    })
    .map(document => document.id)
}

function sortValue(document: Stored, part: SortPart): string | number | undefined {
  if ('column' in part) return document[part.column as 'rank'] as number | undefined
  const value = part.path
    .split('.')
    .reduce<unknown>((holder, key) => (holder as Record<string, unknown> | undefined)?.[key], document)
  return (part.kind === 'text' ? (foldText(value) ?? undefined) : value) as string | number | undefined
}

function foldWords(text: string): string[] {
  return String(foldText(text)).match(/[\p{L}\p{N}]+/gu) ?? []
}

const names = fc.constantFrom('Ödenberg Lake', 'odenberg', 'São Rio', 'sao', 'New-Port 12', 'Éclair', 'zebra', 'Zoe')
const items = fc.record(
  {
    kind: fc.constantFrom('x', 'y'),
    rank: fc.integer({ min: 0, max: 5 }),
    more: fc.record({ name: names, size: fc.constantFrom(1, 2, 10, -3.5) }, { requiredKeys: [] }),
  },
  { requiredKeys: ['kind', 'more'] },
)
const direction = fc.constantFrom('asc' as const, 'desc' as const)
const parts: fc.Arbitrary<SortPart> = fc.oneof(
  fc.record({ column: fc.constantFrom('rank', 'kind', 'id'), direction }),
  fc.record({ path: fc.constant('more.name'), kind: fc.constant('text' as const), direction }),
  fc.record({ path: fc.constant('more.size'), kind: fc.constant('number' as const), direction }),
)
const views = fc.record(
  {
    where: fc.constantFrom({}, { kind: 'x' }, { kind: 'y', rank: 2 }, { kind: 'none' }),
    sort: fc.array(parts, { maxLength: 2 }),
    search: fc.constantFrom('', 'od', 'lake oden', 'SÃO r', 'port new', 'zzz', '12', '-'),
  },
  { requiredKeys: ['where', 'sort'] },
)

describe('a window reader', () => {
  it('equals sorting and searching everything in JavaScript', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(items, { maxLength: 30 }),
        fc.array(views, { minLength: 8, maxLength: 8 }),
        async (made, asked) => {
          const documents = made.map((item, index) =>
            makeItem({ id: `i${(index * 11) % 31}`, ...item }, 1, { _deleted: index % 7 === 6 }),
          )
          const { instance, reader } = await open(documents)
          for (const view of asked) {
            const expected = expectedIds(documents, view)
            const named = JSON.stringify(view)
            expect(reader.ids(view), named).toEqual(expected)
            expect(reader.count(view), named).toBe(expected.length)
            for (const [from, to] of [
              [0, 3],
              [2, 9],
              [expected.length - 1, expected.length + 5],
              [40, 50],
            ] as const)
              expect(
                reader.page(view, from, to).map(row => row.id),
                named,
              ).toEqual(expected.slice(Math.max(0, from), to))
            for (const [index, id] of expected.entries()) expect(reader.position(view, id), named).toBe(index)
            expect(reader.position(view, 'nobody')).toBe(-1)
          }
          await instance.close()
        },
      ),
      { seed: 20_261_122, numRuns: 25 },
    )
  })

  it('gives the same pages from its on-demand indexes, over thousands of rows', async () => {
    const made = Array.from({ length: 2500 }, (_, index) =>
      makeItem({
        id: `i${(index * 997) % 2500}`,
        kind: index % 5 ? 'x' : 'y',
        rank: index % 40,
        more: index % 9 ? { name: `Név ${(index * 31) % 700}`, size: index % 50 } : {},
      }),
    )
    const { instance, reader } = await open(made)
    const sorts: SortPart[][] = [
      [{ path: 'more.name', kind: 'text', direction: 'asc' }],
      [{ path: 'more.name', kind: 'text', direction: 'desc' }],
      [{ path: 'more.size', kind: 'number', direction: 'desc' }],
      [{ column: 'rank', direction: 'desc' }],
      [
        { column: 'rank', direction: 'asc' },
        { path: 'more.name', kind: 'text', direction: 'desc' },
      ],
    ]
    for (const sort of sorts) {
      const view = { where: { kind: 'x' }, sort }
      const expected = expectedIds(made, view)
      expect(reader.ids(view)).toEqual(expected)
      for (const from of [0, 700, 1750, 1990])
        expect(reader.page(view, from, from + 50).map(row => row.id)).toEqual(expected.slice(from, from + 50))
      for (const index of [0, 900, 1999]) expect(reader.position(view, expected[index] ?? '')).toBe(index)
    }
    await instance.close()
  })

  it('has an index made by the thread of the file: reading goes on, and a write waits and is in it', async () => {
    const folder = makeFolder()
    const { instance, reader } = await open(manyItems(6000), folder, threadOf('./file-thread.worker.ts'))
    const view: View = { where: { kind: 'x' }, sort: [{ path: 'more.name', kind: 'text', direction: 'desc' }] }
    const preparing = reader.prepare(view)
    expect(reader.prepare(view)).toBe(preparing)
    const before = reader.ids(view)
    const first = makeItem({ id: 'late', kind: 'x', more: { name: 'zzzz' } })
    let written = false
    const writing = instance.bulkWrite([{ document: first }], 'test').then(() => (written = true))
    expect(reader.page(view, 0, 2)).toHaveLength(2)
    expect(written).toBe(false)
    await Promise.all([preparing, writing])
    expect(reader.prepare(view)).toBeUndefined()
    expect(reader.ids(view)).toEqual(['late', ...before])
    expect(readIndexes(folder)).toEqual([expect.stringContaining('more')])
    await instance.close()
  })

  it('loses no write that still waits for an index when it is closed', async () => {
    const folder = makeFolder()
    const { instance, reader } = await open(manyItems(6000), folder, threadOf('./file-thread.worker.ts'))
    const preparing = reader.prepare({ where: {}, sort: [{ path: 'more.size', kind: 'number', direction: 'asc' }] })
    const writing = instance.bulkWrite([{ document: makeItem({ id: 'late' }) }], 'test')
    await instance.close()
    expect((await writing).error).toEqual([])
    await preparing
    const again = await open([], folder)
    expect(again.reader.documents(['late'])).toHaveLength(1)
    await again.instance.close()
  })

  it('makes the index itself where the thread cannot', async () => {
    const { instance, reader } = await open(manyItems(6000), makeFolder(), { path: '/no-such-folder/thread.mjs' })
    const view: View = { where: {}, sort: [{ path: 'more.size', kind: 'number', direction: 'asc' }] }
    await reader.prepare(view)
    expect(reader.prepare(view)).toBeUndefined()
    expect(reader.page(view, 0, 1)).toMatchObject([{ id: 'i0' }])
    await instance.close()
  })

  it('finds every row by its number and every number by its row, whatever is written between', async () => {
    const random = createRandom()
    const below = (most: number) => Math.floor(random() * most)
    const fields = () => ({
      kind: below(8) ? 'x' : 'y',
      rank: below(500),
      more: below(6)
        ? { name: ['Ödön', 'alpha', '𞤀dlam', 'zebra'][below(4)] + String(below(900)), size: below(40) }
        : {},
    })
    const current = new Map<string, Stored>()
    for (let index = 0; index < 4000; index++) {
      const item = makeItem({ id: `i${(index * 997) % 4000}`, ...fields() })
      current.set(item.id, item)
    }
    const { instance, reader } = await open([...current.values()])
    const views: View[] = [
      { where: { kind: 'x' }, sort: [{ path: 'more.name', kind: 'text', direction: 'asc' }] },
      { where: {}, sort: [{ path: 'more.size', kind: 'number', direction: 'desc' }] },
      { where: { kind: 'x' }, sort: [{ column: 'rank', direction: 'asc' }] },
      { where: { kind: 'x' }, sort: [] },
    ]
    const compare = (step: string) => {
      for (const view of views) {
        const expected = expectedIds([...current.values()], view)
        const named = `${step}: ${JSON.stringify(view)}`
        for (const from of [expected.length - 20, below(expected.length), 990, 1990])
          expect(
            reader.page(view, from, from + 30).map(row => row.id),
            named,
          ).toEqual(expected.slice(from, from + 30))
        const index = below(expected.length)
        expect(reader.position(view, expected[index] ?? ''), named).toBe(index)
      }
    }
    compare('before any write')
    for (let step = 0; step < 12; step++) {
      // Now and then more at once than it follows one by one.
      const rows = Array.from({ length: step % 5 === 4 ? 600 : 1 + below(4) }, (_, index) => {
        const fresh = below(3) === 0 ? undefined : current.get(`i${(below(4000) + index) % 4000}`)
        if (!fresh) return { document: makeItem({ id: `n${step}-${index}`, ...fields() }) }
        return changeItem(fresh, below(5) ? fields() : { _deleted: !fresh._deleted })
      })
      const each = [...new Map(rows.map(row => [row.document.id, row])).values()]
      const { error } = await instance.bulkWrite(each, 'test')
      expect(error).toEqual([])
      for (const { document } of each) current.set(document.id, document)
      compare(`step ${step}`)
    }
    await instance.close()
  })

  it('shows every write at once, and says by its version that something changed', async () => {
    const a = makeItem({ id: 'a', kind: 'x', more: { name: 'first' } })
    const { instance, reader } = await open([a])
    const view: View = { where: { kind: 'x' }, sort: [{ path: 'more.name', kind: 'text', direction: 'asc' }] }
    const version = reader.version()
    expect(reader.page(view, 0, 5)).toEqual([{ id: 'a', rev: '1-a' }])
    expect(reader.version()).toBe(version)
    await instance.bulkWrite(
      [changeItem(a, { more: { name: 'zzz' } }), { document: makeItem({ id: 'b', kind: 'x', more: { name: 'mm' } }) }],
      'test',
    )
    expect(reader.version()).toBeGreaterThan(version)
    expect(reader.page(view, 0, 5)).toEqual([
      { id: 'b', rev: '1-a' },
      { id: 'a', rev: '2-a' },
    ])
    expect(reader.documents(['a', 'nobody', 'b']).map(document => document['more'])).toEqual([
      { name: 'zzz' },
      { name: 'mm' },
    ])
    await instance.close()
  })

  it('sorts documents that are deeper than SQLite reads among the others, with an index and without', async () => {
    let deep: unknown = 'bottom'
    for (let level = 0; level < 1500; level++) deep = level % 2 ? [deep] : { deep }
    const deepItem = (id: string, name: string, size: number) => makeItem({ id, kind: 'x', more: { name, size, deep } })
    const documents = [
      deepItem('d1', 'Név 0500', 25),
      deepItem('d2', 'éclair', -1),
      makeItem({ id: 'none', kind: 'x', more: { deep } }),
      ...Array.from({ length: 1200 }, (_, index) =>
        makeItem({ id: `i${index}`, kind: 'x', more: { name: `Név ${index}`.padEnd(8, '0'), size: index % 50 } }),
      ),
    ]
    for (const count of [40, documents.length]) {
      const some = documents.slice(0, count)
      const { instance, reader } = await open(some)
      for (const part of [
        { path: 'more.name', kind: 'text' },
        { path: 'more.size', kind: 'number' },
      ] as const)
        for (const way of ['asc', 'desc'] as const) {
          const view: View = { where: { kind: 'x' }, sort: [{ ...part, direction: way }] }
          const expected = expectedIds(some, view)
          expect(reader.ids(view)).toEqual(expected)
          for (const id of ['d1', 'd2', 'none']) expect(reader.position(view, id)).toBe(expected.indexOf(id))
        }
      await instance.bulkWrite([{ document: deepItem('d3', 'zz', 99) }], 'test')
      const view: View = { where: {}, sort: [{ path: 'more.name', kind: 'text', direction: 'desc' }] }
      expect(reader.page(view, 0, 1).map(row => row.id)).toEqual(['d3'])
      await instance.close()
    }
  })

  it('refuses a condition or sort that it cannot answer rightly', async () => {
    const { instance, reader } = await open([])
    expect(() => reader.count({ where: { more: 'x' }, sort: [] })).toThrow(RangeError)
    expect(() => reader.page({ where: {}, sort: [{ column: 'more', direction: 'asc' }] }, 0, 1)).toThrow(RangeError)
    expect(() => reader.page({ where: {}, sort: [{ path: 'a"b', kind: 'text', direction: 'asc' }] }, 0, 1)).toThrow(
      RangeError,
    )
    await instance.close()
    expect(() => openStorage(makeFolder()).openWindowReader('contract', 'items')).toThrow(
      expect.objectContaining({ code: 'closed' }) as Error,
    )
  })
})

describe('search', () => {
  const found = (reader: WindowReader, typed: string) => reader.ids({ where: {}, sort: [], search: typed })

  it('finds by the beginnings of words, without case and diacritics, all words needed', async () => {
    const names = ['Ödenberg am See', 'São Paulo', 'foo-bar 2026', 'Paulaner']
    const { instance, reader } = await open(names.map((name, index) => makeItem({ id: `i${index}`, more: { name } })))
    expect(found(reader, 'oden')).toEqual(['i0'])
    expect(found(reader, 'ÖDEN see')).toEqual(['i0'])
    expect(found(reader, 'paul')).toEqual(['i1', 'i3'])
    expect(found(reader, 'sao paul')).toEqual(['i1'])
    expect(found(reader, 'foo-ba 202')).toEqual(['i2'])
    expect(found(reader, 'aulo')).toEqual([])
    await instance.close()
  })

  it('follows changes and deletions in the same transaction, and a restart', async () => {
    const folder = makeFolder()
    const a = makeItem({ id: 'a', more: { name: 'walrus' } })
    const { instance, reader } = await open([a], folder)
    const change = changeItem(a, { more: { name: 'penguin' } })
    await instance.bulkWrite([change], 'test')
    expect([found(reader, 'walrus'), found(reader, 'penguin')]).toEqual([[], ['a']])
    await instance.bulkWrite([changeItem(change.document, { _deleted: true })], 'test')
    expect(found(reader, 'penguin')).toEqual([])
    await instance.bulkWrite([{ document: makeItem({ id: 'b', more: { name: 'penguin' } }) }], 'test')
    await instance.close()
    const again = await open([], folder)
    expect(found(again.reader, 'peng')).toEqual(['b'])
    await again.instance.close()
  })

  it('is built from the documents that are there when it is asked for later', async () => {
    const folder = makeFolder()
    const before = await openInstance(openStorage(folder))
    const documents = Array.from({ length: 2200 }, (_, index) =>
      makeItem({ id: `i${index}`, more: { name: `number n${index}` } }),
    )
    await before.bulkWrite(
      documents.map(document => ({ document })),
      'test',
    )
    await before.close()
    const { instance, reader } = await open([], folder)
    expect(found(reader, 'n2199')).toEqual(['i2199'])
    expect(reader.count({ where: {}, sort: [], search: 'number' })).toBe(2200)
    await instance.close()
  })

  it('takes anything a person can type', async () => {
    const { instance, reader } = await open([makeItem({ id: 'a', more: { name: 'near and or not' } })])
    for (const typed of [
      '"',
      '""',
      "'",
      '*',
      'a*',
      'NEAR(',
      'NEAR/2',
      'a AND',
      'OR',
      'NOT',
      '(',
      ')',
      '^a',
      'text:near',
      '-',
      '\0',
      '\ud800',
      '𞤀',
      '́',
      ';--',
    ])
      expect(() => found(reader, typed), typed).not.toThrow()
    expect(found(reader, '  "  ')).toEqual(['a'])
    expect(found(reader, 'NEAR AND OR NOT')).toEqual(['a'])
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 30 }), typed => Array.isArray(found(reader, typed))))
    await instance.close()
  })
})
