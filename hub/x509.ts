/**
 * The two X.509 v3 certificates a hub needs (P-256, ECDSA-SHA256), written by @peculiar/x509. Pure but for the library: it
 * makes PEM text from what it is given and must never touch the disk or choose its own time or serial number.
 */
import 'reflect-metadata' // the library's dependency container needs it before its first line
import { type KeyObject, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

export interface CertificateContent {
  /** 16 random bytes. */
  readonly serial: Uint8Array
  readonly subject: string
  readonly issuer: string
  readonly publicKey: KeyObject
  readonly signingKey: KeyObject
  readonly notBefore: Date
  readonly notAfter: Date
  /** A certificate authority signs others; everything else names the hosts it stands for. */
  readonly use: { readonly kind: 'authority' } | { readonly kind: 'server'; readonly names: readonly string[] }
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** The certificate as PEM text, with a line break at its end. */
export async function writeCertificate(content: CertificateContent): Promise<string> {
  const { subtle } = webcrypto
  const spki = content.publicKey.export({ type: 'spki', format: 'der' })
  const pkcs8 = content.signingKey.export({ type: 'pkcs8', format: 'der' })
  const certificate = await X509CertificateGenerator.create({
    serialNumber: Buffer.from(content.serial).toString('hex'),
    subject: [{ CN: [content.subject] }],
    issuer: [{ CN: [content.issuer] }],
    notBefore: content.notBefore,
    notAfter: content.notAfter,
    signingAlgorithm: ALGORITHM,
    publicKey: await subtle.importKey('spki', spki, ALGORITHM, true, ['verify']),
    signingKey: await subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']),
    extensions: extensions(content),
  })
  return `${certificate.toString('pem').trimEnd()}\n`
}

function extensions({ use }: CertificateContent) {
  if (use.kind === 'authority') {
    return [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ]
  }
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(
      use.names.map(name => ({ type: isIP(name) === 0 ? ('dns' as const) : ('ip' as const), value: name })),
    ),
  ]
}
