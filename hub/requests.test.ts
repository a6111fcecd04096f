import { request, type RequestOptions } from 'node:https'
import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { ask, createClient, makeFolder, makeRow, pairClient, requestOptions, type Client } from './hub-fixture.suite.ts'
import type { Hub, HubOptions } from './server.ts'
import { onEachStorage } from './storages.suite.ts'

onEachStorage(storage => {
  const folder = makeFolder()
  let hub: Hub
  let client: Client
  const closers: (() => Promise<void> | void)[] = []

  beforeAll(async () => {
    hub = await storage.open(folder.path, {
      limits: {
        headersMs: 300,
        requestMs: 600,
        handshakeMs: 300,
        lingerMs: 200,
        strangers: { burst: 1000, perSecond: 1 },
      },
    })
    client = await pairClient(hub.pairingCode())
  })
  afterEach(async () => {
    for (const close of closers.splice(0)) await close()
  })
  afterAll(async () => {
    await hub.close()
    folder.remove()
  })

  async function openOther(limits: HubOptions['limits'], options: Partial<HubOptions> = {}): Promise<Hub> {
    const own = makeFolder()
    const other = await storage.open(own.path, { ...options, ...(limits === undefined ? {} : { limits }) })
    closers.push(() => other.close().then(own.remove))
    return other
  }

  async function expectAlive(): Promise<void> {
    expect(await ask(hub, '/v1/health')).toMatchObject({ status: 200, body: { ok: true } })
    expect((await client.ask('/digest')).status).toBe(200)
  }

  describe('who may ask', () => {
    it.each([
      ['no token', {}],
      ['an unknown token', { token: 'A'.repeat(43) }],
      ['another scheme', { headers: { authorization: 'Basic QTpB' } }],
      ['a token with rubbish behind it', { headers: { authorization: `Bearer ${'A'.repeat(43)} x` } }],
    ])('answers 401 on every workspace route to %s', async (_what, asked) => {
      for (const path of ['/push', '/changes?collection=records', '/stream', '/digest']) {
        const method = path === '/push' ? 'POST' : 'GET'
        const answer = await ask(hub, `/v1/ws/${hub.workspace}${path}`, { method, ...asked })
        expect(answer).toMatchObject({ status: 401, body: { error: 'unauthorized' } })
      }
    })

    it('answers 401 before the body arrives', async () => {
      const body = { 'content-type': 'application/json', 'content-length': 1_000_000 }
      const options = requestOptions(hub, `/v1/ws/${hub.workspace}/push`, { method: 'POST', headers: body })
      expect(await statusWithoutBody(options)).toBe(401)
    })

    it('answers 404 for a workspace that is not the device’s, and for unknown paths and methods', async () => {
      const token = client.paired.token
      for (const path of ['/v1/ws/other/digest', '/', '/v1', '/v1/ws', `/v1/ws/${hub.workspace}/nothing`]) {
        expect(await ask(hub, path, { token })).toMatchObject({ status: 404, body: { error: 'notFound' } })
      }
      expect(await client.ask('/push', { method: 'DELETE' })).toMatchObject({ status: 404 })
      expect(await client.ask('/digest', { body: '{"rubbish' })).toMatchObject({ status: 404 })
    })

    it('needs no token for health, and TLS 1.3 for everything', async () => {
      expect(await ask(hub, '/v1/health')).toMatchObject({ status: 200 })
      const old = connectTls({ host: '127.0.0.1', port: hub.port, rejectUnauthorized: false, maxVersion: 'TLSv1.2' })
      const error = await new Promise<Error>(resolve => old.once('error', resolve))
      expect(error.message).toMatch(/protocol version/)
    })
  })

  describe('malformed requests', () => {
    it.each([
      ['not JSON', '{"collection":'],
      ['no UTF-8', Buffer.from([0x22, 0xff, 0x22])],
      ['an empty body', ''],
      ['a number', '7'],
      ['another collection', { collection: 'secrets', rows: [] }],
      ['an extra key', { collection: 'records', rows: [], more: 1 }],
      ['a row that is no object', { collection: 'records', rows: [1] }],
      ['a row without an id', { collection: 'records', rows: [{ h: '0', base: null, body: 1 }] }],
      ['a row whose id is a number', { collection: 'records', rows: [{ ...makeRow('a', 1), id: 1 }] }],
    ])('answers 400 to a push of %s', async (_what, body) => {
      expect(await client.ask('/push', { body })).toMatchObject({ status: 400, body: { error: 'badRequest' } })
    })

    it.each([
      'collection=secrets',
      '',
      'collection=records&since=-1',
      'collection=records&since=1e3',
      'collection=records&limit=0',
      'collection=records&collection=types',
      'collection=records&extra=1',
      `collection=records&epoch=${'e'.repeat(65)}`,
    ])('answers 400 to changes?%s', async query => {
      expect(await client.changes(query)).toMatchObject({ status: 400, body: { error: 'badRequest' } })
    })

    it('takes JSON only, and a path that decodes', async () => {
      const headers = { 'content-type': 'text/plain' }
      const answer = await client.ask('/push', { body: '{}', headers })
      expect(answer).toMatchObject({ status: 415, body: { error: 'badRequest' } })
      expect(await ask(hub, '/v1/ws/%zz/digest')).toMatchObject({ status: 400, body: { error: 'badRequest' } })
    })
  })

  describe('sizes', () => {
    it('P6: answers 413 to a declared and to a streamed body beyond the limit, and to too many rows', async () => {
      const tooLong = Buffer.alloc(8 * 1024 * 1024 + 1, 0x20)
      expect(await client.ask('/push', { body: tooLong })).toMatchObject({ status: 413, body: { error: 'tooLarge' } })
      const rows = Array.from({ length: 501 }, (_, index) => makeRow(`row-${index}`, index))
      expect(await client.push(rows)).toMatchObject({ status: 413, body: { error: 'tooLarge' } })
      expect((await client.push(rows.slice(0, 500))).status).toBe(200)
      const chunked = { 'transfer-encoding': 'chunked' }
      expect(await client.ask('/push', { body: tooLong, headers: chunked })).toMatchObject({ status: 413 })
      expect(await ask(hub, '/v1/pair', { body: { token: 'x'.repeat(5000) } })).toMatchObject({ status: 413 })
      await expectAlive()
    })
  })

  describe('rates', () => {
    it('answers 429 with Retry-After to a device that asks too much, and to it alone, until time has passed', async () => {
      let now = 0
      const limits = { requests: { burst: 3, perSecond: 0.5 } }
      const slow = await openOther(limits, { now: () => now })
      const [greedy, other] = [await pairClient(slow.pairingCode()), await pairClient(slow.pairingCode())]
      for (let count = 0; count < 3; count += 1) expect((await greedy.ask('/digest')).status).toBe(200)
      const refused = await greedy.push([makeRow('a', 1)])
      expect(refused).toMatchObject({ status: 429, body: { error: 'tooMany' }, headers: { 'retry-after': '2' } })
      expect((await other.ask('/digest')).status).toBe(200)
      now = 2000
      expect((await greedy.ask('/digest')).status).toBe(200)
    })

    it('answers 429 to strangers and to guessers of pairing codes; a paired device at the same address is let in', async () => {
      const rate = { burst: 2, perSecond: 0.1 }
      const strict = await openOther({ strangers: rate, pairings: rate }, { now: () => 0 })
      const device = await pairClient(strict.pairingCode())
      const path = `/v1/ws/${strict.workspace}/digest`
      const statuses = []
      for (let count = 0; count < 3; count += 1) statuses.push((await ask(strict, path)).status)
      expect(statuses).toEqual([401, 401, 429])
      expect((await device.ask('/digest')).status).toBe(200)
      const guess = { body: { token: 'A'.repeat(22), device: { id: 'x', name: 'x' } } }
      expect((await ask(strict, '/v1/pair', guess)).status).toBe(401)
      expect(await ask(strict, '/v1/pair', guess)).toMatchObject({ status: 429, headers: { 'retry-after': '10' } })
    })

    it('takes only so many connections from one address', async () => {
      const narrow = await openOther({ connectionsPerAddress: 2 })
      const held = [tcp(narrow.port), tcp(narrow.port)]
      await Promise.all(held.map(socket => once(socket, 'connect')))
      const third = tcp(narrow.port)
      await once(third, 'close')
      for (const socket of held) socket.destroy()
      await expect
        .poll(() =>
          ask(narrow, '/v1/health').then(
            answer => answer.status,
            () => 0,
          ),
        )
        .toBe(200)
    })
  })

  describe('clients that are none', () => {
    it('drops garbage bytes on the TLS port and serves on', async () => {
      for (const bytes of [
        'GET / HTTP/1.1\r\n\r\n',
        Buffer.alloc(5000, 0xff),
        Buffer.from([0x16, 3, 1, 255, 255, 1]),
      ]) {
        const socket = tcp(hub.port)
        socket.write(bytes)
        await once(socket, 'close')
      }
      await expectAlive()
    })

    it('answers 400 to garbage inside TLS, and 431 to endless headers', async () => {
      expect(await tlsAnswer('\0\0 what\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
      const long = `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`
      expect(await tlsAnswer(long)).toMatch(/^HTTP\/1\.1 431 /)
      await expectAlive()
    })

    it(
      'lets go of clients that connect and say nothing, stop in the headers, or stop in the body',
      { timeout: 15_000 },
      async () => {
        const silent = tcp(hub.port)
        const closed = once(silent, 'close')
        const inHeaders = tlsAnswer('GET /v1/health HTTP/1.1\r\nhost: x\r\n')
        const head = `POST /v1/ws/${hub.workspace}/push HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${client.paired.token}\r\n`
        const inBody = tlsAnswer(`${head}content-type: application/json\r\ncontent-length: 100\r\n\r\n{"coll`)
        await closed
        expect(await inHeaders).toMatch(/^HTTP\/1\.1 408 /)
        expect(await inBody).toMatch(/^HTTP\/1\.1 408 /)
        await expectAlive()
      },
    )

    it('P9: survives pushes that are cut at any byte; each is kept whole or not at all', async () => {
      const body = JSON.stringify({
        collection: 'types',
        rows: [makeRow('cut-a', 'x'.repeat(500)), makeRow('cut-b', 1)],
      })
      const token = client.paired.token
      for (let sent = 0; sent < body.length; sent += 97) {
        const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
        const cut = request(requestOptions(hub, `/v1/ws/${hub.workspace}/push`, { method: 'POST', token, headers }))
        cut.on('error', () => undefined)
        await new Promise<void>(resolve => cut.write(body.slice(0, sent) || '{', () => resolve()))
        cut.destroy()
      }
      expect((await client.digest()).digests.types.count).toBe(0)
      expect((await client.ask('/push', { body })).status).toBe(200)
      expect((await client.digest()).digests.types.count).toBe(2)
    })
  })

  describe('closing', () => {
    it('answers the request that is under way, takes no new one, and cuts one that never ends', async () => {
      const own = makeFolder()
      const closing = await storage.open(own.path, { limits: { closeMs: 500 } })
      const device = await pairClient(closing.pairingCode())
      const body = JSON.stringify({ collection: 'records', rows: [makeRow('last', 1)] })
      const [ending, endless] = [await beginPush(closing, device, body), await beginPush(closing, device, body)]
      const closed = closing.close()
      ending.finish()
      expect(await ending.status).toBe(200)
      await expect(ask(closing, '/v1/health')).rejects.toThrow(/ECONNREFUSED/)
      expect(await endless.status).toBe(0)
      await closed
      const again = await storage.open(own.path)
      const same = createClient(again, device.paired)
      expect((await same.changes('collection=records')).body.documents).toMatchObject([{ id: 'last' }])
      await again.close()
      own.remove()
    })
  })

  /** A push whose headers the hub has read (it said 100 Continue) and whose body it still waits for. */
  function beginPush(to: Hub, by: Client, body: string): Promise<{ status: Promise<number>; finish(): void }> {
    return new Promise((resolve, reject) => {
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        expect: '100-continue',
      }
      const path = `/v1/ws/${to.workspace}/push`
      const sent = request(requestOptions(to, path, { method: 'POST', token: by.paired.token, headers }))
      const status = new Promise<number>(answered => {
        sent.on('response', response => answered(response.resume().statusCode ?? 0))
        sent.on('error', () => answered(0))
      })
      sent.on('continue', () => resolve({ status, finish: () => sent.end(body) }))
      sent.on('error', reject)
      sent.flushHeaders()
    })
  }

  function tcp(port: number): Socket {
    const socket = connectTcp(port, '127.0.0.1').resume()
    socket.on('error', () => undefined)
    closers.push(() => void socket.destroy())
    return socket
  }

  function once(socket: Socket, event: 'connect' | 'close'): Promise<void> {
    return new Promise(resolve => socket.once(event, () => resolve()))
  }

  /** Everything the hub says until it hangs up. */
  function tlsAnswer(text: string): Promise<string> {
    return new Promise(resolve => {
      let answer = ''
      const socket = connectTls({ host: '127.0.0.1', port: hub.port, rejectUnauthorized: false }, () =>
        socket.write(text),
      )
      socket.on('data', chunk => (answer += String(chunk)))
      socket.on('error', () => undefined)
      socket.on('close', () => resolve(answer))
    })
  }

  function statusWithoutBody(options: RequestOptions): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const sent = request(options, response => {
        resolve(response.statusCode)
        sent.destroy()
      })
      sent.on('error', reject)
      sent.flushHeaders()
    })
  }
})
