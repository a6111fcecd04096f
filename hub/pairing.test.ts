import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parsePairingCode, type DevicesResponse, type PairingCode } from '../core/model/protocol.ts'
import { ask, createClient, makeFolder, makeRow, pairClient } from './hub-fixture.suite.ts'
import type { Hub } from './server.ts'
import { onEachStorage } from './storages.suite.ts'

onEachStorage(storage => {
  const folder = makeFolder()
  const lines: string[] = []
  let now = Date.now()
  let hub: Hub

  beforeAll(async () => {
    const limits = { pairings: { burst: 1000, perSecond: 1 } }
    hub = await storage.open(folder.path, { now: () => now, limits, log: { write: line => void lines.push(line) } })
  })
  afterAll(async () => {
    await hub.close()
    folder.remove()
  })

  async function newCode(): Promise<PairingCode> {
    const code = parsePairingCode(await hub.pairingCode())
    if (code === undefined) throw new Error('the hub printed something that is not a pairing code')
    return code
  }

  const device = { id: 'device1', name: 'Field laptop' }

  describe('pairing', () => {
    it('turns a one-time token into a bearer token, the workspace and its hash key', async () => {
      const code = await newCode()
      expect(code).toMatchObject({ host: '127.0.0.1', port: hub.port, spki: hub.spki })
      const answer = await ask(code, '/v1/pair', { body: { token: code.token, device } })
      expect(answer).toMatchObject({ status: 200, body: { workspace: hub.workspace, hubName: 'Test hub' } })
      expect(answer.body).toMatchObject({
        token: expect.stringMatching(/^[\w-]{43}$/) as string,
        hashKey: expect.stringMatching(/^[\w-]{43}$/) as string,
      })
      expect(await hub.listDevices()).toMatchObject([{ device: 'device1', name: 'Field laptop' }])
    })

    it('refuses a used, an expired and an unknown token with the same words', async () => {
      const used = await newCode()
      await ask(used, '/v1/pair', { body: { token: used.token, device } })
      const expired = await newCode()
      now += 15 * 60 * 1000
      for (const token of [used.token, expired.token, 'A'.repeat(22)]) {
        const answer = await ask(used, '/v1/pair', { body: { token, device: { id: 'other', name: 'x' } } })
        expect(answer).toMatchObject({ status: 401, body: { error: 'unauthorized' } })
      }
      expect((await hub.listDevices()).map(known => known.device)).not.toContain('other')
    })

    it('lets a code work until its last moment', async () => {
      const code = await newCode()
      now += 15 * 60 * 1000 - 1
      expect(await ask(code, '/v1/pair', { body: { token: code.token, device } })).toMatchObject({ status: 200 })
    })

    it('gives one code to one device, even when two ask at once', async () => {
      const code = await newCode()
      const answers = await Promise.all(
        ['twin1', 'twin2'].map(id => ask(code, '/v1/pair', { body: { token: code.token, device: { id, name: id } } })),
      )
      expect(answers.map(answer => answer.status).sort()).toEqual([200, 401])
    })

    it.each([
      ['no device', { token: 'A'.repeat(22) }],
      ['a short token', { token: 'A', device }],
      ['an extra key', { token: 'A'.repeat(22), device, admin: true }],
      ['a nameless device', { token: 'A'.repeat(22), device: { id: 'x', name: ' ' } }],
      ['a list', []],
    ])('answers 400 to %s', async (_what, body) => {
      expect(await ask(hub, '/v1/pair', { body })).toMatchObject({ status: 400, body: { error: 'badRequest' } })
    })

    it('pairing again replaces the device’s token; another device and its documents are untouched', async () => {
      const first = await pairClient(hub.pairingCode(), 'again')
      const other = await pairClient(hub.pairingCode())
      await other.pushed([makeRow('shared', 1)])
      const second = await pairClient(hub.pairingCode(), 'again')
      expect((await first.ask('/digest')).status).toBe(401)
      expect((await second.changes('collection=records')).body.documents.map(document => document.id)).toEqual([
        'shared',
      ])
      expect((await other.ask('/digest')).status).toBe(200)
    })

    it('a revoked device is refused at once and may pair again', async () => {
      const client = await pairClient(hub.pairingCode(), 'lost')
      expect(await hub.revokeDevice('lost')).toBe(true)
      expect(await hub.revokeDevice('lost')).toBe(false)
      expect((await client.ask('/digest')).status).toBe(401)
      expect((await client.push([makeRow('late', 1)])).status).toBe(401)
      const again = await pairClient(hub.pairingCode(), 'lost')
      expect((await again.ask('/digest')).status).toBe(200)
    })

    it('tells a device who else may come in and when each was last here, to the minute', async () => {
      const here = await pairClient(hub.pairingCode(), 'here')
      const pairedAt = now
      now += 61_000
      expect((await here.ask('/digest')).status).toBe(200)
      await expect
        .poll(async () => (await here.ask<DevicesResponse>('/devices')).body.devices.find(({ id }) => id === 'here'))
        .toEqual({ id: 'here', name: 'Laptop here', pairedAt, seenAt: now })
      now += 59_000
      const { body } = await here.ask<DevicesResponse>('/devices')
      expect(body.own).toBe('here')
      expect(body.devices.find(({ id }) => id === 'here')?.seenAt).toBe(now - 59_000)
    })

    it('lets a device take another one’s token back, and its own; documents stay', async () => {
      const here = await pairClient(hub.pairingCode(), 'stays')
      const gone = await pairClient(hub.pairingCode(), 'gone')
      await gone.pushed([makeRow('of-gone', 1)])
      expect(await here.ask('/devices/gone', { method: 'DELETE' })).toMatchObject({ status: 200, body: { ok: true } })
      expect((await gone.ask('/digest')).status).toBe(401)
      expect(await here.ask('/devices/gone', { method: 'DELETE' })).toMatchObject({ status: 404 })
      expect(await here.ask('/devices/%20', { method: 'DELETE' })).toMatchObject({ status: 400 })
      const { documents } = (await here.changes('collection=records')).body
      expect(documents.map(({ id }) => id)).toContain('of-gone')
      expect(await here.ask('/device', { method: 'DELETE' })).toMatchObject({ status: 200, body: { ok: true } })
      expect((await here.ask('/device', { method: 'DELETE' })).status).toBe(401)
      expect((await hub.listDevices()).map(({ device: id }) => id)).not.toContain('stays')
    })

    it('keeps and logs no usable token and no body, and only its user can read the folder', async () => {
      const code = await newCode()
      const { body } = await ask<{ token: string }>(code, '/v1/pair', { body: { token: code.token, device } })
      const client = createClient(hub, { workspace: hub.workspace, token: body.token, hashKey: '', hubName: '' })
      await client.pushed([makeRow('secret', { text: 'body-marker' })])
      await client.ask('/push', { body: '{"broken' })
      const stored = Buffer.from(await storage.read(folder.path))
      const files = readdirSync(folder.path, { recursive: true, encoding: 'utf8' }).map(name => join(folder.path, name))
      expect(stored.includes('body-marker')).toBe(true) // so the search below would find something
      expect(stored.includes(body.token) || stored.includes(code.token)).toBe(false)
      const logged = lines.join('')
      expect(logged).toContain('/v1/ws/:ws/push')
      for (const secret of [body.token, code.token, 'body-marker', '{\\"broken']) expect(logged).not.toContain(secret)
      expect(files.map(file => statSync(file).mode & 0o077)).toEqual(files.map(() => 0))
    })
  })
})
