/** The contract of attachments: bytes beside the document, found by document, name and digest, never inside it. */
import { expect } from 'vitest'
import type { ContractCase, Instance, Stored } from './contract-case.suite.ts'
import { changeItem, insert, listen, makeFullItem, readOne, removeItem } from './contract-case.suite.ts'

const stub = (text: string) => ({ length: text.length, type: 'text/plain', digest: `d-${text}` })
const write = (text: string) => ({ ...stub(text), data: new Blob([text], { type: 'text/plain' }) })
const attached = (attachments: object): Partial<Stored> => ({ _attachments: attachments as Stored['_attachments'] })
const read = async (instance: Instance, id: string, name: string, text: string) =>
  (await instance.getAttachmentData(id, name, `d-${text}`)).text()
const refused = (instance: Instance, id: string, name: string, text: string) =>
  expect((async () => read(instance, id, name, text))(), `${id} ${name} ${text}`).rejects.toThrow()

export const ATTACHMENTS: readonly ContractCase[] = [
  {
    name: 'stores attachments and gives stubs in their place, to readers and listeners alike',
    async run(bench) {
      const instance = await bench.open()
      const told = listen(instance)
      await insert(instance, makeFullItem({ id: 'a' }, 1, attached({ photo: write('one'), note: write('two') })))
      const stubs = { photo: stub('one'), note: stub('two') }
      expect((await readOne(instance, 'a'))?._attachments).toEqual(stubs)
      expect(told[0]?.events[0]?.documentData._attachments).toEqual(stubs)
      expect(await read(instance, 'a', 'photo', 'one')).toBe('one')
      expect(await read(instance, 'a', 'note', 'two')).toBe('two')
    },
  },
  {
    name: 'replaces, keeps by its stub and drops attachments with a change of the document',
    async run(bench) {
      const instance = await bench.open()
      await insert(
        instance,
        makeFullItem({ id: 'a' }, 1, attached({ photo: write('one'), note: write('two'), old: write('x') })),
      )
      const first = await stored(instance, 'a')
      const change = changeItem(first, attached({ photo: write('three'), note: stub('two'), fresh: write('four') }))
      expect((await instance.bulkWrite([change], 'test')).error).toEqual([])
      expect(await read(instance, 'a', 'photo', 'three')).toBe('three')
      expect(await read(instance, 'a', 'note', 'two')).toBe('two')
      expect(await read(instance, 'a', 'fresh', 'four')).toBe('four')
      expect(Object.keys((await stored(instance, 'a'))._attachments).toSorted()).toEqual(['fresh', 'note', 'photo'])
      await refused(instance, 'a', 'old', 'x')
    },
  },
  {
    name: 'gives an attachment only by the digest that it has',
    async run(bench) {
      const instance = await bench.open()
      await insert(instance, makeFullItem({ id: 'a' }, 1, attached({ photo: write('one') })))
      await instance.bulkWrite([changeItem(await stored(instance, 'a'), attached({ photo: write('two') }))], 'test')
      await refused(instance, 'a', 'photo', 'one')
      expect(await read(instance, 'a', 'photo', 'two')).toBe('two')
    },
  },
  {
    name: 'keeps the bytes of an attachment exactly, apart from those of other documents',
    async run(bench) {
      const instance = await bench.open()
      const bytes = Uint8Array.from({ length: 200_000 }, (_, index) => (index * 31) % 256)
      const photo = {
        data: new Blob([bytes], { type: 'image/png' }),
        length: bytes.length,
        type: 'image/png',
        digest: 'd-b',
      }
      await insert(
        instance,
        makeFullItem({ id: 'a' }, 1, attached({ photo })),
        makeFullItem({ id: 'b' }, 1, attached({ photo: write('other') })),
        makeFullItem({ id: 'c' }, 1, attached({ photo: write('') })),
      )
      const blob = await instance.getAttachmentData('a', 'photo', 'd-b')
      expect(Buffer.from(await blob.arrayBuffer()).equals(bytes)).toBe(true)
      expect(await read(instance, 'b', 'photo', 'other')).toBe('other')
      expect(await read(instance, 'c', 'photo', '')).toBe('')
    },
  },
  {
    name: 'drops the attachments of a deleted document, and takes new ones when it is inserted again',
    async run(bench) {
      const instance = await bench.open()
      await insert(instance, makeFullItem({ id: 'a' }, 1, attached({ photo: write('one') })))
      const removal = removeItem(await stored(instance, 'a'))
      const gone = { ...removal.document, _attachments: {} }
      await instance.bulkWrite([{ ...removal, document: gone }], 'test')
      await refused(instance, 'a', 'photo', 'one')
      await instance.bulkWrite([changeItem(gone, { _deleted: false, ...attached({ photo: write('two') }) })], 'test')
      expect(await read(instance, 'a', 'photo', 'two')).toBe('two')
    },
  },
  {
    name: 'leaves attachments as they are when the write is refused',
    async run(bench) {
      const instance = await bench.open()
      await insert(instance, makeFullItem({ id: 'a' }, 1, attached({ photo: write('one') })))
      const stale = { ...(await stored(instance, 'a')), _rev: '1-stale' }
      const { error } = await instance.bulkWrite([changeItem(stale, attached({ photo: write('two') }))], 'test')
      expect(error[0]).toMatchObject({ status: 409 })
      expect(await read(instance, 'a', 'photo', 'one')).toBe('one')
      await refused(instance, 'a', 'photo', 'two')
    },
  },
  {
    name: 'refuses an attachment that comes without its data with a 510, alone',
    async run(bench) {
      const instance = await bench.open()
      const rows = [makeFullItem({ id: 'b' }, 1, attached({ x: stub('x') })), makeFullItem({ id: 'c' })]
      const { error } = await insert(instance, ...rows)
      expect(error).toHaveLength(1)
      expect(error[0]).toMatchObject({ status: 510, documentId: 'b', attachmentId: 'x' })
      expect((await instance.findDocumentsById(['b', 'c'], true)).map(document => document.id)).toEqual(['c'])
    },
  },
  {
    name: 'tells nothing of a document that it refused for its attachment',
    async run(bench) {
      const instance = await bench.open()
      const told = listen(instance)
      const bare = makeFullItem({ id: 'b' }, 1, attached({ x: stub('x') }))
      expect((await insert(instance, bare)).error).toHaveLength(1)
      await insert(instance, bare, makeFullItem({ id: 'c' }))
      expect(told.flatMap(bulk => bulk.events.map(event => event.documentId))).toEqual(['c'])
    },
  },
]

async function stored(instance: Instance, id: string): Promise<Stored> {
  const found = await readOne(instance, id)
  if (!found) throw new Error(`${id} is not stored`)
  return found
}
