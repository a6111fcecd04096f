/**
 * The page's end of the one port to main: calls answered once and feeds watched until stopped. It knows frames and
 * nothing of what they mean; it must never retry, cache or interpret.
 */
import type {
  CallAnswer,
  CallInput,
  CallName,
  FeedFrame,
  FeedInput,
  FeedName,
  ReplyFrame,
  RequestFrame,
} from '../../core/model/api.ts'
import { fail } from '../../core/model/failure.ts'

/** What a MessagePort offers of what is used here (a worker_threads port in tests fits too). */
export interface Wire {
  postMessage(frame: RequestFrame): void
  onmessage: ((event: MessageEvent<ReplyFrame>) => void) | null
  close(): void
}

export interface Api {
  /** Answers a Result; a bug in main or a closed port is `internal`, never a rejection. */
  call<N extends CallName>(name: N, input: CallInput<N>): Promise<CallAnswer<N>>
  /** Calls `next` with every frame until the returned function is called. */
  watch<N extends FeedName>(
    name: N,
    input: FeedInput<N>,
    next: (frame: FeedFrame<N>) => void,
    onFail?: () => void,
  ): () => void
  close(): void
}

type Listener = (reply: ReplyFrame) => void

export function connect(wire: Wire): Api {
  const listenersById = new Map<number, Listener>()
  let lastId = 0
  let closed = false
  wire.onmessage = event => listenersById.get(event.data.id)?.(event.data)
  return {
    call<N extends CallName>(name: N, input: CallInput<N>) {
      return new Promise<CallAnswer<N>>(resolve => {
        if (closed) return resolve(fail('internal'))
        const id = ++lastId
        listenersById.set(id, reply => {
          listenersById.delete(id)
          // Main answers exactly the contract's Result for this name; the frame's type cannot say which.
          resolve('error' in reply ? fail('internal', reply.error) : (reply.value as CallAnswer<N>))
        })
        wire.postMessage({ id, kind: 'call', name, input })
      })
    },
    watch<N extends FeedName>(name: N, input: FeedInput<N>, next: (frame: FeedFrame<N>) => void, onFail?: () => void) {
      if (closed) return () => undefined
      const id = ++lastId
      listenersById.set(id, reply => {
        if ('error' in reply) {
          listenersById.delete(id)
          onFail?.()
        } else next(reply.value as FeedFrame<N>)
      })
      wire.postMessage({ id, kind: 'watch', name, input })
      return () => {
        if (listenersById.delete(id) && !closed) wire.postMessage({ id, kind: 'stop' })
      }
    },
    close() {
      closed = true
      for (const [id, listener] of [...listenersById]) listener({ id, error: 'internal' })
      listenersById.clear()
      wire.onmessage = null
      wire.close()
    },
  }
}

/** Resolves with the port that the preload posts once per load; messages of any other origin or shape are ignored. */
export function receivePort(target: Window): Promise<MessagePort> {
  return new Promise(resolve => {
    const listen = (event: MessageEvent<unknown>) => {
      const port = event.ports[0]
      if (event.source !== target || event.data !== 'farfield-port' || port === undefined) return
      target.removeEventListener('message', listen)
      resolve(port)
    }
    target.addEventListener('message', listen)
  })
}
