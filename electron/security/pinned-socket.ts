/**
 * A TLS 1.3 socket to one host whose key is known beforehand: it is handed out only after the other end has proved that it
 * holds the pinned key, so no byte of a request can reach anybody else. There is no way to switch the check off.
 */
import { createHash } from 'node:crypto'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'

/** The other end holds another key than the one that was paired with. */
export class PinMismatch extends Error {
  override readonly name = 'PinMismatch'
  readonly code = 'FARFIELD_PIN'
}

export interface PinnedTarget {
  readonly host: string
  readonly port: number
  /** SHA-256 of the SubjectPublicKeyInfo, base64url. */
  readonly spki: string
  readonly timeoutMs: number
}

export interface PinnedSocket {
  readonly socket: TLSSocket
  /** What really goes over the wire, TLS included. */
  readonly wire: Socket
}

/** `opened` sees the bare socket at once, so that its bytes count even when the handshake fails. */
export function connectPinned(target: PinnedTarget, opened: (wire: Socket) => void): Promise<PinnedSocket> {
  return new Promise((resolve, reject) => {
    const wire = connectTcp({ host: target.host, port: target.port })
    opened(wire)
    // The chain is not asked about: a hub signs its own certificate, and the pin says more than any chain would.
    const socket = connectTls({
      socket: wire,
      minVersion: 'TLSv1.3',
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
      ...(isIP(target.host) === 0 ? { servername: target.host } : {}),
    })
    const late = setTimeout(() => {
      give(Object.assign(new Error('no answer in time'), { code: 'ETIMEDOUT' }))
    }, target.timeoutMs)
    function give(error: Error): void {
      clearTimeout(late)
      socket.destroy()
      wire.destroy()
      reject(error)
    }
    socket.once('error', give)
    wire.once('error', give)
    socket.once('close', () => {
      give(Object.assign(new Error('closed during the handshake'), { code: 'ECONNRESET' }))
    })
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerX509Certificate()
      const key = certificate?.publicKey.export({ type: 'spki', format: 'der' })
      const found = key === undefined ? '' : createHash('sha256').update(key).digest('base64url')
      if (found !== target.spki) {
        give(new PinMismatch('the certificate is not the one this laptop was paired with'))
        return
      }
      clearTimeout(late)
      socket.removeAllListeners('close')
      socket.removeListener('error', give)
      wire.removeListener('error', give)
      wire.on('error', error => socket.destroy(error))
      wire.setNoDelay(true)
      resolve({ socket, wire })
    })
  })
}
