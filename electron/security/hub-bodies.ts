/**
 * Long bodies on the way to a hub and back: sent and taken piece by piece, never held as a whole, safe to call off at any
 * byte. What the source or the taker of the bytes throws is thrown on; everything about the way is data.
 */
import { once } from 'node:events'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { RequestOptions } from 'node:https'
import type { Failure, Result } from '../../core/model/failure.ts'
import { fail, succeed } from '../../core/model/failure.ts'
import type { HubDownload, HubReply, HubTransport, HubUpload } from '../../core/replication/providers/hub-transport.ts'

export interface BodyDeps {
  start(
    options: RequestOptions,
    respond: (response: IncomingMessage) => void,
    broken: (error: Error) => void,
  ): ClientRequest
  readonly headOf: (response: IncomingMessage) => Omit<HubReply, 'body'>
  readonly failureOf: (error: Error) => Failure
  /** Bytes have moved: worth counting. */
  readonly moved: () => void
  readonly silenceMs: number
}

/** Answers to an upload are short. */
const ANSWER_CHARS = 64 * 1024

export async function sendBody(deps: BodyDeps, upload: HubUpload): Promise<Result<HubReply>> {
  const { path, bearer, headers, length, body, signal } = upload
  let response: IncomingMessage | undefined
  let broken: Error | undefined
  const wake = new Set<() => void>()
  const woken = () => {
    for (const each of wake) each()
    wake.clear()
  }
  const outgoing = deps.start(
    {
      method: 'PUT',
      path,
      signal,
      headers: {
        ...headers,
        accept: 'application/json',
        'content-type': 'application/octet-stream',
        'content-length': length,
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      },
    },
    answer => {
      response = answer
      // Before anybody reads it, its breaking must not be nobody's error.
      answer.on('error', error => (broken ??= error))
      woken()
    },
    error => {
      broken ??= error
      woken()
    },
  )
  outgoing.setTimeout(deps.silenceMs, () => outgoing.destroy(Object.assign(new Error('silent'), { code: 'ETIMEDOUT' })))
  outgoing.on('drain', woken)
  const isOver = () => response !== undefined || broken !== undefined
  const turn = () => new Promise<void>(resolve => (isOver() ? resolve() : wake.add(resolve)))
  try {
    for await (const chunk of body) {
      if (isOver()) break
      deps.moved()
      if (!outgoing.write(chunk)) await turn()
    }
    if (!isOver()) outgoing.end()
    while (!isOver()) await turn()
    if (response === undefined) return { ok: false, failure: deps.failureOf(broken ?? new Error('no answer')) }
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) {
      text += String(chunk)
      if (text.length > ANSWER_CHARS) return fail('hubNonsense', 'not an answer')
    }
    return succeed({ ...deps.headOf(response), body: text })
  } catch (error) {
    // A source that throws has nothing to do with the way.
    if (!isOver()) throw error
    return { ok: false, failure: deps.failureOf(broken ?? (error as Error)) }
  } finally {
    if (!outgoing.writableFinished || response?.complete !== true) outgoing.destroy()
  }
}

export async function takeBody(
  deps: BodyDeps,
  { path, bearer, from, signal }: HubDownload,
  sink: Parameters<HubTransport['download']>[1],
): ReturnType<HubTransport['download']> {
  const outgoing = deps.start(
    {
      method: 'GET',
      path,
      signal,
      headers: {
        accept: 'application/octet-stream',
        ...(from === 0 ? {} : { range: `bytes=${from}-` }),
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
      },
    },
    () => undefined,
    () => undefined,
  )
  outgoing.setTimeout(deps.silenceMs, () => outgoing.destroy(Object.assign(new Error('silent'), { code: 'ETIMEDOUT' })))
  let response: IncomingMessage | undefined
  let taking = false
  try {
    const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>
    outgoing.end()
    ;[response] = await answered
    const { status, retryAfter } = deps.headOf(response)
    const length = Number(response.headers['content-length'])
    if (status !== 200 && status !== 206) return succeed({ status, retryAfter })
    const start = status === 206 ? /^bytes (\d{1,15})-/.exec(response.headers['content-range'] ?? '')?.[1] : '0'
    if (start !== String(from) || !Number.isSafeInteger(length)) return fail('hubNonsense', 'another part of the file')
    for await (const chunk of response) {
      deps.moved()
      taking = true
      await sink(chunk as Buffer, from + length)
      taking = false
    }
    if (length === 0) await sink(Buffer.alloc(0), from)
    return response.complete ? succeed({ status, retryAfter }) : fail('unreachable')
  } catch (error) {
    if (taking) throw error
    return { ok: false, failure: deps.failureOf(error as Error) }
  } finally {
    if (response?.complete !== true) outgoing.destroy()
  }
}
