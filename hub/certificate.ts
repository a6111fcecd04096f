/**
 * The hub's own certificate authority and server certificate, made on first start and kept beside the database with mode
 * 0600. It must never replace a key that is there: laptops pin the server key, and a new one would lock them all out.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  X509Certificate,
  type KeyObject,
} from 'node:crypto'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { writeCertificate } from './x509.ts'

export interface HubCertificate {
  /** PEM, PKCS#8. */
  readonly key: string
  /** PEM: the server certificate, then the authority. */
  readonly chain: string
  /** SHA-256 of the server key's SubjectPublicKeyInfo, base64url without padding: what a pairing code carries. */
  readonly spki: string
}

export interface CertificateRequest {
  readonly folder: string
  /** Host names and addresses the hub is reached by, beside 127.0.0.1, ::1 and localhost. */
  readonly names: readonly string[]
  readonly now: () => number
  readonly random: (bytes: number) => Uint8Array
}

const DAY = 24 * 60 * 60 * 1000
const AUTHORITY_DAYS = 20 * 365
const SERVER_DAYS = 825
const RENEW_DAYS = 400

/** Reads what is there, makes what is missing, and renews the certificate (never its key) when it is old or misses a name. */
export async function openCertificate(request: CertificateRequest): Promise<HubCertificate> {
  const authorityKey = openKey(join(request.folder, 'authority.key.pem'))
  const authority = await openAuthority(request, authorityKey)
  const key = openKey(join(request.folder, 'hub.key.pem'))
  const server = await openServer(request, authorityKey, authority, key)
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'der' })
  return {
    key: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    chain: server + authority,
    spki: createHash('sha256').update(publicKey).digest('base64url'),
  }
}

function openKey(path: string): KeyObject {
  const known = readIfThere(path)
  if (known !== undefined) return createPrivateKey(known)
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  writeWhole(path, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  return privateKey
}

async function openAuthority(request: CertificateRequest, key: KeyObject): Promise<string> {
  const path = join(request.folder, 'authority.pem')
  const known = readIfThere(path)
  if (known !== undefined && serves(known, key, [], request.now())) return known
  const name = `Farfield hub authority ${Buffer.from(request.random(4)).toString('hex')}`
  const pem = await writeCertificate({
    serial: request.random(16),
    subject: name,
    issuer: name,
    publicKey: createPublicKey(key),
    signingKey: key,
    ...validity(request.now(), AUTHORITY_DAYS),
    use: { kind: 'authority' },
  })
  writeWhole(path, pem)
  return pem
}

async function openServer(
  request: CertificateRequest,
  authorityKey: KeyObject,
  authority: string,
  key: KeyObject,
): Promise<string> {
  const path = join(request.folder, 'hub.pem')
  const names = [...new Set(['localhost', '127.0.0.1', '::1', ...request.names.filter(isCertifiable)])]
  const issuer = new X509Certificate(authority)
  const known = readIfThere(path)
  if (known !== undefined && serves(known, key, names, request.now())) {
    if (new X509Certificate(known).verify(issuer.publicKey)) return known
  }
  const pem = await writeCertificate({
    serial: request.random(16),
    subject: 'Farfield hub',
    issuer: issuer.subject.replace(/^CN=/, ''),
    publicKey: createPublicKey(key),
    signingKey: authorityKey,
    ...validity(request.now(), SERVER_DAYS),
    use: { kind: 'server', names },
  })
  writeWhole(path, pem)
  return pem
}

/** Whether a stored certificate belongs to the key, names every host and is good for another while. */
function serves(pem: string, key: KeyObject, names: readonly string[], now: number): boolean {
  const certificate = new X509Certificate(pem)
  const lasts = Date.parse(certificate.validTo) > now + RENEW_DAYS * DAY && Date.parse(certificate.validFrom) <= now
  const named = names.every(name => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)))
  return lasts && named && certificate.checkPrivateKey(key)
}

/** Starts a day early, because laptops' clocks differ. */
function validity(now: number, days: number): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(now - DAY), notAfter: new Date(now + days * DAY) }
}

function isCertifiable(name: string): boolean {
  if (name === '0.0.0.0' || name === '::') return false
  return isIP(name) !== 0 || /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(name)
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** A crash leaves the old file or the new one, never half of one. */
function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true })
  renameSync(`${path}.new`, path)
}
