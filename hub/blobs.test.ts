import { createHash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BlobsResponse, type PairingCode } from '../core/model/protocol.ts'
import {
  ask,
  makeFolder,
  openTestHub,
  pairClient,
  requestOptions,
  type Asked,
  type Client,
} from './hub-fixture.suite.ts'
import type { Hub } from './server.ts'
import { openFolderBlobs } from './storage/folder-blobs.ts'

const LARGEST = 3_000_000
const QUOTA = 12_000_000
const folder = makeFolder()
let hub: Hub
let field: Client
let office: Client

beforeAll(async () => {
  hub = await openTestHub(folder.path, {
    limits: { fileBytes: LARGEST, strangers: { burst: 1000, perSecond: 1 } },
    maxFileBytes: QUOTA,
  })
  field = await pairClient(hub.pairingCode())
  office = await pairClient(hub.pairingCode())
})
afterAll(async () => {
  await hub.close()
  folder.remove()
})

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

function put(client: Client, hash: string, body: Uint8Array, offset: number, length: number) {
  const headers = { 'content-type': 'application/octet-stream', 'upload-offset': offset, 'upload-length': length }
  return client.ask(`/blob/${hash}`, { method: 'PUT', headers, body })
}
async function offsetOf(client: Client, hash: string): Promise<number> {
  const { status, headers } = await client.ask(`/blob/${hash}`, { method: 'HEAD' })
  expect(status).toBe(404)
  return Number(headers['upload-offset'])
}
const missing = async (client: Client, hashes: readonly string[]) =>
  (await client.ask<BlobsResponse>('/blobs', { body: { hashes } })).body.missing

function where(): Pick<PairingCode, 'port' | 'spki'> {
  return hub
}
/** The bytes of a blob, or the status that refused them. */
function get(client: Client, hash: string, asked: Asked = {}): Promise<Buffer | number> {
  const path = `/v1/ws/${client.paired.workspace}/blob/${hash}`
  return new Promise((resolve, reject) => {
    const outgoing = request(requestOptions(where(), path, { token: client.paired.token, ...asked }), response => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve((response.statusCode ?? 0) < 300 ? Buffer.concat(chunks) : (response.statusCode ?? 0)),
      )
    })
    outgoing.on('error', reject)
    outgoing.end()
  })
}
async function expectBytes(client: Client, hash: string, bytes: Uint8Array, asked?: Asked): Promise<void> {
  const got = await get(client, hash, asked)
  expect(typeof got === 'number' ? got : hashOf(got)).toBe(hashOf(bytes))
}
/** Sends so many bytes of a body that says it is longer, and then hangs up. */
function hangUpAfter(client: Client, hash: string, body: Uint8Array, offset: number, length: number): Promise<void> {
  const path = `/v1/ws/${client.paired.workspace}/blob/${hash}`
  const headers = {
    'content-type': 'application/octet-stream',
    'content-length': length - offset,
    'upload-offset': offset,
    'upload-length': length,
  }
  return new Promise(resolve => {
    const { token } = client.paired
    const outgoing = request(requestOptions(where(), path, { method: 'PUT', token, headers }))
    outgoing.on('error', () => resolve())
    outgoing.write(body, () => outgoing.destroy())
    outgoing.on('close', () => resolve())
  })
}

describe('blobs', () => {
  it('goes up in pieces and comes down whole or from any byte, for every device of the workspace', async () => {
    const bytes = randomBytes(700_001)
    const hash = hashOf(bytes)
    expect(await missing(office, [hash])).toEqual([hash])
    expect(await get(office, hash)).toBe(404)
    expect(await offsetOf(field, hash)).toBe(0)
    const first = await put(field, hash, bytes.subarray(0, 300_000), 0, bytes.length)
    expect(first).toMatchObject({ status: 202, body: { offset: 300_000, whole: false } })
    expect(await get(office, hash)).toBe(404)
    expect(await offsetOf(field, hash)).toBe(300_000)
    const rest = await put(field, hash, bytes.subarray(300_000), 300_000, bytes.length)
    expect(rest).toMatchObject({ status: 201, body: { offset: bytes.length, whole: true } })
    expect(await missing(office, [hash])).toEqual([])
    const head = await office.ask(`/blob/${hash}`, { method: 'HEAD' })
    expect([head.status, head.headers['content-length']]).toEqual([200, String(bytes.length)])
    await expectBytes(office, hash, bytes)
    for (const from of [1, 255_999, bytes.length - 1])
      await expectBytes(office, hash, bytes.subarray(from), { headers: { range: `bytes=${from}-` } })
    expect(await put(office, hash, bytes, 0, bytes.length)).toMatchObject({ status: 201, body: { whole: true } })
  })

  it('an empty file is one too', async () => {
    const hash = hashOf(Buffer.alloc(0))
    expect((await put(field, hash, Buffer.alloc(0), 0, 0)).status).toBe(201)
    await expectBytes(office, hash, Buffer.alloc(0))
  })

  it('wakes those who wait for it', async () => {
    const listening = await office.stream()
    await listening.next()
    const bytes = randomBytes(10)
    await put(field, hashOf(bytes), bytes, 0, 10)
    expect(await listening.next()).toContain('event: tick')
    listening.close()
  })

  it('bytes that are not what their hash says are thrown away, and said to be', async () => {
    const bytes = randomBytes(1000)
    const hash = hashOf(bytes)
    const answer = await put(field, hash, randomBytes(1000), 0, 1000)
    expect(answer).toMatchObject({ status: 422, body: { error: 'wrongHash' } })
    expect(await offsetOf(field, hash)).toBe(0)
    expect(await missing(field, [hash])).toEqual([hash])
    expect((await put(field, hash, bytes, 0, 1000)).status).toBe(201)
  })

  it('a bit that flips on the disk in half an upload is found at its end, and the whole goes up anew', async () => {
    const bytes = randomBytes(100_000)
    const hash = hashOf(bytes)
    await put(field, hash, bytes.subarray(0, 60_000), 0, bytes.length)
    const parts = join(folder.path, 'blobs', field.paired.workspace, 'parts')
    const part = join(parts, readdirSync(parts).find(name => name.startsWith(hash)) ?? '')
    const here = readFileSync(part)
    here.writeUInt8(here.readUInt8(31_234) ^ 4, 31_234)
    writeFileSync(part, here)
    const answer = await put(field, hash, bytes.subarray(60_000), 60_000, bytes.length)
    expect(answer).toMatchObject({ status: 422, body: { error: 'wrongHash' } })
    expect(await missing(field, [hash])).toEqual([hash])
    expect((await put(field, hash, bytes, 0, bytes.length)).status).toBe(201)
    await expectBytes(office, hash, bytes)
  })

  it('a piece from another place than the end of what is here is refused, and the end is told', async () => {
    const bytes = randomBytes(1000)
    const hash = hashOf(bytes)
    await put(field, hash, bytes.subarray(0, 400), 0, 1000)
    for (const offset of [0, 399, 401, 1000]) {
      const answer = await put(field, hash, bytes.subarray(offset), offset, 1000)
      expect([answer.status, answer.body, answer.headers['upload-offset']]).toEqual([
        409,
        { error: 'wrongOffset' },
        '400',
      ])
    }
    expect((await put(field, hash, bytes.subarray(400), 400, 1000)).status).toBe(201)
  })

  it('more bytes than were announced are not kept', async () => {
    const bytes = randomBytes(1000)
    const hash = hashOf(bytes.subarray(0, 900))
    expect((await put(field, hash, bytes, 0, 900)).status).toBe(201)
    await expectBytes(office, hash, bytes.subarray(0, 900))
  })

  it.each([
    ['too short', 'abc'],
    ['upper case', 'A'.repeat(64)],
    ['a path', `..%2F..%2Fhub.sqlite`],
    ['a longer path', `${'..%2f'.repeat(20)}etc%2Fpasswd`],
    ['a backslash', `..%5C${'a'.repeat(60)}`],
    ['a null', `%00${'a'.repeat(63)}`],
    ['a line break', `${'a'.repeat(64)}%0a`],
    ['parts', 'parts'],
  ])('a hash that is none (%s) is refused by every route', async (_, hash) => {
    expect([400, 404]).toContain(await get(field, hash))
    expect([400, 404]).toContain((await put(field, hash, Buffer.alloc(1), 0, 1)).status)
    const head = await field.ask(`/blob/${hash}`, { method: 'HEAD' })
    expect([400, 404]).toContain(head.status)
    expect(head.headers['upload-offset']).toBeUndefined()
    expect((await field.ask('/blobs', { body: { hashes: [hash] } })).status).toBe(400)
    expect(readdirSync(join(folder.path, 'blobs'))).toEqual([field.paired.workspace])
  })

  it('refuses what is not said in the words of the protocol', async () => {
    const hash = 'a'.repeat(64)
    const type = { 'content-type': 'application/octet-stream' }
    const wrong: Asked[] = [
      { headers: type, body: 'x' },
      { headers: { ...type, 'upload-offset': 0 }, body: 'x' },
      { headers: { ...type, 'upload-offset': -1, 'upload-length': 1 }, body: 'x' },
      { headers: { ...type, 'upload-offset': '1e3', 'upload-length': '1e4' }, body: 'x' },
      { headers: { ...type, 'upload-offset': 2, 'upload-length': 1 }, body: 'x' },
      { headers: { 'content-type': 'application/json', 'upload-offset': 0, 'upload-length': 1 }, body: '1' },
    ]
    for (const asked of wrong) expect((await field.ask(`/blob/${hash}`, { method: 'PUT', ...asked })).status).toBe(400)
    expect((await field.ask('/blobs', { body: { hashes: Array.from({ length: 1001 }, () => hash) } })).status).toBe(400)
    expect((await field.ask('/blobs', { body: { hashes: [hash], more: 1 } })).status).toBe(400)
    expect((await field.ask('/push', { headers: type, body: 'x' })).status).toBe(415)
    const bytes = randomBytes(10)
    await put(field, hashOf(bytes), bytes, 0, 10)
    for (const range of ['bytes=10-', 'bytes=-5', 'bytes=1-2', 'bytes=1-,3-', 'lines=1-', 'bytes=99999999999999999-'])
      expect(await get(field, hashOf(bytes), { headers: { range } })).toBe(416)
  })

  it('needs a token of this workspace; a revoked device and a stranger get and change nothing', async () => {
    const bytes = randomBytes(100)
    const hash = hashOf(bytes)
    await put(field, hash, bytes, 0, 100)
    const gone = await pairClient(hub.pairingCode(), 'd'.repeat(26))
    await hub.revokeDevice('d'.repeat(26))
    const headers = { 'content-type': 'application/octet-stream', 'upload-offset': 0, 'upload-length': 1 }
    const blob = `/v1/ws/${field.paired.workspace}/blob/${hash}`
    for (const token of [gone.paired.token, 'A'.repeat(43)]) {
      expect((await ask(where(), blob, { token })).status).toBe(401)
      expect((await ask(where(), blob, { token, method: 'PUT', headers, body: 'x' })).status).toBe(401)
      expect((await ask(where(), blob, { token, method: 'HEAD' })).headers['upload-offset']).toBeUndefined()
    }
    expect((await ask(where(), blob)).status).toBe(401)
    for (const other of ['B'.repeat(22), '..', '%2e%2e'])
      expect((await ask(where(), `/v1/ws/${other}/blob/${hash}`, { token: field.paired.token })).status).toBe(404)
  })

  it('cut at any byte, an upload goes on where it was', async () => {
    const bytes = randomBytes(900_000)
    const hash = hashOf(bytes)
    let offset = 0
    for (const step of [1, 2, 1000, 16_384, 16_385, 65_536, 100_000, 200_000]) {
      await hangUpAfter(field, hash, bytes.subarray(offset, offset + step), offset, bytes.length)
      const now = await offsetOf(field, hash)
      expect(now).toBeGreaterThanOrEqual(offset)
      expect(now).toBeLessThanOrEqual(offset + step)
      offset = now
    }
    expect((await put(field, hash, bytes.subarray(offset), offset, bytes.length)).status).toBe(201)
    await expectBytes(office, hash, bytes)
  })

  it('an upload that hangs is ended by the same device asking where it stands', async () => {
    const bytes = randomBytes(50_000)
    const hash = hashOf(bytes)
    const { token, workspace } = field.paired
    const headers = {
      'content-type': 'application/octet-stream',
      'content-length': bytes.length,
      'upload-offset': 0,
      'upload-length': bytes.length,
    }
    const options = requestOptions(where(), `/v1/ws/${workspace}/blob/${hash}`, { method: 'PUT', token, headers })
    const hanging = request(options)
    const ended = new Promise(resolve => hanging.on('error', resolve))
    hanging.write(bytes.subarray(0, 20_000))
    let offset = 0
    while (offset === 0) {
      await new Promise(resolve => setTimeout(resolve, 20))
      const parts = join(folder.path, 'blobs', workspace, 'parts')
      const name = readdirSync(parts).find(each => each.startsWith(hash))
      if (name !== undefined && statSync(join(parts, name)).size === 20_000) offset = await offsetOf(field, hash)
    }
    expect(offset).toBe(20_000)
    await ended
    expect((await put(field, hash, bytes.subarray(offset), offset, bytes.length)).status).toBe(201)
  })

  it('two devices that send the same blob at once do not meet, and one that sends rubbish spoils nothing', async () => {
    const bytes = randomBytes(1_000_000)
    const hash = hashOf(bytes)
    await put(office, hash, randomBytes(10), 0, bytes.length)
    await put(field, hash, bytes.subarray(0, 500_000), 0, bytes.length)
    expect(await offsetOf(office, hash)).toBe(10)
    const [mine, theirs] = await Promise.all([
      put(field, hash, bytes.subarray(500_000), 500_000, bytes.length),
      put(office, hash, bytes.subarray(10), 10, bytes.length),
    ])
    expect(mine.status).toBe(201)
    // Whole already by then, or found to be rubbish: never wrong bytes under the hash.
    expect([201, 422]).toContain(theirs.status)
    await expectBytes(office, hash, bytes)
    const other = randomBytes(400_000)
    const both = await Promise.all([field, office].map(each => put(each, hashOf(other), other, 0, other.length)))
    expect(both.map(({ status }) => status)).toEqual([201, 201])
    await expectBytes(field, hashOf(other), other)
  })

  it('says what is too large before it is sent, and refuses it', async () => {
    const answer = await field.ask<BlobsResponse>('/blobs', { body: { hashes: [] } })
    expect(answer.body).toEqual({ missing: [], largest: LARGEST })
    const refused = await put(field, 'b'.repeat(64), Buffer.alloc(10), 0, LARGEST + 1)
    expect(refused).toMatchObject({ status: 413, body: { error: 'tooLarge' } })
  })

  it('keeps to its quota, parts included, and takes again what fits', async () => {
    const own = makeFolder()
    const small = await openTestHub(own.path, { maxFileBytes: 100_000 })
    const laptop = await pairClient(small.pairingCode())
    const bytes = [randomBytes(60_000), randomBytes(60_000), randomBytes(40_000)]
    const [first, second, third] = bytes as [Buffer, Buffer, Buffer]
    expect((await put(laptop, hashOf(first), first, 0, first.length)).status).toBe(201)
    const full = await put(laptop, hashOf(second), second, 0, second.length)
    expect(full).toMatchObject({ status: 507, body: { error: 'full' } })
    expect((await put(laptop, hashOf(third), third.subarray(0, 1), 0, third.length)).status).toBe(202)
    await small.close()
    // What is used is counted anew.
    const again = await openTestHub(own.path, { maxFileBytes: 100_000 })
    const back = await pairClient(again.pairingCode(), 'other')
    expect((await put(back, hashOf(third), third, 0, third.length)).status).toBe(507)
    await again.close()
    own.remove()
  })

  it('an upload that nobody went on with for a week is thrown away, a fresh one is not', async () => {
    const own = makeFolder()
    let now = Date.now()
    const blobs = await openFolderBlobs({ path: own.path, now: () => now, maxBytes: 100 })
    const upload = { workspace: 'w', device: 'd', hash: 'c'.repeat(64) }
    async function* source() {
      yield Buffer.alloc(60)
    }
    expect(await blobs.take({ ...upload, offset: 0, bytes: 80 }, source())).toEqual({ result: 'part', offset: 60 })
    now += 6.9 * 86_400_000
    await blobs.dropStale()
    expect(await blobs.offset(upload)).toBe(60)
    now += 0.2 * 86_400_000
    await blobs.dropStale()
    expect(await blobs.offset(upload)).toBe(0)
    // Its room is free again.
    expect(await blobs.take({ ...upload, device: 'e', offset: 0, bytes: 100 }, source())).toMatchObject({
      result: 'part',
    })
    await blobs.close()
    own.remove()
  })
})
