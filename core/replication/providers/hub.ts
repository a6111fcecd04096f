/**
 * The hub as a provider: core/model/protocol.ts over a HubTransport. It validates whatever the hub says, maps every
 * status to a failure once, and opens its stream of ticks only while somebody listens (a pause costs no byte).
 */
import { BehaviorSubject, Observable, share, type Subscriber } from 'rxjs'
import { fail, succeed, type Failure, type Result } from '../../model/failure.ts'
import {
  LIMITS,
  type Paired,
  type PairingCode,
  type PushAnswer,
  type PushRequest,
  type PushRow,
} from '../../model/protocol.ts'
import type { CollectionName } from '../../model/protocol.ts'
import type { Device } from '../../model/record.ts'
import type { Provider } from '../provider.ts'
import type { Timer } from '../timer.ts'
import { createHubFiles } from './hub-files.ts'
import { failureOf, readChanges, readDigests, readPaired, readPush } from './hub-answers.ts'
import type { HubRequest, HubTransport } from './hub-transport.ts'

/** How this laptop reaches its hub: kept in the workspace's settings; holds secrets, must never be logged. */
export interface HubConnection extends Paired, Pick<PairingCode, 'host' | 'port' | 'spki'> {}

export interface HubProviderOptions {
  readonly transport: HubTransport
  readonly connection: HubConnection
  readonly timer: Timer
  /** Wait before the first new try of a lost stream; doubles up to 30 s. */
  readonly reconnectMs?: number
  /** A stream that says nothing for so long is dead; the hub sends a comment every 20 s. */
  readonly silenceMs?: number
}

export function createHubProvider(options: HubProviderOptions): Provider {
  const { transport, connection } = options
  const base = `/v1/ws/${connection.workspace}`
  const trouble = new BehaviorSubject<Failure | null>(null)

  function tell(failure: Failure | null): void {
    const last = trouble.value
    if (last?.code !== failure?.code || last?.detail !== failure?.detail) trouble.next(failure)
  }

  async function ask<T>(
    request: Pick<HubRequest, 'method' | 'path' | 'body' | 'signal'>,
    read: (body: string) => Result<T>,
  ): Promise<Result<T>> {
    const reply = await transport.request({ ...request, bearer: connection.token })
    // Called off by us: that tells nothing about the way.
    if (request.signal.aborted) return fail('unreachable', 'aborted')
    const result = reply.ok ? readReply(reply.value, read) : reply
    // A document too large is no trouble on the way.
    tell(result.ok || result.failure.code === 'tooLarge' ? null : result.failure)
    return result
  }

  async function push(
    collection: CollectionName,
    rows: readonly PushRow[],
    signal: AbortSignal,
  ): Promise<Result<{ epoch: string; answers: readonly PushAnswer[] }>> {
    const body = JSON.stringify({ collection, rows } satisfies PushRequest)
    const result = await ask({ method: 'POST', path: `${base}/push`, body, signal }, text => {
      const parsed = readPush(text)
      return !parsed.ok || answersFit(parsed.value.answers, rows) ? parsed : fail('hubNonsense', 'push: other rows')
    })
    if (result.ok || result.failure.code !== 'tooLarge') return result
    const [only] = rows
    if (rows.length === 1 && only !== undefined) {
      return succeed({ epoch: '', answers: [{ id: only.id, result: 'rejected', code: 'tooLarge' }] })
    }
    const half = Math.ceil(rows.length / 2)
    const first = await push(collection, rows.slice(0, half), signal)
    if (!first.ok) return first
    const second = await push(collection, rows.slice(half), signal)
    if (!second.ok) return second
    const answers = [...first.value.answers, ...second.value.answers]
    return succeed({ epoch: second.value.epoch === '' ? first.value.epoch : second.value.epoch, answers })
  }

  return {
    push: (collection, rows, signal) =>
      rows.length === 0 ? Promise.resolve(succeed({ epoch: '', answers: [] })) : push(collection, rows, signal),
    pull(collection, checkpoint, limit, signal) {
      const query = new URLSearchParams({ collection, limit: String(Math.min(limit, LIMITS.pageRows)) })
      if (checkpoint !== null) {
        query.set('epoch', checkpoint.epoch)
        query.set('since', String(checkpoint.seq))
      }
      return ask({ method: 'GET', path: `${base}/changes?${query.toString()}`, body: null, signal }, readChanges)
    },
    files: createHubFiles({ transport, base, bearer: connection.token, tell }),
    digest: signal => ask({ method: 'GET', path: `${base}/digest`, body: null, signal }, readDigests),
    ticks$: new Observable<void>(subscriber => follow({ ...options, path: `${base}/stream`, subscriber, tell })).pipe(
      share(),
    ),
    trouble$: trouble.asObservable(),
    bytes$: transport.bytes$,
    describe() {
      const tls = transport.negotiated()
      const { hubName, host, port } = connection
      return { name: hubName, host, port, tls, verified: tls !== undefined && trouble.value?.code !== 'untrusted' }
    },
    async test(signal) {
      const result = await ask({ method: 'GET', path: `${base}/digest`, body: null, signal }, readDigests)
      return result.ok ? succeed(null) : result
    },
    async close() {
      trouble.complete()
      await transport.close()
    },
  }
}

/** Introduces this device to a hub with the one-time token of a pairing code. */
export async function pairWithHub(
  transport: HubTransport,
  code: PairingCode,
  device: Device,
  signal: AbortSignal,
): Promise<Result<HubConnection>> {
  const body = JSON.stringify({ token: code.token, device })
  const reply = await transport.request({ method: 'POST', path: '/v1/pair', bearer: null, body, signal })
  if (!reply.ok) return reply
  if ([401, 403, 404, 410].includes(reply.value.status)) return fail('pairingRefused')
  const paired = readReply(reply.value, readPaired)
  if (!paired.ok) return paired
  return succeed({ ...paired.value, host: code.host, port: code.port, spki: code.spki })
}

/** Ends this device's token at the hub, so that it is on nobody's list any more. Its documents stay there. */
export async function signOffFromHub(
  transport: HubTransport,
  { workspace, token }: HubConnection,
  signal: AbortSignal,
): Promise<Result<null>> {
  const path = `/v1/ws/${workspace}/device`
  const reply = await transport.request({ method: 'DELETE', path, bearer: token, body: null, signal })
  if (!reply.ok) return reply
  const failure = failureOf(reply.value.status, reply.value.retryAfter)
  return failure === null ? succeed(null) : { ok: false, failure }
}

function readReply<T>(
  reply: { readonly status: number; readonly retryAfter: number | null; readonly body: string },
  read: (body: string) => Result<T>,
): Result<T> {
  const failure = failureOf(reply.status, reply.retryAfter)
  return failure === null ? read(reply.body) : { ok: false, failure }
}

function answersFit(answers: readonly PushAnswer[], rows: readonly PushRow[]): boolean {
  return answers.length === rows.length && rows.every((row, index) => answers[index]?.id === row.id)
}

interface Following extends HubProviderOptions {
  readonly path: string
  readonly subscriber: Subscriber<void>
  readonly tell: (failure: Failure | null) => void
}

/** Keeps one stream open until called off; every (re)connection is a tick too, since one may have been missed. */
function follow({ transport, connection, timer, subscriber, tell, path, ...waits }: Following): () => void {
  const first = waits.reconnectMs ?? 1_000
  let wait = first
  let closed = false
  let stop = connect()

  function connect(): () => void {
    let line = ''
    let over = false
    let silence = timer(waits.silenceMs ?? 45_000, lost)
    const end = transport.stream(
      { path, bearer: connection.token },
      {
        open() {
          wait = first
          tell(null)
          heard()
          subscriber.next()
        },
        text(chunk) {
          heard()
          const lines = (line + chunk).split('\n')
          line = (lines.pop() ?? '').slice(-1_000)
          if (lines.some(each => each.trim() === 'event: tick')) subscriber.next()
        },
        end(why) {
          if (why !== null) tell('status' in why ? failureOf(why.status, why.retryAfter) : why)
          lost()
        },
      },
    )
    function heard(): void {
      silence()
      if (!over) silence = timer(waits.silenceMs ?? 45_000, lost)
    }
    function lost(): void {
      if (over) return
      over = true
      silence()
      end()
      if (closed) return
      const cancel = timer(wait, () => {
        stop = connect()
      })
      stop = cancel
      wait = Math.min(wait * 2, 30_000)
    }
    return () => {
      over = true
      silence()
      end()
    }
  }

  return () => {
    closed = true
    stop()
  }
}
