import { MessageChannel, type MessagePort } from 'node:worker_threads'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { serve, type CallTable, type FeedTable, type Wire } from './serve.ts'

function portWire(port: MessagePort): Wire {
  return {
    send: frame => port.postMessage(frame),
    listen(onFrame, onClose) {
      port.on('message', onFrame)
      port.on('close', onClose)
    },
    close: () => port.close(),
  }
}

/** A served port and what came back through it. */
function openServed(calls: CallTable, feeds: FeedTable = {}, limits = { openCalls: 5, openFeeds: 3 }) {
  const { port1, port2 } = new MessageChannel()
  const reported: unknown[] = []
  const served = serve(portWire(port1), calls, feeds, limits, error => reported.push(error))
  const replies: unknown[] = []
  const waiting: (() => void)[] = []
  port2.on('message', frame => {
    replies.push(frame)
    for (const wake of waiting.splice(0)) wake()
  })
  return {
    page: port2,
    reported,
    replies,
    served,
    async until(done: () => boolean) {
      while (!done()) await new Promise<void>(resolve => waiting.push(resolve))
    },
    /** Everything sent before this has been handled once the answer is there. */
    async settle() {
      port2.postMessage({ id: 999_999, kind: 'watch', name: 'no such feed', input: null })
      await this.until(() => replies.some(frame => (frame as { id: number }).id === 999_999))
      const at = replies.findIndex(frame => (frame as { id: number }).id === 999_999)
      replies.splice(at, 1)
    },
    close() {
      served.close()
      port2.close()
    },
  }
}

const echo: CallTable = {
  echo: input => (typeof input === 'string' ? () => Promise.resolve({ ok: true, value: input }) : undefined),
  break: () => () => Promise.reject(new Error('secret path /home/user')),
  never: () => () => new Promise(() => undefined),
}

describe('serve', () => {
  let open: ReturnType<typeof openServed> | undefined
  afterEach(() => open?.close())

  it('answers a call with its id', async () => {
    open = openServed(echo)
    open.page.postMessage({ id: 7, kind: 'call', name: 'echo', input: 'hi' })
    await open.until(() => open?.replies.length === 1)
    expect(open.replies).toEqual([{ id: 7, value: { ok: true, value: 'hi' } }])
  })

  it('refuses inputs that do not parse and names that are not its own', async () => {
    open = openServed(echo)
    for (const [id, name] of [
      [1, 'echo'],
      [2, 'toString'],
      [3, '__proto__'],
      [4, 'constructor'],
      [5, ''],
      [6, 'hasOwnProperty'],
    ]) {
      open.page.postMessage({ id, kind: 'call', name, input: 5 })
    }
    await open.until(() => open?.replies.length === 6)
    expect(open.replies).toEqual([1, 2, 3, 4, 5, 6].map(id => ({ id, error: 'refused' })))
  })

  it('reports a thrown error here and tells the page only that it was internal', async () => {
    open = openServed(echo)
    open.page.postMessage({ id: 1, kind: 'call', name: 'break', input: null })
    await open.until(() => open?.replies.length === 1)
    expect(open.replies).toEqual([{ id: 1, error: 'internal' }])
    expect(String(open.reported[0])).toContain('secret path')
  })

  it('bounds how many calls and feeds are open', async () => {
    open = openServed(echo, { quiet: () => () => () => undefined })
    for (let id = 0; id < 7; id++) open.page.postMessage({ id, kind: 'call', name: 'never', input: null })
    for (let id = 10; id < 15; id++) open.page.postMessage({ id, kind: 'watch', name: 'quiet', input: null })
    await open.settle()
    expect(open.replies).toEqual([5, 6, 13, 14].map(id => ({ id, error: 'refused' })))
  })

  it('stops a feed when asked, and all of them when the port closes', async () => {
    const stopped: string[] = []
    const ticks = new Map<string, (frame: unknown) => void>()
    open = openServed(
      {},
      {
        tick: input => next => {
          ticks.set(String(input), next)
          next(`first ${String(input)}`)
          return () => stopped.push(String(input))
        },
      },
    )
    const { page, replies } = open
    page.postMessage({ id: 1, kind: 'watch', name: 'tick', input: 'a' })
    page.postMessage({ id: 2, kind: 'watch', name: 'tick', input: 'b' })
    page.postMessage({ id: 3, kind: 'watch', name: 'tick', input: 'c' })
    page.postMessage({ id: 2, kind: 'stop' })
    await open.settle()
    ticks.get('b')?.('late')
    ticks.get('a')?.('more')
    await open.until(() => replies.length === 4)
    expect(replies).toEqual([
      { id: 1, value: 'first a' },
      { id: 2, value: 'first b' },
      { id: 3, value: 'first c' },
      { id: 1, value: 'more' },
    ])
    page.close()
    while (stopped.length < 3) await new Promise(resolve => setImmediate(resolve))
    expect(stopped).toEqual(['b', 'a', 'c'])
  })

  it('frees a place when a feed fails, even before it returned how to stop it', async () => {
    let stops = 0
    open = openServed(
      {},
      {
        early: () => (_next, fail) => {
          fail(new Error('early'))
          return () => stops++
        },
        thrown: () => () => {
          throw new Error('thrown')
        },
      },
    )
    for (let id = 0; id < 10; id++) {
      open.page.postMessage({ id, kind: 'watch', name: id % 2 ? 'early' : 'thrown', input: null })
    }
    await open.until(() => open?.replies.length === 10)
    expect(open.replies).toEqual(Array.from({ length: 10 }, (_, id) => ({ id, error: 'internal' })))
    expect(stops).toBe(5)
    expect(open.reported).toHaveLength(10)
  })

  it('refuses an id that is in use, without disturbing its owner', async () => {
    let starts = 0
    open = openServed({}, { quiet: () => () => (starts++, () => undefined) })
    open.page.postMessage({ id: 1, kind: 'watch', name: 'quiet', input: null })
    open.page.postMessage({ id: 1, kind: 'watch', name: 'quiet', input: null })
    await open.settle()
    expect(starts).toBe(1)
    expect(open.replies).toEqual([{ id: 1, error: 'refused' }])
  })

  it('survives any frame at all and still answers afterwards', async () => {
    const kinds = fc.oneof(fc.constantFrom('call', 'watch', 'stop'), fc.string(), fc.anything())
    const frames = fc.oneof(
      fc.record({
        id: fc.oneof(fc.nat(20), fc.double(), fc.constantFrom(-1, NaN, 2 ** 60), fc.anything()),
        kind: kinds,
        name: fc.oneof(fc.constantFrom('echo', 'break', 'tick', '__proto__', 'valueOf'), fc.anything()),
        input: fc.anything(),
      }),
      fc.anything(),
    )
    open = openServed(echo, { tick: () => next => (next(1), () => undefined) }, { openCalls: 1e6, openFeeds: 3 })
    let sent = 0
    for (const frame of fc.sample(frames, { numRuns: 4000, seed: 33 })) {
      try {
        open.page.postMessage(frame)
        sent++
      } catch {
        // Not clonable, so no page could send it either.
      }
    }
    expect(sent).toBeGreaterThan(3000)
    for (let id = 0; id < 30; id++) open.page.postMessage({ id, kind: 'stop' })
    open.page.postMessage({ id: 123_456, kind: 'call', name: 'echo', input: 'still here' })
    await open.until(() => open?.replies.some(frame => (frame as { id: number }).id === 123_456) === true)
    expect(open.replies.at(-1)).toEqual({ id: 123_456, value: { ok: true, value: 'still here' } })
    expect(open.reported.every(error => String(error).includes('secret path'))).toBe(true)
    for (const frame of open.replies) {
      expect(Object.keys(frame as object).sort()).toEqual(
        'error' in (frame as object) ? ['error', 'id'] : ['id', 'value'],
      )
    }
  })
})
