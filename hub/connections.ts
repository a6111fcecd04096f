/**
 * What happens below HTTP: how many connections one address may hold, how long a silent one lives, and what is said to
 * bytes that are no request. Nothing here may throw; anyone can send anything to an open port.
 */
import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import type { HubLimits } from './limits.ts'

export interface Connections {
  /** Cuts every connection, also those that never got as far as TLS. */
  cutAll(): void
}

export function limitConnections(
  server: Server,
  limits: Pick<HubLimits, 'connections' | 'connectionsPerAddress' | 'heartbeatMs' | 'idleMs'>,
): Connections {
  const sockets = new Set<Socket>()
  const countsByAddress = new Map<string, number>()
  server.maxConnections = limits.connections
  // Silence longer than any heartbeat or keep-alive: the other end is gone and nobody told us.
  server.timeout = 2 * Math.max(limits.heartbeatMs, limits.idleMs)
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    if (address === undefined) {
      socket.destroy()
      return
    }
    const count = (countsByAddress.get(address) ?? 0) + 1
    countsByAddress.set(address, count)
    socket.once('close', () => {
      const left = (countsByAddress.get(address) ?? 1) - 1
      if (left === 0) countsByAddress.delete(address)
      else countsByAddress.set(address, left)
    })
    if (count > limits.connectionsPerAddress) socket.destroy()
    else socket.setKeepAlive(true, limits.heartbeatMs)
  })
  return {
    cutAll() {
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** Called for bytes that are not TLS, where nothing can be answered, and for requests that are not HTTP. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  const status = statusOf(error.code)
  if (status === undefined || !socket.writable) {
    socket.destroy()
    return
  }
  const body = '{"error":"badRequest"}'
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  )
}

function statusOf(code: string | undefined): string | undefined {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return '408 Request Timeout'
  if (code === 'HPE_HEADER_OVERFLOW') return '431 Request Header Fields Too Large'
  return code?.startsWith('HPE_') === true ? '400 Bad Request' : undefined
}
