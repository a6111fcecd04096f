/**
 * What the hub's tests share: a hub in its own folder, and a small client that speaks TLS with the pin from the pairing
 * code. It knows nothing of the hub's insides.
 */
import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request, type RequestOptions } from 'node:https'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import {
  parsePairingCode,
  type ChangesResponse,
  type CollectionName,
  type DigestResponse,
  type Paired,
  type PairingCode,
  type PushAnswer,
  type PushResponse,
  type PushRow,
} from '../core/model/protocol.ts'
import { openHub, type Hub, type HubOptions } from './server.ts'

export const nativeBinding = process.env.FARFIELD_SQLITE_ADDON

export function makeFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'farfield-hub-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

export function openTestHub(dataFolder: string, options: Partial<HubOptions> = {}): Promise<Hub> {
  return openHub({ dataFolder, name: 'Test hub', nativeBinding, now: Date.now, random: randomBytes, ...options })
}

export interface Answer<T = unknown> {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: T
}

export interface Asked {
  readonly method?: string
  readonly token?: string
  readonly headers?: Readonly<Record<string, string | number>>
  /** Sent as it is when a string or bytes, as JSON otherwise. */
  readonly body?: unknown
  readonly agent?: Agent
}

export function ask<T = unknown>(
  code: Pick<PairingCode, 'port' | 'spki'>,
  path: string,
  asked: Asked = {},
): Promise<Answer<T>> {
  return new Promise((resolve, reject) => {
    const sent = request(requestOptions(code, path, asked), response => {
      checkPin(response.socket, code.spki)
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: JSON.parse(text || 'null') as T })
      })
    })
    sent.on('error', reject)
    sent.end(writeBody(asked.body))
  })
}

function writeBody(body: unknown): string | Uint8Array | undefined {
  return body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
}

export function requestOptions(code: Pick<PairingCode, 'port' | 'spki'>, path: string, asked: Asked): RequestOptions {
  const method = asked.method ?? (asked.body === undefined ? 'GET' : 'POST')
  return {
    host: '127.0.0.1',
    port: code.port,
    path,
    method,
    agent: asked.agent ?? false,
    // The pin takes the place of the authorities; `checkPin` looks when the answer is there. (Node does not call
    // checkServerIdentity for a chain it does not trust, and an app must look before it sends its token.)
    rejectUnauthorized: false,
    headers: {
      ...(asked.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(asked.token === undefined ? {} : { authorization: `Bearer ${asked.token}` }),
      ...asked.headers,
    },
  }
}

export function spkiOf(certificate: Uint8Array): string {
  const key = new X509Certificate(certificate).publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(key).digest('base64url')
}

function checkPin(socket: Socket, spki: string): void {
  if (!(socket instanceof TLSSocket) || spkiOf(socket.getPeerCertificate().raw) !== spki) throw new Error('wrong pin')
}

export interface Client {
  readonly paired: Paired
  ask<T = unknown>(path: string, asked?: Asked): Promise<Answer<T>>
  push(rows: readonly PushRow[], collection?: CollectionName): Promise<Answer<PushResponse>>
  /** The answers of a push that must succeed. */
  pushed(rows: readonly PushRow[], collection?: CollectionName): Promise<readonly PushAnswer[]>
  changes(query: string): Promise<Answer<ChangesResponse>>
  digest(): Promise<DigestResponse>
  /** Opens the stream; `next()` resolves with the next event or comment, undefined at the end. */
  stream(): Promise<{ next(): Promise<string | undefined>; close(): void }>
}

export async function pairClient(
  code: string | Promise<string>,
  device = randomBytes(13).toString('hex'),
): Promise<Client> {
  const parsed = parsePairingCode(await code)
  if (parsed === undefined) throw new Error('not a pairing code')
  const body = { token: parsed.token, device: { id: device, name: `Laptop ${device.slice(0, 4)}` } }
  const answer = await ask<Paired>(parsed, '/v1/pair', { body })
  if (answer.status !== 200) throw new Error(`pairing was answered with ${answer.status}`)
  return createClient(parsed, answer.body)
}

export function createClient(code: Pick<PairingCode, 'port' | 'spki'>, paired: Paired): Client {
  // A resumed TLS session carries no certificate to look at.
  const agent = new Agent({ keepAlive: true, maxCachedSessions: 0 })
  const askHere = <T>(path: string, asked: Asked = {}) =>
    ask<T>(code, `/v1/ws/${paired.workspace}${path}`, { token: paired.token, agent, ...asked })
  const push = (rows: readonly PushRow[], collection: CollectionName = 'records') =>
    askHere<PushResponse>('/push', { body: { collection, rows } })
  return {
    paired,
    ask: askHere,
    push,
    async pushed(rows, collection) {
      const answer = await push(rows, collection)
      if (answer.status !== 200) throw new Error(`a push was answered with ${answer.status}`)
      return answer.body.answers
    },
    changes: query => askHere(`/changes?${query}`),
    digest: async () => (await askHere<DigestResponse>('/digest')).body,
    stream: () => openStream(requestOptions(code, `/v1/ws/${paired.workspace}/stream`, { token: paired.token })),
  }
}

function openStream(options: RequestOptions): ReturnType<Client['stream']> {
  return new Promise((resolve, reject) => {
    const sent = request(options, response => {
      const waiting: ((frame: string | undefined) => void)[] = []
      const frames: (string | undefined)[] = []
      let text = ''
      const give = (frame: string | undefined) => {
        const reader = waiting.shift()
        if (reader === undefined) frames.push(frame)
        else reader(frame)
      }
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        const parts = (text + chunk).split('\n\n')
        text = parts.pop() ?? ''
        for (const part of parts) give(part)
      })
      response.on('error', () => undefined)
      response.on('close', () => give(undefined))
      if (response.statusCode !== 200) reject(new Error(`the stream was answered with ${response.statusCode}`))
      resolve({
        next: () => (frames.length > 0 ? Promise.resolve(frames.shift()) : new Promise(reader => waiting.push(reader))),
        close: () => sent.destroy(),
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}

/** A row whose `h` stands for its content, as on a real device. */
export function makeRow(id: string, body: unknown, base: string | null = null): PushRow {
  return { id, base, body, h: hashOf(id, body) }
}

export function hashOf(id: string, body: unknown): string {
  return createHash('sha256').update(id).update(JSON.stringify(body)).digest('hex')
}
