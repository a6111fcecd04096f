import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { COLLECTIONS, type ChangesResponse, type Checkpoint, type CollectionName } from '../core/model/protocol.ts'
import { hashOf, makeFolder, makeRow, pairClient, type Client } from './hub-fixture.suite.ts'
import type { Hub } from './server.ts'
import { onEachStorage } from './storages.suite.ts'

onEachStorage(storage => {
  const folder = makeFolder()
  let hub: Hub
  let laptop: Client
  let desktop: Client

  beforeAll(async () => {
    hub = await storage.open(folder.path)
    laptop = await pairClient(hub.pairingCode())
    desktop = await pairClient(hub.pairingCode())
  })
  afterAll(async () => {
    await hub.close()
    folder.remove()
  })

  async function readAll(
    client: Client,
    collection: CollectionName,
    limit: number,
    from?: Checkpoint,
  ): Promise<ChangesResponse[]> {
    const pages: ChangesResponse[] = []
    let at = from
    for (;;) {
      const since = at === undefined ? '' : `&epoch=${at.epoch}&since=${at.seq}`
      const { status, body } = await client.changes(`collection=${collection}&limit=${limit}${since}`)
      expect(status).toBe(200)
      pages.push(body)
      if (!body.more) return pages
      at = body.checkpoint
    }
  }

  describe('compare-and-set by content hash', () => {
    it('writes a new document, and answers P4: the same push again is a dup with the same number', async () => {
      const row = makeRow('cas-1', { text: 'first' })
      const [first] = await laptop.pushed([row])
      expect(first).toMatchObject({ id: 'cas-1', result: 'ok' })
      const [again] = await laptop.pushed([row])
      expect(again).toEqual({ ...first, result: 'dup' })
    })

    it('P4: a lost acknowledgement of an update costs a retry, from any device', async () => {
      const created = makeRow('cas-2', { text: 'a' })
      const changed = makeRow('cas-2', { text: 'b' }, created.h)
      await laptop.pushed([created, changed])
      expect(await laptop.pushed([changed])).toMatchObject([{ result: 'dup' }])
      expect(await desktop.pushed([changed])).toMatchObject([{ result: 'dup' }])
    })

    it('gives the current document to a writer who started from another state, and writes nothing', async () => {
      const created = makeRow('cas-3', { text: 'a' })
      const ours = makeRow('cas-3', { text: 'ours' }, created.h)
      const theirs = makeRow('cas-3', { text: 'theirs' }, created.h)
      await laptop.pushed([created, ours])
      const before = await laptop.digest()
      const [answer] = await desktop.pushed([theirs])
      expect(answer).toEqual({ id: 'cas-3', result: 'conflict', current: { id: 'cas-3', h: ours.h, body: ours.body } })
      expect(await laptop.digest()).toEqual(before)
      expect(await desktop.pushed([makeRow('cas-3', { text: 'both' }, ours.h)])).toMatchObject([{ result: 'ok' }])
    })

    it('calls it a conflict when both inserted the id, and when the base is not here at all', async () => {
      await laptop.pushed([makeRow('cas-4', 1)])
      expect(await desktop.pushed([makeRow('cas-4', 2)])).toMatchObject([{ result: 'conflict', current: { body: 1 } }])
      const orphan = makeRow('cas-5', 2, hashOf('cas-5', 1))
      expect(await desktop.pushed([orphan])).toEqual([{ id: 'cas-5', result: 'conflict', current: null }])
    })

    it('P3: a wrong row is rejected alone, in its place', async () => {
      const rows = [
        makeRow('p3-good-1', 1),
        { ...makeRow('p3-hash', 1), h: 'nonsense' },
        { ...makeRow('p3-extra', 1), extra: true },
        makeRow('p3 space', 1),
        { id: 'p3-bodiless', base: null, h: hashOf('p3-bodiless', 1) },
        makeRow('p3-huge', 'x'.repeat(4 * 1024 * 1024)),
        makeRow('p3-good-2', { __proto__: null, deep: [[['ä', '\u{1f4a7}', '\u2028']]] }),
      ]
      const answer = await laptop.ask<{ answers: unknown }>('/push', { body: { collection: 'records', rows } })
      expect(answer.body.answers).toMatchObject([
        { id: 'p3-good-1', result: 'ok' },
        { id: 'p3-hash', result: 'rejected', code: 'malformed' },
        { id: 'p3-extra', result: 'rejected', code: 'malformed' },
        { id: 'p3 space', result: 'rejected', code: 'malformed' },
        { id: 'p3-bodiless', result: 'rejected', code: 'malformed' },
        { id: 'p3-huge', result: 'rejected', code: 'tooLarge' },
        { id: 'p3-good-2', result: 'ok' },
      ])
    })

    it('rejects a body that is nested too deeply to be written, and lives on', async () => {
      const deep = '['.repeat(200_000) + ']'.repeat(200_000)
      const body = `{"collection":"records","rows":[{"id":"deep","base":null,"h":"${'0'.repeat(64)}","body":${deep}}]}`
      const answer = await laptop.ask<{ answers: unknown }>('/push', { body })
      expect(answer.status).toBe(200)
      expect(answer.body.answers).toMatchObject([{ id: 'deep', result: 'rejected', code: 'malformed' }])
    })

    it('gives a body back exactly, whatever JSON it is', async () => {
      await fc.assert(
        fc.asyncProperty(fc.jsonValue({ maxDepth: 3 }), fc.uuid(), async (body, id) => {
          const row = { id, base: null, h: hashOf(id, body), body }
          expect(await laptop.pushed([row], 'types')).toMatchObject([{ result: 'ok' }])
          const [answer] = await desktop.pushed([{ ...row, h: hashOf(id, 'other') }], 'types')
          const current = answer?.result === 'conflict' ? answer.current : null
          expect(JSON.stringify(current?.body)).toBe(JSON.stringify(body))
        }),
        { numRuns: 60 },
      )
    })

    it('asks for a smaller batch instead of answering with more current documents than it may', async () => {
      const tight = makeFolder()
      const small = await storage.open(tight.path, { limits: { conflictBytes: 1000 } })
      const client = await pairClient(small.pairingCode())
      const big = ['a', 'b'].map(id => makeRow(id, 'x'.repeat(900)))
      await client.pushed(big)
      const clash = [makeRow('new', 1), ...big.map(row => makeRow(row.id, 'y'))]
      expect(await client.push(clash)).toMatchObject({ status: 413, body: { error: 'tooLarge' } })
      expect((await client.digest()).digests.records.count).toBe(2) // nothing of the refused batch was kept
      expect(await client.pushed(clash.slice(1, 2))).toMatchObject([{ result: 'conflict' }])
      await small.close()
      tight.remove()
    })
  })

  describe('changes', () => {
    it('P2: pages are full until exhausted, in commit order, each document once at its last state', async () => {
      const rows = Array.from({ length: 57 }, (_, index) => makeRow(`p2-${index}`, { index }))
      await laptop.pushed(rows, 'history')
      const changed = makeRow('p2-3', { index: 'changed' }, rows[3]?.h)
      await desktop.pushed([changed], 'history')
      const pages = await readAll(desktop, 'history', 10)
      expect(pages.map(page => page.documents.length)).toEqual([10, 10, 10, 10, 10, 7])
      const ids = pages.flatMap(page => page.documents.map(document => document.id))
      expect(ids).toEqual([...rows.map(row => row.id).filter(id => id !== 'p2-3'), 'p2-3'])
      const last = pages.at(-1)?.checkpoint
      expect(await readAll(desktop, 'history', 10, last)).toEqual([{ documents: [], checkpoint: last, more: false }])
    })

    it('P2: a page that is exactly full says whether there is more', async () => {
      await laptop.pushed(
        Array.from({ length: 4 }, (_, index) => makeRow(`full-${index}`, index)),
        'devices',
      )
      expect((await readAll(laptop, 'devices', 2)).map(page => [page.documents.length, page.more])).toEqual([
        [2, true],
        [2, false],
      ])
    })

    it('P5: a checkpoint of another epoch is answered from 0 with the new epoch', async () => {
      const [page] = await readAll(laptop, 'devices', 100)
      // A position at which our own epoch has nothing more to say.
      const since = page?.checkpoint.seq
      for (const query of [`epoch=elsewhere&since=${since}`, `since=${since}`]) {
        const { body } = await laptop.changes(`collection=devices&limit=100&${query}`)
        expect(body).toEqual(page)
        expect(body.documents.length).toBe(4)
      }
    })

    it('P5: a reader from the future proves that the database was restored: new epoch, from 0', async () => {
      const own = makeFolder()
      const restored = await storage.open(own.path)
      const client = await pairClient(restored.pairingCode())
      await client.pushed([makeRow('a', 1)])
      const before = (await client.changes('collection=records')).body
      const after = (await client.changes(`collection=records&epoch=${before.checkpoint.epoch}&since=2`)).body
      expect(after.documents).toEqual(before.documents)
      expect(after.checkpoint.epoch).not.toBe(before.checkpoint.epoch)
      expect((await client.digest()).epoch).toBe(after.checkpoint.epoch)
      await restored.close()
      own.remove()
    })

    it('cuts a page by bytes and says more, so that big documents come through one by one', async () => {
      const own = makeFolder()
      const small = await storage.open(own.path, { limits: { pageBytes: 1000 } })
      const client = await pairClient(small.pairingCode())
      await client.pushed([
        makeRow('a', 'x'.repeat(3000)),
        makeRow('b', 'x'.repeat(600)),
        makeRow('c', 'x'.repeat(300)),
        makeRow('d', 1),
      ])
      const pages = await readAll(client, 'records', 100)
      expect(pages.map(page => page.documents.map(document => document.id))).toEqual([['a'], ['b', 'c', 'd']])
      await small.close()
      own.remove()
    })
  })

  describe('digest', () => {
    it('P7: is what a recomputation over all documents gives, after any pushes', async () => {
      const own = makeFolder()
      const other = await storage.open(own.path)
      const client = await pairClient(other.pairingCode())
      const states = new Map<string, string>()
      const edit = fc.record({
        collection: fc.constantFrom(...COLLECTIONS),
        id: fc.constantFrom('a', 'b', 'c', 'd'),
        value: fc.nat(5),
        stale: fc.boolean(),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(edit, { maxLength: 12 }), async edits => {
          for (const { collection, id, value, stale } of edits) {
            const base = stale ? null : (states.get(`${collection}|${id}`) ?? null)
            const row = makeRow(id, value, base)
            const [answer] = await client.pushed([row], collection)
            if (answer?.result === 'ok') states.set(`${collection}|${id}`, row.h)
          }
          for (const collection of COLLECTIONS) {
            const documents = (await readAll(client, collection, 3)).flatMap(page => page.documents)
            const expected = [...states].filter(([key]) => key.startsWith(`${collection}|`)).map(([, h]) => h)
            expect(documents.map(document => document.h).sort()).toEqual(expected.sort())
            const xor = documents.reduce((sum, { h }) => sum ^ BigInt(`0x${h.slice(0, 32)}`), 0n)
            const { digests } = await client.digest()
            expect(digests[collection]).toEqual({ count: documents.length, xor: xor.toString(16).padStart(32, '0') })
          }
        }),
        { numRuns: 15 },
      )
      await other.close()
      own.remove()
    })
  })
})
