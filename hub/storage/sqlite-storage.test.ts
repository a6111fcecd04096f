import Database from 'better-sqlite3-multiple-ciphers'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeFolder, makeRow, nativeBinding, openTestHub, pairClient } from '../hub-fixture.suite.ts'
import type { Hub, HubOptions } from '../server.ts'
import { openSqliteFile } from './sqlite-schema.ts'
import { openSqliteStorage } from './sqlite-storage.ts'
import { done } from './storage.ts'

let folder: ReturnType<typeof makeFolder>
const hubs: Hub[] = []
beforeEach(() => {
  folder = makeFolder()
})
afterEach(async () => {
  for (const hub of hubs.splice(0)) await hub.close()
  folder.remove()
})

async function open(options: Partial<HubOptions> = {}): Promise<Hub> {
  const hub = await openTestHub(folder.path, options)
  hubs.push(hub)
  return hub
}
const path = () => join(folder.path, 'hub.sqlite')

describe('a SQLite file on a bad day', () => {
  it('answers 507 when the database may not grow, keeps nothing of the push, and goes on reading', async () => {
    const device = await pairClient((await open({ maxBytes: 400_000 })).pairingCode())
    await device.pushed([makeRow('kept', 1)])
    const big = [makeRow('first', 1), makeRow('second', 'x'.repeat(1_000_000))]
    expect(await device.push(big)).toMatchObject({ status: 507, body: { error: 'full' } })
    expect((await device.changes('collection=records')).body.documents.map(document => document.id)).toEqual(['kept'])
    expect(await device.pushed([makeRow('still', 1)])).toMatchObject([{ result: 'ok' }])
  })

  it('answers 503 with Retry-After while another process holds the write lock, reads on, and loses nothing', async () => {
    const client = await pairClient((await open()).pairingCode())
    const held = openSqliteFile({ path: path(), nativeBinding, mustExist: true })
    held.exec('BEGIN IMMEDIATE')
    const row = makeRow('patient', 1)
    const answer = await client.push([row])
    expect(answer).toMatchObject({ status: 503, body: { error: 'unavailable' }, headers: { 'retry-after': '1' } })
    expect((await client.changes('collection=records')).status).toBe(200)
    held.exec('ROLLBACK')
    held.close()
    expect(await client.pushed([row])).toMatchObject([{ result: 'ok' }])
  })
})

describe('the numbered steps of a SQLite file', () => {
  it('bring a file of the first version up to date with everything in it', async () => {
    const storage = openSqliteStorage({ path: path(), nativeBinding, random: randomBytes })
    const tokenHash = randomBytes(32)
    const invite = { workspace: storage.workspace, tokenHash: randomBytes(32), expiresAt: 9 }
    done(await storage.addInvite(invite))
    const acceptance = { inviteHash: invite.tokenHash, tokenHash, device: 'd', name: 'Field laptop', now: 5 }
    done(await storage.acceptInvite(acceptance))
    await storage.close()
    const old = openSqliteFile({ path: path(), nativeBinding })
    old.exec('ALTER TABLE device DROP COLUMN seenAt')
    old.pragma('user_version = 1')
    old.close()
    const again = openSqliteStorage({ path: path(), nativeBinding, random: randomBytes })
    expect(done(await again.listDevices())).toEqual([
      { workspace: again.workspace, device: 'd', name: 'Field laptop', pairedAt: 5, seenAt: 5 },
    ])
    await again.close()
  })

  it('are not tried on a file of a later program', () => {
    const options = nativeBinding === undefined ? {} : { nativeBinding }
    const file = new Database(path(), options)
    file.pragma('user_version = 99')
    file.close()
    expect(() => openSqliteFile({ path: path(), nativeBinding })).toThrow(/version 99/)
  })
})
