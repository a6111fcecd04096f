import { randomBytes, X509Certificate } from 'node:crypto'
import { readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openCertificate } from './certificate.ts'
import { makeFolder, openTestHub, spkiOf } from './hub-fixture.suite.ts'

const DAY = 24 * 60 * 60 * 1000
let folder: ReturnType<typeof makeFolder>
beforeEach(() => {
  folder = makeFolder()
})
afterEach(() => folder.remove())

async function open(now = Date.now(), names: readonly string[] = []) {
  const certificate = await openCertificate({ folder: folder.path, names, now: () => now, random: randomBytes })
  const [server = '', authority = ''] = certificate.chain.split(/(?<=-----END CERTIFICATE-----\n)/)
  return { ...certificate, server: new X509Certificate(server), authority: new X509Certificate(authority) }
}

describe('the hub’s certificate', () => {
  it('is a P-256 certificate for this machine’s names, signed by its own authority', async () => {
    const { server, authority, spki } = await open(Date.now(), [
      'hub.example.org',
      '192.0.2.7',
      '2001:db8::7',
      '0.0.0.0',
      'bad name',
    ])
    expect(server.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' })
    for (const name of ['localhost', 'hub.example.org']) expect(server.checkHost(name)).toBe(name)
    for (const ip of ['127.0.0.1', '::1', '192.0.2.7', '2001:db8::7']) expect(server.checkIP(ip)).toBe(ip)
    expect([server.ca, authority.ca]).toEqual([false, true])
    expect(server.checkIssued(authority) && server.verify(authority.publicKey)).toBe(true)
    expect(authority.verify(authority.publicKey)).toBe(true)
    expect(spkiOf(server.raw)).toBe(spki)
  })

  it('is accepted by a client that trusts the authority and checks the name', async () => {
    const hub = await openTestHub(folder.path)
    const ca = readFileSync(join(folder.path, 'authority.pem'))
    for (const host of ['127.0.0.1', 'localhost']) {
      const name = host === 'localhost' ? { servername: host } : {}
      const socket = connect({ host: '127.0.0.1', port: hub.port, ca, ...name })
      await new Promise<void>((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
      expect([socket.authorized, socket.getProtocol()]).toEqual([true, 'TLSv1.3'])
      socket.destroy()
    }
    await hub.close()
  })

  it('is the same after a restart, with every file for its user only', async () => {
    const first = await open()
    expect((await open()).chain).toBe(first.chain)
    for (const name of ['authority.key.pem', 'authority.pem', 'hub.key.pem', 'hub.pem']) {
      expect(statSync(join(folder.path, name)).mode & 0o777).toBe(0o600)
    }
  })

  it('is renewed before it ends, and for a new name, with the same key', async () => {
    const first = await open()
    const later = await open(Date.now() + 500 * DAY)
    expect(Date.parse(later.server.validTo)).toBeGreaterThan(Date.parse(first.server.validTo))
    const named = await open(Date.now() + 500 * DAY, ['new.example.org'])
    expect(named.server.checkHost('new.example.org')).toBe('new.example.org')
    expect([later.spki, named.spki]).toEqual([first.spki, first.spki])
    expect(named.server.verify(named.authority.publicKey)).toBe(true)
  })

  it('keeps the pinned key when its certificates are lost, and outlives its authority', async () => {
    const first = await open()
    for (const name of ['authority.key.pem', 'authority.pem', 'hub.pem']) unlinkSync(join(folder.path, name))
    const again = await open()
    expect(again.spki).toBe(first.spki)
    expect(again.server.verify(again.authority.publicKey)).toBe(true)
    const old = await open(Date.now() + 40 * 365 * DAY) // past 2049, where the date's form changes
    expect(new Date(old.server.validTo).getUTCFullYear()).toBeGreaterThan(2060)
    expect(old.spki).toBe(first.spki)
  })

  it('never replaces a key that it cannot read', async () => {
    await open()
    writeFileSync(join(folder.path, 'hub.key.pem'), 'damaged')
    await expect(open()).rejects.toThrow()
    expect(readFileSync(join(folder.path, 'hub.key.pem'), 'utf8')).toBe('damaged')
  })
})
