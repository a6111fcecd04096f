import { generateKeyPairSync } from 'node:crypto'
import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ChangesResponse } from '../../core/model/protocol.ts'
import { ask, createClient, makeFolder, makeRow, openTestHub, pairClient, type Client } from '../hub-fixture.suite.ts'
import { openCluster, type Cluster } from '../postgres-cluster.suite.ts'
import type { Hub, HubOptions } from '../server.ts'
import { writeCertificate } from '../x509.ts'

const folder = makeFolder()
const lines: string[] = []
let cluster: Cluster
const hubs: Hub[] = []

beforeAll(async () => {
  cluster = await openCluster()
})
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.close()
})
afterAll(async () => {
  await cluster.close()
  folder.remove()
})

async function open(database: string, options: Partial<HubOptions> = {}): Promise<Hub> {
  const log = { write: (line: string) => void lines.push(line) }
  const hub = await openTestHub(folder.path, { databaseUrl: cluster.url(database), log, ...options })
  hubs.push(hub)
  return hub
}

/** Two hub processes' worth of hub on one database, and a laptop at each. */
async function openTwo(): Promise<{ database: string; one: Hub; other: Hub; here: Client; there: Client }> {
  const database = await cluster.makeDatabase()
  const [one, other] = await Promise.all([open(database), open(database)])
  return {
    database,
    one,
    other,
    here: await pairClient(one.pairingCode()),
    there: await pairClient(other.pairingCode()),
  }
}

async function nextTick(stream: Awaited<ReturnType<Client['stream']>>): Promise<void> {
  for (;;) if ((await stream.next())?.startsWith('event: tick') === true) return
}

async function readAll(client: Client): Promise<ChangesResponse['documents']> {
  const documents: ChangesResponse['documents'][number][] = []
  let query = 'collection=records&limit=1000'
  for (;;) {
    const { body } = await client.changes(query)
    documents.push(...body.documents)
    if (!body.more) return documents
    query = `collection=records&limit=1000&epoch=${body.checkpoint.epoch}&since=${body.checkpoint.seq}`
  }
}

describe('several hubs on one database', () => {
  it('are one hub: the same workspace, key, documents and devices', async () => {
    const { one, other, here, there } = await openTwo()
    expect([other.workspace, other.spki]).toEqual([one.workspace, one.spki])
    expect(there.paired.hashKey).toBe(here.paired.hashKey)
    const [row] = [makeRow('shared', 1)]
    expect(await here.pushed([row])).toMatchObject([{ result: 'ok' }])
    expect(await there.pushed([row])).toMatchObject([{ result: 'dup' }])
    expect(await there.pushed([makeRow('shared', 2)])).toMatchObject([{ result: 'conflict', current: { body: 1 } }])
    expect(await there.digest()).toEqual(await here.digest())
    expect((await createClient(other, here.paired).changes('collection=records')).status).toBe(200)
  })

  it('P1: a commit at one ticks at the other, also after the connection that listens was cut', async () => {
    const { database, here, there } = await openTwo()
    const stream = await there.stream()
    await nextTick(stream)
    await here.pushed([makeRow('first', 1)])
    await nextTick(stream)
    await cluster.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database}' AND query LIKE 'LISTEN%'`,
    )
    // Back again, everybody is told once: a notice may have been missed.
    await nextTick(stream)
    await expect.poll(async () => (await here.push([makeRow('second', 1)])).status).toBe(200)
    await nextTick(stream)
    stream.close()
  })

  it('a pairing code works once, whichever hub it is shown to, and a revoked device is refused at every hub', async () => {
    const { one, other } = await openTwo()
    const code = await one.pairingCode()
    const token = (await pairClient(code, 'first')).paired.token
    await expect(pairClient(code, 'second')).rejects.toThrow('401')
    const path = `/v1/ws/${other.workspace}/digest`
    expect((await ask(other, path, { token })).status).toBe(200)
    await one.revokeDevice('first')
    expect((await ask(other, path, { token })).status).toBe(401)
  })

  it('P2 P4: numbers are given in commit order, so a reader that follows two busy hubs misses nothing', async () => {
    const { here, there } = await openTwo()
    const writers = 8
    const pushes = 12
    let writing = true
    const seen = new Set<string>()
    const follow = async (): Promise<void> => {
      let at = ''
      for (let last = false; ;) {
        const { body } = await there.changes(`collection=records&limit=50${at}`)
        for (const { id } of body.documents) seen.add(id)
        at = `&epoch=${body.checkpoint.epoch}&since=${body.checkpoint.seq}`
        if (last && !body.more) return
        last = !writing
      }
    }
    const following = follow()
    const write = async (writer: number): Promise<void> => {
      for (let index = 0; index < pushes; index += 1) {
        const rows = [0, 1, 2].map(part => makeRow(`${writer}-${index}-${part}`, 'x'.repeat(writer * 100)))
        await (writer % 2 === 0 ? here : there).pushed([...rows, makeRow('contested', `${writer} ${index}`)])
      }
    }
    await Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)))
    writing = false
    await following
    expect(seen.size).toBe(writers * pushes * 3 + 1)
    expect((await here.digest()).digests.records.count).toBe(seen.size)
  })
})

describe('a database on a bad day', () => {
  it('that is away is answered 503 with Retry-After, and the hub goes on by itself when it is back', async () => {
    const database = await cluster.makeDatabase()
    const hub = await open(database)
    const client = await pairClient(hub.pairingCode())
    const stream = await client.stream()
    await nextTick(stream)
    await client.pushed([makeRow('before', 1)])
    await cluster.stop()
    const away = { status: 503, body: { error: 'unavailable' }, headers: { 'retry-after': '1' } }
    await expect.poll(() => client.ask('/digest')).toMatchObject(away)
    expect(await client.push([makeRow('during', 1)])).toMatchObject(away)
    expect(await client.changes('collection=records')).toMatchObject(away)
    const guess = { token: 'A'.repeat(22), device: { id: 'x', name: 'x' } }
    expect(await ask(hub, '/v1/pair', { body: guess })).toMatchObject(away)
    await expect(hub.pairingCode()).rejects.toThrow('the database is away')
    expect((await ask(hub, '/v1/health')).status).toBe(200)
    await cluster.start()
    await expect.poll(async () => (await client.ask('/digest')).status, { timeout: 10_000 }).toBe(200)
    await nextTick(stream)
    expect(await client.pushed([makeRow('during', 1)])).toMatchObject([{ result: 'ok' }])
    expect((await readAll(client)).map(({ id }) => id)).toEqual(['before', 'during'])
    stream.close()
  })

  it('that crashes while pushes are on their way has kept every one that was acknowledged', async () => {
    const client = await pairClient((await open(await cluster.makeDatabase())).pairingCode())
    const acknowledged: string[] = []
    let crash: Promise<void> | undefined
    const writer = async (name: string): Promise<void> => {
      for (let index = 0; ; index += 1) {
        const { status, body } = await client.push([makeRow(`${name}-${index}`, 'x'.repeat(500))])
        if (status !== 200) return
        acknowledged.push(...body.answers.map(({ id }) => id))
        if (acknowledged.length >= 60) crash ??= cluster.stop('crash')
      }
    }
    await Promise.all(['a', 'b', 'c'].map(writer))
    await crash
    await cluster.start()
    await expect.poll(async () => (await client.ask('/digest')).status, { timeout: 10_000 }).toBe(200)
    const kept = new Set((await readAll(client)).map(({ id }) => id))
    expect(acknowledged.filter(id => !kept.has(id))).toEqual([])
    expect((await client.digest()).digests.records.count).toBe(kept.size)
  })

  it('that somebody else locks is answered 503; one that may not grow 507, and it is read on', async () => {
    const database = await cluster.makeDatabase()
    const client = await pairClient((await open(database)).pairingCode())
    const busy = cluster.query('BEGIN; SELECT FROM farfield.workspace FOR UPDATE; SELECT pg_sleep(3)', database)
    await expect.poll(async () => (await client.push([makeRow('a', 1)])).status).toBe(503)
    expect((await client.changes('collection=records')).status).toBe(200)
    await busy
    expect(await client.pushed([makeRow('a', 1)])).toMatchObject([{ id: 'a' }])
    const small = createClient(await open(database, { maxBytes: 1_000_000 }), client.paired)
    expect(await small.push([makeRow('b', 1)])).toMatchObject({ status: 507, body: { error: 'full' } })
    expect((await readAll(small)).map(({ id }) => id)).toEqual(['a'])
  })
})

describe('P5: a database that was restored', () => {
  it('with pg_dump and pg_restore has another epoch at once, and so has one brought back under a running hub', async () => {
    const database = await cluster.makeDatabase()
    const hub = await open(database)
    const client = await pairClient(hub.pairingCode())
    await client.pushed([makeRow('before', 1)])
    const { epoch } = await client.digest()
    const file = join(cluster.folder, 'dump')
    await cluster.run('pg_dump', '-Fc', '-f', file, database)
    await client.pushed([makeRow('after', 1)])
    const other = await cluster.makeDatabase()
    await cluster.run('pg_restore', '-d', other, file)
    const restored = createClient(await open(other), client.paired)
    expect((await restored.digest()).epoch).not.toBe(epoch)
    expect((await readAll(restored)).map(({ id }) => id)).toEqual(['before'])
    // Under a hub that runs: its connections are cut, the old database goes, the copy takes its name.
    await hubs.pop()?.close()
    await cluster.query(`DROP DATABASE ${database} WITH (FORCE)`)
    await cluster.query(`ALTER DATABASE ${other} RENAME TO ${database}`)
    await expect.poll(async () => (await client.ask('/digest')).status, { timeout: 10_000 }).toBe(200)
    expect((await client.digest()).epoch).not.toBe(epoch)
    expect((await readAll(client)).map(({ id }) => id)).toEqual(['before'])
  })

  it('keeps its epoch over restarts of hub and server', async () => {
    const database = await cluster.makeDatabase()
    const client = await pairClient((await open(database)).pairingCode())
    const { epoch } = await client.digest()
    await hubs.pop()?.close()
    await cluster.stop('crash')
    await cluster.start()
    expect((await createClient(await open(database), client.paired).digest()).epoch).toBe(epoch)
  })
})

describe('a hub that cannot have its database says so in one sentence, without the password', () => {
  const SECRET = 'p4ssw0rd'
  const refused = async (databaseUrl: string): Promise<string> => {
    const error: unknown = await openTestHub(folder.path, { databaseUrl }).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(Error)
    expect(String(error)).not.toContain(SECRET)
    expect(String(error instanceof Error ? error.stack : '')).not.toContain(SECRET)
    return String(error)
  }

  it('when nobody answers, or the database, the user or the address is wrong', async () => {
    const at = `127.0.0.1:${cluster.port}`
    expect(await refused(`postgresql://u:${SECRET}@127.0.0.1:1/hub`)).toMatch(/127\.0\.0\.1:1.*cannot be reached/)
    expect(await refused(`postgresql://postgres:${SECRET}@${at}/nowhere`)).toMatch(/"nowhere" does not exist/)
    expect(await refused(`postgresql://nobody-here:${SECRET}@${at}/postgres`)).toMatch(/refuses this user/)
    expect(await refused(`postgres//u:${SECRET}@x:y/z`)).toMatch(/HUB_DATABASE_URL is not like/)
    const file = `postgresql://u:${SECRET}@${at}/postgres?sslmode=verify-full&sslrootcert=/nowhere/root.pem`
    expect(await refused(file)).toMatch(/cannot be read: \/nowhere\/root\.pem/)
  })

  it('when the database was made by a later program', async () => {
    const database = await cluster.makeDatabase()
    await open(database)
    await cluster.query('INSERT INTO farfield.step VALUES (99)', database)
    expect(await refused(cluster.url(database))).toMatch(/version 99/)
  })

  it('when TLS is wanted and cannot be trusted; with the right authority it is used', async () => {
    const { authority } = await makeServerCertificate(cluster.folder)
    await cluster.query("ALTER SYSTEM SET ssl = 'on'")
    await cluster.query(`ALTER SYSTEM SET ssl_cert_file = '${join(cluster.folder, 'server.pem')}'`)
    await cluster.query(`ALTER SYSTEM SET ssl_key_file = '${join(cluster.folder, 'server.key')}'`)
    await cluster.stop()
    await cluster.start()
    const database = await cluster.makeDatabase()
    const url = `postgresql://postgres:${SECRET}@127.0.0.1:${cluster.port}/${database}?sslmode=`
    expect(await refused(`${url}verify-full`)).toMatch(/certificate that is not trusted/)
    expect(await refused(`${url}no-verify`)).toMatch(/would trust any server/)
    const client = await pairClient(
      (await open(database, { databaseUrl: `${url}verify-full&sslrootcert=${authority}` })).pairingCode(),
    )
    expect((await client.ask('/digest')).status).toBe(200)
    const used = await cluster.query<{ ssl: boolean }>(
      `SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE datname = '${database}'`,
    )
    expect(used.length).toBeGreaterThan(1)
    expect(used.every(({ ssl }) => ssl)).toBe(true)
    expect(lines.join('')).not.toContain(SECRET)
  })
})

/** Signed by an authority of its own, for 127.0.0.1, readable by the server's user only. */
async function makeServerCertificate(target: string): Promise<{ authority: string }> {
  const [root, server] = [0, 1].map(() => generateKeyPairSync('ec', { namedCurve: 'P-256' }))
  if (root === undefined || server === undefined) throw new Error('no keys')
  const validity = { notBefore: new Date(Date.now() - 86_400_000), notAfter: new Date(Date.now() + 86_400_000) }
  const shared = { issuer: 'Test root', signingKey: root.privateKey, ...validity }
  const authority = join(target, 'root.pem')
  const put = (name: string, text: string): void => {
    const path = join(target, name)
    writeFileSync(path, text)
    chmodSync(path, 0o600)
    const { uid, gid } = statSync(target)
    chownSync(path, uid, gid)
  }
  put(
    'root.pem',
    await writeCertificate({
      ...shared,
      serial: Buffer.from('01', 'hex'),
      subject: 'Test root',
      publicKey: root.publicKey,
      use: { kind: 'authority' },
    }),
  )
  put(
    'server.pem',
    await writeCertificate({
      ...shared,
      serial: Buffer.from('02', 'hex'),
      subject: 'Test server',
      publicKey: server.publicKey,
      use: { kind: 'server', names: ['127.0.0.1'] },
    }),
  )
  put('server.key', server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  return { authority }
}
