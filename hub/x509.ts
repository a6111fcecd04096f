/**
 * Writes the two X.509 v3 certificates a hub needs (RFC 5280, DER by hand, P-256 with ECDSA-SHA256). Pure: it makes bytes
 * from what it is given and must never touch the disk or choose its own time or serial number.
 */
import { sign, type KeyObject } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'

export interface CertificateContent {
  /** 16 random bytes; the sign bit is cleared here. */
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

/** The certificate as PEM text. */
export function writeCertificate(content: CertificateContent): string {
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    integer(positive(content.serial)),
    ECDSA_SHA256,
    commonName(content.issuer),
    sequence(time(content.notBefore), time(content.notAfter)),
    commonName(content.subject),
    content.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(...extensions(content))),
  )
  const signature = sign('sha256', body, content.signingKey)
  const der = sequence(body, ECDSA_SHA256, bits(0, signature))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

const BASIC_CONSTRAINTS = '551d13'
const KEY_USAGE = '551d0f'
const EXTENDED_KEY_USAGE = '551d25'
const ALTERNATIVE_NAMES = '551d11'
const SERVER_AUTHENTICATION = '2b06010505070301'

function extensions({ use }: CertificateContent): Buffer[] {
  if (use.kind === 'authority') {
    return [
      extension(BASIC_CONSTRAINTS, true, sequence(boolean(true), integer(Buffer.from([0])))),
      extension(KEY_USAGE, true, bits(1, Buffer.from([0b0000_0110]))), // keyCertSign, cRLSign
    ]
  }
  return [
    extension(BASIC_CONSTRAINTS, true, sequence()),
    extension(KEY_USAGE, true, bits(7, Buffer.from([0b1000_0000]))), // digitalSignature
    extension(EXTENDED_KEY_USAGE, false, sequence(oid(SERVER_AUTHENTICATION))),
    extension(ALTERNATIVE_NAMES, false, sequence(...use.names.map(alternativeName))),
  ]
}

function alternativeName(name: string): Buffer {
  if (isIPv4(name)) return tagged(0x87, Buffer.from(name.split('.').map(Number)))
  if (isIPv6(name)) return tagged(0x87, addressBytes(name))
  return tagged(0x82, Buffer.from(name, 'ascii'))
}

/** The 16 bytes of an IPv6 address without a zone; the URL parser knows every short form. */
function addressBytes(address: string): Buffer {
  const compressed = new URL(`http://[${address}]/`).hostname.slice(1, -1)
  const [head = '', tail] = compressed.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const middle = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return Buffer.from([...before, ...middle, ...after].map(group => group.padStart(4, '0')).join(''), 'hex')
}

const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'))

function commonName(text: string): Buffer {
  return sequence(tagged(0x31, sequence(oid('550403'), tagged(0x0c, Buffer.from(text)))))
}

/** UTCTime until 2049, GeneralizedTime from 2050 (RFC 5280, 4.1.2.5). */
function time(date: Date): Buffer {
  const digits = `${date.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`
  return date.getUTCFullYear() < 2050
    ? tagged(0x17, Buffer.from(digits.slice(2), 'ascii'))
    : tagged(0x18, Buffer.from(digits, 'ascii'))
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), tagged(0x04, value))
}

function positive(serial: Uint8Array): Buffer {
  const bytes = Buffer.from(serial)
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40
  return bytes
}

function bits(unused: number, bytes: Uint8Array): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([unused]), bytes]))
}

function integer(bytes: Uint8Array): Buffer {
  return tagged(0x02, bytes)
}

function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.from([value ? 0xff : 0]))
}

function oid(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, 'hex'))
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tagged(0x30, Buffer.concat(parts))
}

function tagged(tag: number, content: Uint8Array): Buffer {
  const length = content.length
  const header = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...header]), content])
}
