/** The search index of a table: noticed when it is out of step, and made anew while reading and writing go on. */
import type { RxDocumentData } from 'rxdb'
import { describe, expect, it } from 'vitest'
import { openSqliteFile } from './sqlite-file.ts'
import { changeItem, makeItem, openInstance } from './contract/contract-case.suite.ts'
import { makeFolder, nativeBinding, openStorage, TEST_KEY } from './storage-fixture.suite.ts'

const textOf = (document: RxDocumentData<{ readonly [field: string]: unknown }>) =>
  (document['more'] as { readonly name?: string } | undefined)?.name ?? ''
const INDEX = '"contract/items/0/search"'
const never = () => false
const ignore = () => undefined

async function open(count: number) {
  const folder = makeFolder()
  const storage = openStorage(folder, { search: { items: textOf } })
  const instance = await openInstance(storage)
  const name = (at: number) => (at % 10 === 9 ? '' : `pump ${at}`)
  const items = Array.from({ length: count }, (_, at) =>
    makeItem({ id: String(at).padStart(5, '0'), more: { name: name(at) } }),
  )
  await instance.bulkWrite(
    items.map(document => ({ document })),
    'test',
  )
  const windows = storage.openWindowReader('contract', 'items')
  return {
    instance,
    items,
    index: storage.openSearchRebuild('contract', 'items'),
    find: (search: string) => windows.count({ where: {}, sort: [], search }),
    /** What damage or a crash in the middle might leave. */
    spoil(sql: string) {
      const file = openSqliteFile({ path: `${folder}/test.db`, key: TEST_KEY, ...nativeBinding })
      file.database.exec(sql)
      return file.close()
    },
  }
}

describe('a search index', () => {
  it('is in step after writes, and not after what takes a row from it or leaves one in it', async () => {
    const { instance, items, index, spoil } = await open(300)
    expect(await index.isInStep()).toBe(true)
    const [first, second] = items
    if (first === undefined || second === undefined) throw new Error('no items')
    await instance.bulkWrite([changeItem(first, { _deleted: true }), changeItem(second, { more: {} })], 'test')
    expect(await index.isInStep()).toBe(true)
    await spoil(`DELETE FROM ${INDEX} WHERE rowid = 201`)
    expect(await index.isInStep()).toBe(false)
    await index.rebuild(ignore, never)
    expect(await index.isInStep()).toBe(true)
    await spoil(`INSERT INTO ${INDEX} (rowid, text) VALUES (9999, 'gone')`)
    expect(await index.isInStep()).toBe(false)
    await index.rebuild(ignore, never)
    expect(await index.isInStep()).toBe(true)
    await instance.close()
  })

  it('is made anew while documents are written, with progress, and finds all of them', async () => {
    const { instance, items, index, find, spoil } = await open(1000)
    await spoil(`INSERT INTO ${INDEX} (${INDEX}) VALUES ('delete-all')`)
    expect(find('pump')).toBe(0)
    const heard: string[] = []
    let writing: Promise<unknown> | undefined
    const write = async () => {
      const [before, behind] = [items[5], items[950]]
      if (before === undefined || behind === undefined) throw new Error('no items')
      const fresh = makeItem({ id: 'fresh', more: { name: 'valve' } })
      const change = (item: typeof before, name: string) => changeItem(item, { more: { name } })
      await instance.bulkWrite([change(before, 'valve 5'), change(behind, 'valve 950'), { document: fresh }], 'test')
    }
    await index.rebuild((done, total) => {
      heard.push(`${done} of ${total}`)
      if (done === 400) writing = write()
    }, never)
    await writing
    expect(heard.slice(0, 3)).toEqual(['0 of 1000', '200 of 1000', '400 of 1000'])
    expect(find('pump')).toBe(898)
    expect(find('valve')).toBe(3)
    expect(await index.isInStep()).toBe(true)
    await instance.close()
  })

  it('is known to be out of step where making it was ended early, and can be made again', async () => {
    const { instance, index, find } = await open(500)
    let steps = 0
    await index.rebuild(ignore, () => ++steps > 1)
    expect(find('pump')).toBeLessThan(450)
    expect(await index.isInStep()).toBe(false)
    await index.rebuild(ignore, never)
    expect(find('pump')).toBe(450)
    await instance.close()
  })
})
