import { spawn, type ChildProcess } from 'node:child_process'
import { copyFileSync, readdirSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parsePairingCode } from '../core/model/protocol.ts'
import { readFlags } from './flags.ts'
import { openCluster } from './postgres-cluster.suite.ts'
import { createClient, makeFolder, makeRow, pairClient, type Client } from './hub-fixture.suite.ts'

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))

let folder: ReturnType<typeof makeFolder>
const children: ChildProcess[] = []
beforeEach(() => {
  folder = makeFolder()
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  folder.remove()
})

interface Running {
  readonly child: ChildProcess
  readonly code: string
  readonly ended: Promise<number | null>
  output(): string
}

/** Set by a test whose hubs use PostgreSQL. */
let databaseUrl = ''

function start(...words: string[]): Running['child'] {
  const args = ['--import', 'tsx', MAIN, ...words, '--data', folder.path]
  const env = { ...process.env, HUB_DATABASE_URL: databaseUrl }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  children.push(child)
  return child
}

/** Starts a hub and waits for the pairing code it prints. */
async function startHub(port = 0): Promise<Running> {
  const child = start('run', '--host', '127.0.0.1', '--port', String(port), '--name', 'Child hub')
  let text = ''
  const ended = new Promise<number | null>(resolve => child.once('close', code => resolve(code)))
  const code = await new Promise<string>((resolve, reject) => {
    const hear = (chunk: unknown) => {
      text += String(chunk)
      const found = /^ {2}(FARFIELD1\.\S+)$/m.exec(text)?.[1]
      if (found !== undefined) resolve(found)
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    void ended.then(() => reject(new Error(`the hub ended: ${text}`)))
  })
  return { child, code, ended, output: () => text }
}

async function run(...words: string[]): Promise<{ code: number | null; text: string }> {
  const child = start(...words)
  let text = ''
  child.stdout?.on('data', chunk => (text += String(chunk)))
  child.stderr?.on('data', chunk => (text += String(chunk)))
  return { code: await new Promise(resolve => child.once('close', resolve)), text }
}

const portOf = (code: string) => parsePairingCode(code)?.port ?? 0

async function storedIds(client: Client): Promise<string[]> {
  const { body } = await client.changes('collection=records&limit=1000')
  expect(body.more).toBe(false)
  return body.documents.map(document => document.id)
}

describe('the hub as a process', { timeout: 60_000 }, () => {
  it('kill -9 while pushing loses no acknowledged write, and a restart keeps certificate, devices and epoch', async () => {
    let hub = await startHub()
    const port = portOf(hub.code)
    const first = await pairClient(hub.code)
    const spki = parsePairingCode(hub.code)?.spki
    const acknowledged: string[] = []
    let epoch: string | undefined
    for (let round = 0; round < 3; round += 1) {
      const wanted = acknowledged.length + 25
      const client = createClient({ port, spki: spki ?? '' }, first.paired)
      for (let index = 0; hub.child.exitCode === null; index += 1) {
        const rows = [0, 1, 2].map(part => makeRow(`r${round}-${index}-${part}`, { index, text: 'x'.repeat(500) }))
        const answer = await client.push(rows).catch(() => undefined)
        if (answer === undefined) break
        acknowledged.push(...answer.body.answers.filter(row => row.result === 'ok').map(row => row.id))
        // Not awaited: the next pushes are under way when it dies.
        if (acknowledged.length >= wanted) hub.child.kill('SIGKILL')
      }
      await hub.ended
      hub = await startHub(port)
      expect(parsePairingCode(hub.code)?.spki).toBe(spki)
      const again = createClient({ port, spki: spki ?? '' }, first.paired)
      const ids = await storedIds(again)
      expect(acknowledged.filter(id => !ids.includes(id))).toEqual([])
      const digest = await again.digest()
      expect(digest.digests.records.count).toBe(ids.length)
      expect(digest.epoch).toBe((epoch ??= digest.epoch))
    }
    expect(acknowledged.length).toBeGreaterThanOrEqual(75)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('stops on %s with code 0 and leaves one whole file', async signal => {
    const hub = await startHub()
    const client = await pairClient(hub.code)
    await client.pushed([makeRow('kept', 1)])
    hub.child.kill(signal)
    expect(await hub.ended).toBe(0)
    expect(readdirSync(folder.path).filter(name => name.startsWith('hub.sqlite'))).toEqual(['hub.sqlite'])
  })

  it('pairs, lists and revokes from a second command while it runs; its log lines are JSON', async () => {
    const hub = await startHub()
    const { text } = await run('pair')
    const printed = /FARFIELD1\.\S+/.exec(text)?.[0] ?? ''
    const client = await pairClient(printed, 'second')
    expect((await run('devices')).text).toMatch(/^second {2}\S+ {2}Laptop seco$/m)
    expect(await run('revoke', 'second')).toMatchObject({ code: 0 })
    expect((await client.ask('/digest')).status).toBe(401)
    expect(await run('revoke', 'second')).toMatchObject({ code: 1 })
    const lines = hub
      .output()
      .split('\n')
      .filter(line => line.startsWith('{'))
    expect(lines.map(line => (JSON.parse(line) as { route?: string }).route)).toContain('/v1/pair')
  })

  it('P5: a backup made while it runs can be restored, and every device then starts again from 0', async () => {
    const hub = await startHub()
    const client = await pairClient(hub.code)
    await client.pushed([makeRow('before', 1)])
    const backup = join(folder.path, 'backup.sqlite')
    expect(await run('backup', backup)).toMatchObject({ code: 0 })
    expect(await run('backup', backup)).toMatchObject({ code: 1 }) // never replaces one
    await client.pushed([makeRow('after', 1)])
    const { epoch, seq } = (await client.changes('collection=records')).body.checkpoint
    hub.child.kill('SIGTERM')
    await hub.ended
    renameSync(backup, join(folder.path, 'hub.sqlite'))
    const restored = await startHub()
    const again = createClient(
      { port: portOf(restored.code), spki: parsePairingCode(restored.code)?.spki ?? '' },
      client.paired,
    )
    // Someone has already taken the number this device stands at.
    await again.pushed([makeRow('taken', 1)])
    const { body } = await again.changes(`collection=records&epoch=${epoch}&since=${seq}`)
    expect(body.documents.map(document => document.id)).toEqual(['before', 'taken'])
    expect(body.checkpoint.epoch).not.toBe(epoch)
  })

  it('keeps its documents in PostgreSQL when it is told to: kill -9, second commands, a new epoch on demand', async () => {
    const cluster = await openCluster()
    try {
      databaseUrl = cluster.url(await cluster.makeDatabase())
      const hub = await startHub()
      const client = await pairClient(hub.code)
      await client.pushed([makeRow('kept', 1)])
      const { epoch } = await client.digest()
      hub.child.kill('SIGKILL')
      await hub.ended
      expect(await run('backup', join(folder.path, 'b'))).toMatchObject({
        code: 1,
        text: expect.stringMatching(/pg_dump/) as string,
      })
      expect(await run('new-epoch')).toMatchObject({ code: 0 })
      const again = await startHub(portOf(hub.code))
      expect(await storedIds(client)).toEqual(['kept'])
      expect((await client.digest()).epoch).not.toBe(epoch)
      expect((await run('devices')).text).toContain(`Laptop`)
      expect(readdirSync(folder.path).filter(name => name.startsWith('hub.sqlite'))).toEqual([])
      again.child.kill('SIGTERM')
      expect(await again.ended).toBe(0)
    } finally {
      databaseUrl = ''
      await cluster.close()
    }
  })

  it('says in one sentence what is wrong, and makes nothing', async () => {
    expect(await run('--port', 'many')).toMatchObject({
      code: 2,
      text: expect.stringMatching(/^--port takes/) as string,
    })
    expect(await run('devices')).toMatchObject({ code: 1 })
    copyFileSync(MAIN, join(folder.path, 'hub.sqlite'))
    expect(await run()).toMatchObject({ code: 1, text: expect.stringMatching(/not a database/) as string })
  })
})

describe('flags', () => {
  it('come from the command line first, then from the environment', () => {
    const environment = { FARFIELD_HUB_PORT: '1', FARFIELD_HUB_NAME: 'Env', FARFIELD_HUB_MAX_MEGABYTES: '2' }
    expect(readFlags(['--port', '9', '--data', '/d'], environment).flags).toMatchObject({
      command: 'run',
      port: 9,
      name: 'Env',
      dataFolder: '/d',
      host: '127.0.0.1',
      advertise: '127.0.0.1',
      maxBytes: 2 * 1024 * 1024,
    })
  })

  it.each([
    ['--what'],
    ['dance'],
    ['revoke'],
    ['pair', 'x'],
    ['backup'],
    ['--port', '65536'],
    ['--advertise', 'a b'],
    ['--max-megabytes', '0'],
  ])('are refused with a reason: %s %s', (...words) => {
    const { flags, problem } = readFlags(words, {})
    expect(flags).toBe(undefined)
    expect(problem).toMatch(/\w/)
  })
})
