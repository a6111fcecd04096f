/** Blobs of a hub that runs as a process of its own: killed between any two bytes, and on a disk that fills up. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { request } from 'node:https'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parsePairingCode } from '../core/model/protocol.ts'
import { createClient, makeFolder, makeRow, pairClient, requestOptions, type Client } from './hub-fixture.suite.ts'

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

/** Resolves to the pairing code once it listens. `on`: the command to run it by. */
function start(port: number, on: readonly string[] = []): Promise<{ child: ChildProcess; code: string }> {
  const args = ['--import', 'tsx', MAIN, 'run', '--host', '127.0.0.1', '--port', String(port), '--data', folder.path]
  const [command = '', ...rest] = [...on, process.execPath, ...args]
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  return new Promise((resolve, reject) => {
    let text = ''
    child.stdout?.on('data', chunk => {
      text += String(chunk)
      const code = /^ {2}(FARFIELD1\.\S+)$/m.exec(text)?.[1]
      if (code !== undefined) resolve({ child, code })
    })
    child.once('close', () => reject(new Error(`the hub ended: ${text}`)))
  })
}
const headersOf = (offset: number, length: number) => ({
  'content-type': 'application/octet-stream',
  'upload-offset': offset,
  'upload-length': length,
})
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('blobs of a hub as a process', { timeout: 60_000 }, () => {
  it('kill -9 in the middle of an upload keeps what had come, and what was whole stays whole', async () => {
    let hub = await start(0)
    const { port, spki } = parsePairingCode(hub.code) ?? { port: 0, spki: '' }
    const { paired } = await pairClient(hub.code)
    const client = createClient({ port, spki }, paired)
    const done = randomBytes(300_000)
    await client.ask(`/blob/${hashOf(done)}`, { method: 'PUT', headers: headersOf(0, done.length), body: done })
    const bytes = randomBytes(3_000_000)
    const path = `/v1/ws/${paired.workspace}/blob/${hashOf(bytes)}`
    const offsetNow = async (through: Client) => {
      const { status, headers } = await through.ask(`/blob/${hashOf(bytes)}`, { method: 'HEAD' })
      return status === 200 ? bytes.length : Number(headers['upload-offset'])
    }
    let offset = 0
    for (let round = 0; round < 3; round += 1) {
      const headers = { ...headersOf(offset, bytes.length), 'content-length': bytes.length - offset }
      const up = request(
        requestOptions({ port, spki }, path, { method: 'PUT', token: paired.token, headers }),
        response => response.resume(),
      )
      const broken = new Promise(resolve => up.once('close', resolve))
      up.on('error', () => undefined)
      up.write(bytes.subarray(offset, offset + 700_000))
      await new Promise(resolve => setTimeout(resolve, 150))
      hub.child.kill('SIGKILL')
      await broken
      hub = await start(port)
      const now = await offsetNow(createClient({ port, spki }, paired))
      expect(now).toBeGreaterThan(offset)
      expect(now).toBeLessThanOrEqual(offset + 700_000)
      offset = now
    }
    const again = createClient({ port, spki }, paired)
    const rest = { method: 'PUT', headers: headersOf(offset, bytes.length), body: bytes.subarray(offset) }
    expect((await again.ask(`/blob/${hashOf(bytes)}`, rest)).status).toBe(201)
    expect((await again.ask('/blobs', { body: { hashes: [hashOf(done), hashOf(bytes)] } })).body).toMatchObject({
      missing: [],
    })
  })

  it.runIf(process.platform === 'linux')(
    'a disk that fills up is left to the database: files are refused in time',
    async () => {
      const mount = ['unshare', '--map-root-user', '--mount', 'bash', '-c']
      const command = `mount -t tmpfs -o size=260m tmpfs "${folder.path}" && exec "$@"`
      const hub = await start(0, [...mount, command, 'hub'])
      const client = await pairClient(hub.code)
      const put = (bytes: Uint8Array, length: number) =>
        client.ask(`/blob/${hashOf(bytes)}`, { method: 'PUT', headers: headersOf(0, length), body: bytes })
      expect((await put(Buffer.alloc(100_000), 100_000)).status).toBe(201)
      expect(await put(Buffer.alloc(10), 8_000_000)).toMatchObject({ status: 507, body: { error: 'full' } })
      const [answer] = await client.pushed([makeRow('a', 'x'.repeat(1_000_000))])
      expect(answer).toMatchObject({ result: 'ok' })
      expect((await put(randomBytes(100_000), 100_000)).status).toBe(201)
    },
  )
})
