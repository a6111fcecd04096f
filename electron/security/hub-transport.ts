/**
 * The way to a hub over node:https: pinned TLS 1.3, connections kept alive, every request bounded in time and safe to call
 * off at any byte. It fails as data and counts what really goes over the wire; tokens and bodies never reach a log.
 */
import { setMaxListeners } from 'node:events'
import { Agent, request as requestHttps, type RequestOptions } from 'node:https'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { BehaviorSubject } from 'rxjs'
import { fail, type Failure, type Result, succeed } from '../../core/model/failure.ts'
import type { HubReply, HubRequest, HubTransport } from '../../core/replication/providers/hub-transport.ts'
import { sendBody, takeBody, type BodyDeps } from './hub-bodies.ts'
import { connectPinned } from './pinned-socket.ts'

export interface HubTransportOptions {
  readonly host: string
  readonly port: number
  readonly spki: string
  /** No byte for so long means that nobody is there any more. */
  readonly silenceMs?: number
  readonly handshakeMs?: number
  /** Connections that nobody uses are closed after so long: a pause must cost no byte, not even those of a late goodbye. */
  readonly idleMs?: number
  /** Longest answer that is read, in bytes. */
  readonly answerBytes?: number
}

/** A kept connection may have been closed by the other end just now; asking again is free (rule P4). */
const STALE = ['ECONNRESET', 'EPIPE']
const MAX_ANSWER = 64 * 1024 * 1024
/** More requests than this waiting at once would be a leak, and Node says so. */
const MOST_REQUESTS = 64

export function createHubTransport(options: HubTransportOptions): HubTransport {
  const {
    host,
    port,
    spki,
    silenceMs = 30_000,
    handshakeMs = 10_000,
    idleMs = 1_000,
    answerBytes = MAX_ANSWER,
  } = options
  const meter = createMeter()
  const open = new Set<ClientRequest>()
  const handshakes = new Set<Socket>()
  let idle: NodeJS.Timeout | undefined
  let negotiated: string | undefined

  const agent = new Agent({ keepAlive: true, maxSockets: 6, scheduling: 'lifo' })
  // The agent gets its socket only after the pin has been checked: nothing can be written to it before.
  Object.assign(agent, {
    createConnection(_: unknown, ready: (error: Error | null, socket?: Duplex) => void): undefined {
      connectPinned({ host, port, spki, timeoutMs: handshakeMs }, watch).then(
        ({ socket, wire }) => {
          handshakes.delete(wire)
          negotiated = (socket.getProtocol() ?? '').replace('TLSv', 'TLS ')
          ready(null, socket)
        },
        (error: Error) => {
          ready(error)
        },
      )
    },
  })

  function watch(wire: Socket): void {
    meter.watch(wire)
    handshakes.add(wire)
    wire.once('close', () => handshakes.delete(wire))
  }

  /** Nobody waits for an answer any more: what is still greeting is not worth waiting for, and what is kept soon closes. */
  function rest(): void {
    if (open.size > 0) return
    for (const wire of handshakes) wire.destroy()
    idle = setTimeout(() => {
      agent.destroy()
    }, idleMs)
    idle.unref()
  }

  function start(
    options_: RequestOptions,
    respond: (response: IncomingMessage) => void,
    broken: (error: Error) => void,
  ) {
    const outgoing = requestHttps({ host, port, agent, ...options_ }, respond)
    open.add(outgoing)
    clearTimeout(idle)
    outgoing.on('error', broken)
    outgoing.on('close', () => {
      open.delete(outgoing)
      rest()
      meter.read()
    })
    return outgoing
  }

  function ask({ method, path, bearer, body, signal }: HubRequest, retry: boolean): Promise<Result<HubReply>> {
    return new Promise(resolve => {
      // One signal ends a whole run, and each request on its way listens to it.
      setMaxListeners(MOST_REQUESTS, signal)
      const bytes = body === null ? undefined : Buffer.from(body)
      const headers = {
        accept: 'application/json',
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...(bytes === undefined ? {} : { 'content-type': 'application/json', 'content-length': bytes.length }),
      }
      const outgoing = start({ method, path, headers, signal }, read, broken)
      function read(response: IncomingMessage): void {
        const chunks: Buffer[] = []
        let length = 0
        response.on('data', (chunk: Buffer) => {
          length += chunk.length
          if (length <= answerBytes) chunks.push(chunk)
          else outgoing.destroy(Object.assign(new Error('too long'), { code: 'FARFIELD_TOO_LONG' }))
        })
        response.on('error', broken)
        response.on('end', () => {
          if (!response.complete) return
          const text = Buffer.concat(chunks).toString('utf8')
          resolve(succeed({ ...headOf(response), body: text }))
        })
      }
      function broken(error: Error & { readonly code?: string }): void {
        const stale = retry && outgoing.reusedSocket && STALE.includes(error.code ?? '') && !signal.aborted
        resolve(stale ? ask({ method, path, bearer, body, signal }, false) : { ok: false, failure: failureOf(error) })
      }
      outgoing.setTimeout(silenceMs, () => outgoing.destroy(timedOut()))
      outgoing.end(bytes)
    })
  }

  const bodies: BodyDeps = { start, headOf, failureOf, moved: meter.read, silenceMs }

  return {
    request: request => ask(request, true),
    upload: upload => sendBody(bodies, upload),
    download: (download, sink) => takeBody(bodies, download, sink),

    stream({ path, bearer }, listener) {
      let over = false
      function end(why: Parameters<typeof listener.end>[0]): void {
        if (over) return
        over = true
        outgoing.destroy()
        listener.end(why)
      }
      const outgoing = start(
        {
          method: 'GET',
          path,
          headers: { accept: 'text/event-stream', ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }) },
        },
        response => {
          if (response.statusCode !== 200) {
            end({ status: response.statusCode ?? 0, retryAfter: retryAfterOf(response) })
            return
          }
          response.setEncoding('utf8')
          if (!over) listener.open()
          response.on('data', (chunk: string) => {
            meter.read()
            if (!over) listener.text(chunk)
          })
          response.on('error', error => {
            end(failureOf(error))
          })
          response.on('end', () => {
            end(null)
          })
        },
        error => {
          end(failureOf(error))
        },
      )
      outgoing.end()
      return () => {
        over = true
        outgoing.destroy()
      }
    },

    bytes$: meter.total$,
    negotiated: () => negotiated,
    async close() {
      for (const outgoing of open) outgoing.destroy()
      clearTimeout(idle)
      for (const wire of handshakes) wire.destroy()
      agent.destroy()
      meter.read()
      meter.total$.complete()
    },
  }
}

/** Maps what can go wrong on the way to a failure, by code and never by message. */
export function failureOf(error: Error & { readonly code?: string }): Failure {
  const code = error.code ?? ''
  if (code === 'FARFIELD_PIN') return fail('untrusted', 'pin').failure
  if (code === 'FARFIELD_TOO_LONG' || code.startsWith('HPE_')) return fail('hubNonsense', 'not an answer').failure
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO') {
    return fail('untrusted', 'protocol').failure
  }
  const offline = ['ENOTFOUND', 'EAI_AGAIN', 'ENETUNREACH', 'EHOSTUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL']
  return offline.includes(code) ? fail('offline').failure : fail('unreachable').failure
}

function timedOut(): Error {
  return Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' })
}

/** What an answer says before its body. */
function headOf(response: IncomingMessage): Omit<HubReply, 'body'> {
  const offset = response.headers['upload-offset']
  return {
    status: response.statusCode ?? 0,
    retryAfter: retryAfterOf(response),
    ...(typeof offset === 'string' && /^\d{1,15}$/.test(offset) ? { offset: Number(offset) } : {}),
  }
}

function retryAfterOf(response: IncomingMessage): number | null {
  const text = response.headers['retry-after'] ?? ''
  return /^\d{1,6}$/.test(text) ? Number(text) : null
}

/** Sums what went over all sockets, the closed ones included. */
function createMeter() {
  const live = new Set<Socket>()
  const closed = { sent: 0, received: 0 }
  const total$ = new BehaviorSubject<{ readonly sent: number; readonly received: number }>({ sent: 0, received: 0 })
  function read(): void {
    let { sent, received } = closed
    for (const socket of live) {
      sent += socket.bytesWritten
      received += socket.bytesRead
    }
    if (sent !== total$.value.sent || received !== total$.value.received) total$.next({ sent, received })
  }
  return {
    total$,
    read,
    watch(socket: Socket): void {
      live.add(socket)
      socket.once('close', () => {
        live.delete(socket)
        closed.sent += socket.bytesWritten
        closed.received += socket.bytesRead
        read()
      })
    },
  }
}
