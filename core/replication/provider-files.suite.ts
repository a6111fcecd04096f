/**
 * What every provider must do with photos and files (docs/sync-rules.md): beside provider.suite.ts, with the real thing
 * behind a proxy that breaks the way.
 */
import { createHash, randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Result } from '../model/failure.ts'
import type { ProviderBench } from './provider.suite.ts'
import type { Provider } from './provider.ts'

const never = new AbortController().signal
const LARGEST = 6_000_000

/** `open` is told the largest file that the provider may take. */
export function testProviderFiles(name: string, open: (largest: number) => Promise<ProviderBench>): void {
  describe(`files of provider ${name}`, () => {
    let bench: ProviderBench
    let field: Provider
    let office: Provider
    beforeEach(async () => {
      bench = await open(LARGEST)
      field = await bench.connect()
      office = await bench.connect()
    })
    afterEach(async () => {
      await field.close()
      await office.close()
      await bench.close()
    })

    const put = (provider: Provider, bytes: Uint8Array, signal = never, hash = hashOf(bytes)) =>
      provider.files.put(hash, bytes.length, sourceOf(bytes), signal)
    /** What came, and how it ended. */
    async function get(provider: Provider, hash: string, before: Uint8Array = Buffer.alloc(0), signal = never) {
      const chunks: Uint8Array[] = [before]
      const result = await provider.files.get(
        hash,
        before.length,
        async chunk => {
          chunks.push(chunk)
        },
        signal,
      )
      return { result, bytes: Buffer.concat(chunks) }
    }

    test('what one device has sent, another gets, and may send again for nothing', async () => {
      const bytes = randomBytes(3_000_000)
      const hash = hashOf(bytes)
      expect(must(await office.files.has([hash], never))).toEqual({ missing: [hash], largest: LARGEST })
      expect((await get(office, hash)).result).toMatchObject({ failure: { code: 'notFound' } })
      must(await put(field, bytes))
      expect(must(await office.files.has([hash, 'a'.repeat(64)], never)).missing).toEqual(['a'.repeat(64)])
      const whole = await get(office, hash)
      must(whole.result)
      expect(hashOf(whole.bytes)).toBe(hash)
      const end = await get(office, hash, bytes.subarray(0, 2_999_999))
      must(end.result)
      expect(hashOf(end.bytes)).toBe(hash)
      const before = bench.proxy.bytes.sent
      must(await put(office, bytes))
      expect(bench.proxy.bytes.sent - before).toBeLessThan(20_000)
    })

    test('an empty file is one too, and thousands of hashes can be asked for', async () => {
      must(await put(field, Buffer.alloc(0)))
      const empty = await get(office, hashOf(Buffer.alloc(0)))
      must(empty.result)
      expect(empty.bytes.length).toBe(0)
      const hashes = Array.from({ length: 2500 }, (_, index) => hashOf(Buffer.from(String(index))))
      const { missing } = must(await field.files.has([...hashes, hashOf(Buffer.alloc(0))], never))
      expect(missing).toEqual(hashes)
      expect(must(await field.files.has([], never)).missing).toEqual([])
    })

    test('P9 cut at any byte on the way up, it goes on where it was: hardly a byte is sent twice', async () => {
      const bytes = randomBytes(LARGEST)
      const before = bench.proxy.bytes.sent
      for (const after of [1_500, 40_000, 300_000, 700_000, 1_100_000, 1_900_000]) {
        bench.proxy.cutAfter(after, 'up')
        const result = await put(field, bytes)
        if (result.ok) break
        expect(result.failure.code).toBe('unreachable')
      }
      bench.proxy.cutAfter(null)
      must(await put(field, bytes))
      expect(bench.proxy.bytes.sent - before).toBeLessThan(1.5 * bytes.length)
      const { bytes: got } = await get(office, hashOf(bytes))
      expect(hashOf(got)).toBe(hashOf(bytes))
    })

    test('P9 cut at any byte on the way down, what came is right, and the rest comes from there', async () => {
      const bytes = randomBytes(2_000_000)
      must(await put(field, bytes))
      let got: Buffer = Buffer.alloc(0)
      for (const after of [1_500, 40_000, 300_000, 700_000]) {
        bench.proxy.cutAfter(after, 'down')
        const part = await get(office, hashOf(bytes), got)
        expect(part.result).toMatchObject({ failure: { code: 'unreachable' } })
        got = part.bytes
        expect(got.equals(bytes.subarray(0, got.length))).toBe(true)
      }
      bench.proxy.cutAfter(null)
      expect(got.length).toBeGreaterThan(500_000)
      const rest = await get(office, hashOf(bytes), got)
      must(rest.result)
      expect(hashOf(rest.bytes)).toBe(hashOf(bytes))
      expect((await get(office, hashOf(bytes), bytes)).result).toMatchObject({ failure: { code: 'stale' } })
    })

    test('P9 called off in the middle, both ways, nothing is broken and nothing goes on', async () => {
      const bytes = randomBytes(LARGEST)
      const up = new AbortController()
      const source = sourceOf(bytes)
      async function* stopping(from: number, to: number) {
        for await (const chunk of source(from, to)) {
          if (from > 0) up.abort()
          yield chunk
        }
      }
      const sent = await field.files.put(hashOf(bytes), bytes.length, stopping, up.signal)
      expect(sent.ok).toBe(false)
      const after = bench.proxy.bytes.sent
      await new Promise(resolve => setTimeout(resolve, 100))
      expect(bench.proxy.bytes.sent - after).toBeLessThan(600_000)
      must(await put(field, bytes))
      const down = new AbortController()
      let got = 0
      const taken = await office.files.get(
        hashOf(bytes),
        0,
        async chunk => {
          got += chunk.byteLength
          if (got > 1_000_000) down.abort()
        },
        down.signal,
      )
      expect(taken.ok).toBe(false)
      expect(got).toBeLessThan(bytes.length)
    })

    test('what the reader or the taker of the bytes throws is thrown on, and the way is as good as before', async () => {
      const bytes = randomBytes(300_000)
      async function* broken() {
        yield bytes.subarray(0, 1000)
        throw new RangeError('the disk')
      }
      await expect(field.files.put(hashOf(bytes), bytes.length, broken, never)).rejects.toThrow(RangeError)
      must(await put(field, bytes))
      const taking = office.files.get(
        hashOf(bytes),
        0,
        async () => {
          throw new RangeError('the disk')
        },
        never,
      )
      await expect(taking).rejects.toThrow(RangeError)
      expect(hashOf((await get(office, hashOf(bytes))).bytes)).toBe(hashOf(bytes))
    })

    test('too large, and not what the hash says: each is refused by its name, and is no trouble of the way', async () => {
      const troubles: unknown[] = []
      const listening = field.trouble$.subscribe(trouble => troubles.push(trouble))
      const large = await put(field, Buffer.alloc(LARGEST + 1))
      expect(large).toMatchObject({ failure: { code: 'tooLarge' } })
      const hash = hashOf(randomBytes(10))
      expect(await put(field, randomBytes(200_000), never, hash)).toMatchObject({ failure: { code: 'fileDamaged' } })
      expect(must(await office.files.has([hash], never)).missing).toEqual([hash])
      listening.unsubscribe()
      expect(troubles).toEqual([null])
    })

    test('P8 bytes are those that really went over the wire, and are told while they go', async () => {
      const bytes = randomBytes(2_000_000)
      const sent: number[] = []
      const listening = field.bytes$.subscribe(total => sent.push(total.sent))
      const progress: number[] = []
      must(await field.files.put(hashOf(bytes), bytes.length, sourceOf(bytes), never, done => progress.push(done)))
      expect(progress.at(-1)).toBe(bytes.length)
      expect(progress.length).toBeGreaterThan(10)
      await field.close()
      listening.unsubscribe()
      expect(sent.length).toBeGreaterThan(5)
      expect(sent.at(-1)).toBeGreaterThan(2_000_000)
      expect(sent.at(-1)).toBeLessThan(2_100_000)
      field = await bench.connect()
    })

    test('a way that goes silent is given up', async () => {
      const bytes = randomBytes(1_000_000)
      must(await field.files.has([], never))
      bench.proxy.freeze(true)
      expect(await put(field, bytes)).toMatchObject({ failure: { code: 'unreachable' } })
      bench.proxy.freeze(false)
      bench.proxy.cut()
      must(await put(field, bytes))
    }, 20_000)
  })
}

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** In pieces of a size that fits nothing. */
function sourceOf(bytes: Uint8Array) {
  return async function* read(from: number, to: number) {
    for (let at = from; at < to; at += 50_001) yield bytes.subarray(at, Math.min(to, at + 50_001))
  }
}

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.code} ${result.failure.detail ?? ''}`)
  return result.value
}
