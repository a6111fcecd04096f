/**
 * What every provider must do (docs/sync-rules.md), whatever it stands on. Called once per provider, with the real thing
 * behind a proxy that breaks the way.
 */
import fc from 'fast-check'
import { createHmac, randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Proxy } from '../../e2e/fixtures/proxy.ts'
import { canonicalJson } from '../model/canonical.ts'
import { addToDigest, EMPTY_DIGEST } from '../model/digest.ts'
import type { Result } from '../model/failure.ts'
import type { Checkpoint, PushRow, WireDocument } from '../model/protocol.ts'
import type { Provider } from './provider.ts'

export interface ProviderBench {
  /** A provider for another device of the same workspace; the suite closes it. */
  connect(): Promise<Provider>
  readonly proxy: Proxy
  /** A device of another service that holds nothing yet; the suite closes it. */
  connectElsewhere(): Promise<Provider>
  /** Makes a copy of the service as its documentation says, while it runs. */
  backUp(): Promise<void>
  /** Puts that copy in the service's place, as its documentation says. */
  restore(): Promise<void>
  close(): Promise<void>
}

const HASH_KEY = randomBytes(32)
const never = new AbortController().signal

export function testProvider(name: string, open: () => Promise<ProviderBench>): void {
  describe(`provider ${name}`, () => {
    let bench: ProviderBench
    let field: Provider
    let office: Provider

    beforeEach(async () => {
      bench = await open()
      field = await bench.connect()
      office = await bench.connect()
    })
    afterEach(async () => {
      await field.close()
      await office.close()
      await bench.close()
    })

    async function push(provider: Provider, rows: readonly PushRow[]) {
      return must(await provider.push('records', rows, never)).answers
    }
    async function pullAll(provider: Provider, limit: number, from: Checkpoint | null = null) {
      const pages: number[] = []
      const ids: string[] = []
      const documents: WireDocument[] = []
      let checkpoint = from
      for (;;) {
        const page = must(await provider.pull('records', checkpoint, limit, never))
        pages.push(page.documents.length)
        ids.push(...page.documents.map(({ id }) => id))
        documents.push(...page.documents)
        checkpoint = page.checkpoint
        if (!page.more) return { pages, ids, documents, checkpoint }
      }
    }

    test('P1 a tick comes after somebody else has written, and also after the way was cut', async () => {
      const ticks: number[] = []
      const listening = office.ticks$.subscribe(() => ticks.push(Date.now()))
      await eventually(() => ticks.length >= 1)
      let seen = ticks.length
      await push(field, [row('a', 1)])
      await eventually(() => ticks.length > seen)
      bench.proxy.cut()
      seen = ticks.length
      await eventually(() => ticks.length > seen)
      seen = ticks.length
      await eventually(async () => {
        await push(field, [row('b', 1)])
        return ticks.length > seen
      })
      listening.unsubscribe()
    })

    test('P1 a stream that has gone silent is given up, and a tick comes as soon as there is a way again', async () => {
      let ticks = 0
      const listening = office.ticks$.subscribe(() => (ticks += 1))
      await eventually(() => ticks >= 1)
      bench.proxy.freeze(true)
      const seen = ticks
      // What was frozen stays dead: only a new connection can bring the tick.
      await new Promise(resolve => setTimeout(resolve, 1_500))
      bench.proxy.cut()
      bench.proxy.freeze(false)
      await eventually(() => ticks > seen)
      listening.unsubscribe()
    })

    test('P2 pages are full until the source is exhausted, and nothing is left out or told twice', async () => {
      const rows = Array.from({ length: 95 }, (_, index) => row(`r${index}`, index))
      await push(field, rows)
      const { pages, ids } = await pullAll(office, 20)
      expect(pages).toEqual([20, 20, 20, 20, 15])
      expect(ids.sort()).toEqual(rows.map(({ id }) => id).sort())
    })

    test('P2 a page that ends exactly with the source says that nothing follows, and a document changed meanwhile comes again', async () => {
      const rows = Array.from({ length: 40 }, (_, index) => row(`r${index}`, index))
      await push(field, rows)
      const first = must(await office.pull('records', null, 20, never))
      const [changed] = rows
      if (changed === undefined) throw new Error('no row')
      await push(field, [{ ...row(changed.id, 'later'), base: changed.h }])
      const second = must(await office.pull('records', first.checkpoint, 20, never))
      const third = must(await office.pull('records', second.checkpoint, 1, never))
      expect([second.documents.length, second.more]).toEqual([20, true])
      expect([third.documents.map(({ id, body }) => [id, body]), third.more]).toEqual([
        [[changed.id, { id: changed.id, value: 'later' }]],
        false,
      ])
      expect((await pullAll(office, 20, third.checkpoint)).pages).toEqual([0])
    })

    test('P3 one bad row is answered by itself, the others are taken', async () => {
      const [first, bad, last] = [row('a', 1), { ...row('b', 1), base: 'f'.repeat(64) }, row('c', 1)]
      await push(office, [row('b', 2)])
      const answers = await push(field, [first, bad, last])
      expect(answers.map(({ result }) => result)).toEqual(['ok', 'conflict', 'ok'])
      const refused = await push(field, [row('d', 1), row('huge', 'x'.repeat(5 * 1024 * 1024)), row('e', 1)])
      expect(refused.map(({ id, result }) => [id, result])).toEqual([
        ['d', 'ok'],
        ['huge', 'rejected'],
        ['e', 'ok'],
      ])
    })

    test('P3 of a document whose base the provider never had it says so, and holds nothing of it', async () => {
      const [answer] = await push(field, [{ ...row('orphan', 2), base: row('orphan', 1).h }])
      expect(answer).toEqual({ id: 'orphan', result: 'conflict', current: null })
      expect((await pullAll(office, 10)).ids).toEqual([])
    })

    test('P4 the same push again changes nothing; compare-and-set refuses a stale base and hands over what is there', async () => {
      const [first, second] = [row('a', 1), row('a', 2)]
      expect((await push(field, [first]))[0]?.result).toBe('ok')
      expect((await push(field, [first]))[0]?.result).toBe('dup')
      expect((await push(office, [{ ...second, base: first.h }]))[0]?.result).toBe('ok')
      const answer = (await push(field, [{ ...row('a', 3), base: first.h }]))[0]
      expect(answer?.result === 'conflict' ? answer.current : null).toEqual({ id: 'a', h: second.h, body: second.body })
    })

    test('P4 P7 any pushes, each repeated at will, leave what each pushed once would, and the digest of that', async () => {
      const edit = fc.record({ id: fc.constantFrom('a', 'b', 'c'), value: fc.nat(4), repeats: fc.nat(2) })
      const held = new Map<string, string>()
      await fc.assert(
        fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 6 }), async edits => {
          for (const { id, value, repeats } of edits) {
            const next = { ...row(id, value), base: held.get(id) ?? null }
            const results: string[] = []
            for (let times = 0; times <= repeats; times += 1)
              for (const answer of await push(times % 2 === 0 ? field : office, [next])) results.push(answer.result)
            expect(results[0]).toBe(held.get(id) === next.h ? 'dup' : 'ok')
            expect(results.slice(1).every(result => result === 'dup')).toBe(true)
            held.set(id, next.h)
          }
          const { documents } = await pullAll(office, 2)
          expect(new Map(documents.map(({ id, h }) => [id, h]))).toEqual(held)
          const { digests } = must(await field.digest(never))
          expect(digests.records).toEqual(documents.reduce((digest, { h }) => addToDigest(digest, h), EMPTY_DIGEST))
        }),
        { numRuns: 8 },
      )
    })

    test('P5 a reader with a checkpoint of another epoch starts from the beginning', async () => {
      await push(field, [row('a', 1), row('b', 1)])
      const { checkpoint } = await pullAll(office, 10)
      expect((await pullAll(office, 10, checkpoint)).ids).toEqual([])
      const other = await pullAll(office, 10, { epoch: 'another', seq: 99 })
      expect(other.ids.sort()).toEqual(['a', 'b'])
      expect(other.checkpoint?.epoch).toBe(checkpoint?.epoch)
    })

    test('P5 a service restored from a copy has another epoch, even when it was written to before anybody asked', async () => {
      const kept = row('kept', 1)
      await push(field, [kept])
      await bench.backUp()
      await push(field, [row('lost', 1), { ...row('kept', 2), base: kept.h }])
      const before = await pullAll(office, 10)
      await bench.restore()
      // As many numbers are given as before: only the epoch can tell.
      await push(field, [row('new-a', 1), row('new-b', 1), row('new-c', 1)])
      const after = await pullAll(office, 10, before.checkpoint)
      expect(after.ids).toEqual(['kept', 'new-a', 'new-b', 'new-c'])
      expect(after.documents[0]?.h).toBe(kept.h)
      expect(after.checkpoint?.epoch).not.toBe(before.checkpoint?.epoch)
      expect(must(await office.digest(never)).epoch).toBe(after.checkpoint?.epoch)
      // And what it lost is taken again.
      expect(await push(office, [row('lost', 1)])).toMatchObject([{ result: 'ok' }])
    })

    test('P6 what is too large in one request goes in smaller ones, and a single row too large is refused alone', async () => {
      const large = Array.from({ length: 6 }, (_, index) => row(`l${index}`, 'x'.repeat(2 * 1024 * 1024)))
      expect((await push(field, large)).map(({ result }) => result)).toEqual(large.map(() => 'ok'))
      const answers = await push(field, [row('small', 1), row('huge', 'x'.repeat(9 * 1024 * 1024))])
      expect(answers.map(({ id, result }) => [id, result])).toEqual([
        ['small', 'ok'],
        ['huge', 'rejected'],
      ])
    }, 20_000)

    test('P7 the digest is of what is held', async () => {
      const rows = [row('a', 1), row('b', 2)]
      await push(field, rows)
      const { digests } = must(await office.digest(never))
      expect(digests.records).toEqual(rows.reduce((digest, { h }) => addToDigest(digest, h), EMPTY_DIGEST))
      expect(digests.types).toEqual(EMPTY_DIGEST)
    })

    test('P8 bytes are those that really went over the wire, TLS included', async () => {
      let total = { sent: 0, received: 0 }
      field.bytes$.subscribe(bytes => (total = { ...bytes }))
      await push(field, [row('a', 'x'.repeat(50_000))])
      await pullAll(field, 10)
      await field.close()
      for (const bytes of [total.sent, total.received]) {
        expect(bytes).toBeGreaterThan(50_000)
        expect(bytes).toBeLessThan(60_000)
      }
      field = await bench.connect()
    })

    test('P8 nobody listening costs no connection and no byte', async () => {
      let bytes = { sent: 0, received: 0 }
      office.bytes$.subscribe(now => (bytes = { ...now }))
      const listening = office.ticks$.subscribe()
      await eventually(() => bytes.received > 0)
      listening.unsubscribe()
      await office.close()
      await field.close()
      await eventually(() => bench.proxy.connections === 0)
      const before = { ours: { ...bytes }, wire: { ...bench.proxy.bytes } }
      await new Promise(resolve => setTimeout(resolve, 300))
      expect({ ours: bytes, wire: { ...bench.proxy.bytes } }).toEqual(before)
      ;[field, office] = [await bench.connect(), await bench.connect()]
    })

    test('P9 a push cut after any number of bytes, up or down, is kept whole or not at all and arrives once', async () => {
      const held = new Map<string, string>()
      await fc.assert(
        fc.asyncProperty(fc.nat(9_000), fc.constantFrom('up', 'down'), fc.uuid(), async (bytes, direction, name) => {
          const rows = [0, 1, 2, 3].map(index => row(`${name}-${index}`, 'y'.repeat(1_500)))
          for (const { id, h } of rows) held.set(id, h)
          bench.proxy.cutAfter(bytes, direction)
          const first = await field.push('records', rows, never)
          if (!first.ok) expect(first.failure.code).toBe('unreachable')
          bench.proxy.cutAfter(null)
          const again = await push(field, rows)
          expect(new Set(again.map(({ result }) => result)).size).toBe(1)
          expect(again.every(({ result }) => result === 'ok' || result === 'dup')).toBe(true)
        }),
        { numRuns: 40 },
      )
      const { documents } = await pullAll(office, 100)
      expect(new Map(documents.map(({ id, h }) => [id, h]))).toEqual(held)
      expect(documents.length).toBe(held.size)
    }, 20_000)

    test('P9 a pull cut after any number of bytes fails as a whole, and goes on from where it stood', async () => {
      const rows = Array.from({ length: 60 }, (_, index) => row(`r${index}`, 'z'.repeat(300)))
      await push(field, rows)
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(12_000), { minLength: 1, maxLength: 4 }), async cuts => {
          const got: string[] = []
          let checkpoint: Checkpoint | null = null
          for (;;) {
            const bytes = cuts.shift()
            bench.proxy.cutAfter(bytes ?? null, 'down')
            const page: Awaited<ReturnType<Provider['pull']>> = await office.pull('records', checkpoint, 20, never)
            if (!page.ok) {
              expect(page.failure.code).toBe('unreachable')
              continue
            }
            got.push(...page.value.documents.map(({ id }) => id))
            checkpoint = page.value.checkpoint
            if (!page.value.more) break
          }
          bench.proxy.cutAfter(null)
          expect(got).toEqual(rows.map(({ id }) => id))
        }),
        { numRuns: 12 },
      )
    }, 20_000)

    test('P9 an abort at any moment ends at once, tells of no trouble, and costs a repetition at most', async () => {
      const troubles: unknown[] = []
      const listening = field.trouble$.subscribe(trouble => trouble !== null && troubles.push(trouble))
      for (let wait = 0; wait < 24; wait += 2) {
        const controller = new AbortController()
        const pushed = field.push('records', [row(`w${wait}`, 'x'.repeat(2_000))], controller.signal)
        await new Promise(resolve => setTimeout(resolve, wait / 4))
        controller.abort()
        const result = await pushed
        if (!result.ok) expect(result.failure).toEqual({ code: 'unreachable', detail: 'aborted' })
        expect(['ok', 'dup']).toContain((await push(field, [row(`w${wait}`, 'x'.repeat(2_000))]))[0]?.result)
      }
      expect(troubles).toEqual([])
      expect((await pullAll(office, 100)).ids.length).toBe(12)
      listening.unsubscribe()
    })

    test('P10 it can be left: everything it holds comes out exactly as it went in, and another provider takes it', async () => {
      const rows = Array.from({ length: 45 }, (_, index) => row(`r${index}`, index))
      await push(field, rows)
      await push(office, [{ ...row('r7', 'edited'), base: row('r7', 7).h }])
      const { documents } = await pullAll(field, 20)
      expect(documents.find(({ id }) => id === 'r7')?.body).toEqual({ id: 'r7', value: 'edited' })
      expect(documents.every(({ id, h, body }) => h === hashOf(body) && id !== '')).toBe(true)
      const next = await bench.connectElsewhere()
      try {
        expect((await pullAll(next, 10)).ids).toEqual([])
        // A checkpoint of the old one means nothing to the new one.
        const { checkpoint } = await pullAll(field, 20)
        const offered = documents.map(each => ({ ...each, base: null }))
        expect(new Set((await push(next, offered)).map(({ result }) => result))).toEqual(new Set(['ok']))
        expect(new Set((await push(next, offered)).map(({ result }) => result))).toEqual(new Set(['dup']))
        expect(must(await next.digest(never)).digests).toEqual(must(await field.digest(never)).digests)
        const back = await pullAll(next, 10, checkpoint)
        const byId = (one: WireDocument, other: WireDocument): number => (one.id < other.id ? -1 : 1)
        expect(back.documents.sort(byId)).toEqual(documents.sort(byId))
        // What is left stays as it was: leaving takes nothing with it.
        expect((await pullAll(office, 100)).ids.length).toBe(45)
      } finally {
        await next.close()
      }
    })

    test('P9 abort is safe at any byte: what was on its way arrives once', async () => {
      for (let bytes = 200; bytes < 60_000; bytes *= 3) {
        const rows = Array.from({ length: 40 }, (_, index) => row(`c${bytes}-${index}`, 'y'.repeat(1_000)))
        bench.proxy.cutAfter(bytes, 'up')
        const first = await field.push('records', rows, never)
        if (!first.ok) expect(first.failure.code).toBe('unreachable')
        bench.proxy.cutAfter(null)
        const again = await push(field, rows)
        expect(again.every(({ result }) => result === 'ok' || result === 'dup')).toBe(true)
      }
      const controller = new AbortController()
      bench.proxy.delay(50)
      const aborted = field.push('records', [row('aborted', 1)], controller.signal)
      controller.abort()
      expect((await aborted).ok).toBe(false)
      bench.proxy.delay(0)
      const [answer] = await push(field, [row('aborted', 1)])
      expect(['ok', 'dup']).toContain(answer?.result)
    })

    test('a way that goes silent is given up, and the reason is told', async () => {
      const troubles: (string | undefined)[] = []
      const listening = field.trouble$.subscribe(trouble => troubles.push(trouble?.code))
      await push(field, [row('a', 1)])
      bench.proxy.freeze(true)
      const result = await field.pull('records', null, 10, never)
      expect(result).toMatchObject({ ok: false, failure: { code: 'unreachable' } })
      bench.proxy.freeze(false)
      bench.proxy.cut()
      await pullAll(field, 10)
      expect(troubles.at(-1)).toBeUndefined()
      expect(troubles).toContain('unreachable')
      listening.unsubscribe()
    }, 20_000)
  })
}

export function row(id: string, value: string | number): PushRow {
  const body = { id, value }
  return { id, body, base: null, h: hashOf(body) }
}

function hashOf(body: unknown): string {
  return createHmac('sha256', HASH_KEY).update(canonicalJson(body)).digest('hex')
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.code} ${result.failure.detail ?? ''}`)
  return result.value
}

async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 8_000
  while (!(await holds())) {
    if (Date.now() > end) throw new Error('never came true')
    await new Promise(resolve => setTimeout(resolve, 15))
  }
}
