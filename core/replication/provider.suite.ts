/**
 * What every provider must do (docs/sync-rules.md), whatever it stands on. Called once per provider, with the real thing
 * behind a proxy that breaks the way.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Proxy } from '../../e2e/fixtures/proxy.ts'
import { canonicalJson } from '../model/canonical.ts'
import { addToDigest, EMPTY_DIGEST } from '../model/digest.ts'
import type { Result } from '../model/failure.ts'
import type { Checkpoint, PushRow } from '../model/protocol.ts'
import type { Provider } from './provider.ts'

export interface ProviderBench {
  /** A provider for another device of the same workspace; the suite closes it. */
  connect(): Promise<Provider>
  readonly proxy: Proxy
  /** The service is restored from a copy: the same documents, another history of changes. */
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
      let checkpoint = from
      for (;;) {
        const page = must(await provider.pull('records', checkpoint, limit, never))
        pages.push(page.documents.length)
        ids.push(...page.documents.map(({ id }) => id))
        checkpoint = page.checkpoint
        if (!page.more) return { pages, ids, checkpoint }
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

    test('P2 pages are full until the source is exhausted, and nothing is left out or told twice', async () => {
      const rows = Array.from({ length: 95 }, (_, index) => row(`r${index}`, index))
      await push(field, rows)
      const { pages, ids } = await pullAll(office, 20)
      expect(pages).toEqual([20, 20, 20, 20, 15])
      expect(ids.sort()).toEqual(rows.map(({ id }) => id).sort())
    })

    test('P3 one bad row is answered by itself, the others are taken', async () => {
      const [first, bad, last] = [row('a', 1), { ...row('b', 1), base: 'f'.repeat(64) }, row('c', 1)]
      await push(office, [row('b', 2)])
      const answers = await push(field, [first, bad, last])
      expect(answers.map(({ result }) => result)).toEqual(['ok', 'conflict', 'ok'])
    })

    test('P4 the same push again changes nothing; compare-and-set refuses a stale base and hands over what is there', async () => {
      const [first, second] = [row('a', 1), row('a', 2)]
      expect((await push(field, [first]))[0]?.result).toBe('ok')
      expect((await push(field, [first]))[0]?.result).toBe('dup')
      expect((await push(office, [{ ...second, base: first.h }]))[0]?.result).toBe('ok')
      const answer = (await push(field, [{ ...row('a', 3), base: first.h }]))[0]
      expect(answer?.result === 'conflict' ? answer.current : null).toEqual({ id: 'a', h: second.h, body: second.body })
    })

    test('P5 a reader with a checkpoint of another epoch starts from the beginning', async () => {
      await push(field, [row('a', 1), row('b', 1)])
      const { checkpoint } = await pullAll(office, 10)
      expect((await pullAll(office, 10, checkpoint)).ids).toEqual([])
      const other = await pullAll(office, 10, { epoch: 'another', seq: 99 })
      expect(other.ids.sort()).toEqual(['a', 'b'])
      expect(other.checkpoint?.epoch).toBe(checkpoint?.epoch)
      await bench.restore()
      const { ids } = await pullAll(office, 10, { ...checkpoint, seq: checkpoint.seq + 100 })
      expect(ids.sort()).toEqual(['a', 'b'])
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
  return { id, body, base: null, h: createHmac('sha256', HASH_KEY).update(canonicalJson(body)).digest('hex') }
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
