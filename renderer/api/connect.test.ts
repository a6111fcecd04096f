import { afterEach, describe, expect, it } from 'vitest'
import type { ReplyFrame, RequestFrame } from '../../core/model/api.ts'
import type { Api, Wire } from './connect.ts'
import { connect } from './connect.ts'

const open: (() => void)[] = []
afterEach(() => {
  for (const close of open.splice(0)) close()
})

/** The page's end on a real channel; `answer` plays main. */
function page(answer: (frame: RequestFrame, reply: (frame: ReplyFrame) => void) => void): {
  api: Api
  seen: RequestFrame[]
} {
  const { port1, port2 } = new MessageChannel()
  const seen: RequestFrame[] = []
  port2.onmessage = (event: MessageEvent<RequestFrame>) => {
    seen.push(event.data)
    answer(event.data, frame => port2.postMessage(frame))
  }
  const api = connect(port1 satisfies Wire)
  open.push(() => {
    port1.close()
    port2.close()
  })
  return { api, seen }
}

const value = { ok: true, value: { id: 'dev', name: 'Field laptop' } }

describe('connect', () => {
  it('answers each call with its own reply, whatever the order they come in', async () => {
    const held: { frame: RequestFrame; reply: (frame: ReplyFrame) => void }[] = []
    const { api } = page((frame, reply) => {
      held.push({ frame, reply })
      if (held.length < 2) return
      for (const each of held.reverse()) {
        const name = each.frame.kind === 'call' ? (each.frame.input as { name: string }).name : ''
        each.reply({ id: each.frame.id, value: { ok: true, value: { id: 'x', name } } })
      }
    })
    const [one, two] = await Promise.all([
      api.call('device.name', { name: 'one' }),
      api.call('device.name', { name: 'two' }),
    ])
    expect([one, two].map(answer => answer.ok && answer.value.name)).toEqual(['one', 'two'])
  })

  it('turns a bug in main into an internal failure instead of a rejection', async () => {
    const { api } = page((frame, reply) => reply({ id: frame.id, error: 'internal' }))
    const answer = await api.call('device.name', { name: 'x' })
    expect(answer).toEqual({ ok: false, failure: { code: 'internal', detail: 'internal' } })
  })

  it('hands every frame of a feed on until stopped, then says stop and passes nothing more', async () => {
    let push: (count: number) => void = () => undefined
    const { api, seen } = page((frame, reply) => {
      if (frame.kind !== 'watch') return
      push = all => reply({ id: frame.id, value: { all, deleted: 0, needsYou: 0 } })
      push(1)
    })
    const frames: number[] = []
    let arrived: () => void = () => undefined
    const next = () => new Promise<void>(resolve => (arrived = resolve))
    let waiting = next()
    const stop = api.watch('counts', null, frame => {
      frames.push(frame.all)
      arrived()
    })
    await waiting
    waiting = next()
    push(2)
    await waiting
    stop()
    push(3)
    // A call made after the stop is answered after anything the feed could still have sent.
    const { api: other } = page((frame, reply) => reply({ id: frame.id, value }))
    await other.call('device.name', { name: 'x' })
    await new Promise(resolve => setTimeout(resolve, 0))
    expect(frames).toEqual([1, 2])
    expect(seen.map(frame => frame.kind)).toEqual(['watch', 'stop'])
  })

  it('tells the watcher when a feed fails and forgets it', async () => {
    const { api, seen } = page((frame, reply) => reply({ id: frame.id, error: 'refused' }))
    let stop: () => void = () => undefined
    await new Promise<void>(resolve => {
      stop = api.watch('counts', null, () => undefined, resolve)
    })
    stop()
    expect(seen.map(frame => frame.kind)).toEqual(['watch'])
  })

  it('answers what is open when it is closed, and refuses what comes later', async () => {
    const { api } = page(() => undefined)
    const waiting = api.call('sync.once', null)
    api.close()
    expect((await waiting).ok).toBe(false)
    expect((await api.call('sync.once', null)).ok).toBe(false)
  })
})
