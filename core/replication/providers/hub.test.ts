import { randomBytes } from 'node:crypto'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { createServer as createTls } from 'node:https'
import { readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { of } from 'rxjs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createHubTransport } from '../../../electron/security/hub-transport.ts'
import { type Cluster, openCluster } from '../../../hub/postgres-cluster.suite.ts'
import { backUp } from '../../../hub/storage/sqlite-backup.ts'
import { openTestHub, type TestHub } from '../laptops.suite.ts'
import { testProviderFiles } from '../provider-files.suite.ts'
import { type ProviderBench, testProvider } from '../provider.suite.ts'
import type { Provider } from '../provider.ts'
import { realTimer } from '../timer.ts'
import { createHubProvider, type HubConnection, pairWithHub } from './hub.ts'
import type { HubReply, HubTransport } from './hub-transport.ts'

const never = new AbortController().signal

async function pair(hub: TestHub): Promise<HubConnection> {
  const code = await hub.pairingCode()
  if (code === undefined) throw new Error('no code')
  const transport = createHubTransport(code)
  const paired = await pairWithHub(transport, code, { id: randomBytes(13).toString('hex'), name: 'Laptop' }, never)
  await transport.close()
  if (!paired.ok) throw new Error(paired.failure.code)
  return paired.value
}

function connect(connection: HubConnection): Provider {
  const transport = createHubTransport({ ...connection, silenceMs: 1_000 })
  return createHubProvider({ transport, connection, timer: realTimer, reconnectMs: 30 })
}

testProvider('hub on SQLite', () => openBench())
testProviderFiles('hub', largest => openBench({ limits: { fileBytes: largest } }))

async function openBench(options: Parameters<typeof openTestHub>[0] = {}): Promise<ProviderBench> {
  const hub = await openTestHub(options)
  const copy = join(hub.folder, 'copy.sqlite')
  const path = join(hub.folder, 'hub.sqlite')
  return {
    ...benchOf(hub),
    async backUp() {
      backUp({ path, nativeBinding: process.env['FARFIELD_SQLITE_ADDON'] }, copy, randomBytes)
    },
    async restore() {
      await hub.stop()
      renameSync(copy, path)
      await hub.start()
    },
  }
}

describe('on PostgreSQL', () => {
  let cluster: Cluster
  beforeAll(async () => {
    cluster = await openCluster()
  })
  afterAll(() => cluster.close())

  testProvider('hub on PostgreSQL', async () => {
    const database = await cluster.makeDatabase()
    const hub = await openTestHub({ databaseUrl: cluster.url(database) })
    const file = join(cluster.folder, `${database}.dump`)
    return {
      ...benchOf(hub),
      async backUp() {
        await cluster.run('pg_dump', '-Fc', '-f', file, database)
      },
      async restore() {
        await hub.stop()
        const fresh = await cluster.makeDatabase()
        await cluster.run('pg_restore', '-d', fresh, file)
        await hub.start({ databaseUrl: cluster.url(fresh) })
      },
    }
  })
})

function benchOf(hub: TestHub): Pick<ProviderBench, 'proxy' | 'connect' | 'connectElsewhere' | 'close'> {
  const others: TestHub[] = []
  return {
    proxy: hub.proxy,
    connect: async () => connect(await pair(hub)),
    async connectElsewhere() {
      const other = await openTestHub()
      others.push(other)
      return connect(await pair(other))
    },
    async close() {
      for (const other of others) await other.close()
      await hub.close()
    },
  }
}

describe('the way to a hub', () => {
  let hub: TestHub
  beforeEach(async () => {
    hub = await openTestHub()
  })
  afterEach(() => hub.close())

  test('a pairing code works once; a second try and a made-up token are refused in words', async () => {
    const code = await hub.pairingCode()
    if (code === undefined) throw new Error('no code')
    const transport = createHubTransport(code)
    const device = { id: 'd1', name: 'Laptop' }
    expect((await pairWithHub(transport, code, device, never)).ok).toBe(true)
    const again = await pairWithHub(transport, code, device, never)
    expect(again).toEqual({ ok: false, failure: { code: 'pairingRefused' } })
    await transport.close()
  })

  test('another key than the pinned one is refused before a byte of the request leaves', async () => {
    const connection = await pair(hub)
    const heard: string[] = []
    // The very certificate of the hub: only the pin differs, so nothing but the pin can refuse it.
    const [key, cert] = ['hub.key.pem', 'hub.pem'].map(name => readFileSync(join(hub.folder, name), 'utf8'))
    const impostor = createTls({ key: key ?? '', cert: cert ?? '', minVersion: 'TLSv1.3' }, (request, response) => {
      heard.push(request.url ?? '')
      response.end('{}')
    })
    await new Promise<void>(resolve => impostor.listen(0, '127.0.0.1', resolve))
    const port = (impostor.address() as AddressInfo).port
    const provider = connect({ ...connection, port, spki: `${connection.spki.slice(0, -2)}AA` })
    expect(await provider.digest(never)).toEqual({ ok: false, failure: { code: 'untrusted', detail: 'pin' } })
    expect(heard).toEqual([])
    expect(provider.describe().verified).toBe(false)
    await provider.close()
    await new Promise(resolve => impostor.close(resolve))
  })

  test('no hub, a hub that hangs up, and one that speaks no TLS are told apart from a wrong key', async () => {
    const connection = await pair(hub)
    const garbage = createServer((socket: Socket) => socket.resume().end('HTTP/1.1 400 Bad Request\r\n\r\n'))
    await new Promise<void>(resolve => garbage.listen(0, '127.0.0.1', resolve))
    const port = (garbage.address() as AddressInfo).port
    const rubbish = connect({ ...connection, port })
    expect(await rubbish.digest(never)).toMatchObject({ ok: false, failure: { code: 'untrusted', detail: 'protocol' } })
    await rubbish.close()
    await new Promise(resolve => garbage.close(resolve))
    const gone = connect({ ...connection, port })
    expect(await gone.digest(never)).toMatchObject({ ok: false, failure: { code: 'unreachable' } })
    await gone.close()
  })

  test('P8 the count equals what a proxy sees, to the byte', async () => {
    const connection = await pair(hub)
    const before = { ...hub.proxy.bytes }
    const provider = connect(connection)
    let total = { sent: 0, received: 0 }
    provider.bytes$.subscribe(bytes => (total = { ...bytes }))
    await provider.digest(never)
    await provider.close()
    await new Promise(resolve => setTimeout(resolve, 50))
    expect(total.sent).toBe(hub.proxy.bytes.sent - before.sent)
    expect(total.received).toBe(hub.proxy.bytes.received - before.received)
    expect(provider.describe().tls).toBe('TLS 1.3')
  })

  test('a device that is no longer known to the hub is told to sign in', async () => {
    const connection = await pair(hub)
    const provider = connect({ ...connection, token: 'A'.repeat(43) })
    expect(await provider.test(never)).toEqual({ ok: false, failure: { code: 'signIn' } })
    await provider.close()
  })
})

describe('whatever a hub answers, it becomes a reason in words', () => {
  const connection: HubConnection = {
    workspace: 'w',
    token: 't',
    hashKey: 'k',
    hubName: 'Hub',
    host: '127.0.0.1',
    port: 1,
    spki: 's',
  }
  function answering(reply: Partial<HubReply>): Provider {
    const transport: HubTransport = {
      request: async () => ({ ok: true, value: { status: 200, retryAfter: null, body: '', ...reply } }),
      upload: async () => ({ ok: true, value: { status: 200, retryAfter: null, body: '', ...reply } }),
      download: async () => ({ ok: true, value: { status: 200, retryAfter: null, ...reply } }),
      stream: () => () => undefined,
      bytes$: of({ sent: 0, received: 0 }),
      negotiated: () => undefined,
      close: async () => undefined,
    }
    return createHubProvider({ transport, connection, timer: realTimer })
  }
  test.each([
    [{ body: 'rubbish' }, 'hubNonsense'],
    [{ body: '{"documents":[],"checkpoint":{"epoch":"e","seq":-1},"more":false}' }, 'hubNonsense'],
    [{ body: '{"documents":[{"id":"a"}],"checkpoint":{"epoch":"e","seq":1},"more":false}' }, 'hubNonsense'],
    [{ status: 401 }, 'signIn'],
    [{ status: 403 }, 'signIn'],
    [{ status: 404 }, 'hubNonsense'],
    [{ status: 429, retryAfter: 7 }, 'retryAfter'],
    [{ status: 503, retryAfter: 7 }, 'retryAfter'],
    [{ status: 503 }, 'hubFault'],
    [{ status: 500 }, 'hubFault'],
    [{ status: 507 }, 'providerFull'],
    [{ status: 302 }, 'hubNonsense'],
  ] as const)('%j is %s', async (reply, code) => {
    const result = await answering(reply).pull('records', null, 10, never)
    expect(result).toMatchObject({ ok: false, failure: { code } })
  })
})
