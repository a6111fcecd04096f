/**
 * Lets a device in by its bearer token before a byte of the body is read, and counts its requests. It must answer the
 * same to a missing, an unknown and a revoked token.
 */
import type { FastifyRequest } from 'fastify'
import { createHash } from 'node:crypto'
import { createRateLimit } from '../limits.ts'
import { refuse, refuseFault } from './answers.ts'
import type { HubApp, RouteContext } from './context.ts'

export interface Caller {
  readonly workspace: string
  readonly device: string
  readonly tokenHash: Uint8Array
}

/** Applies to every route that is added to `app` (or to a scope inside it); all of them have `:ws` in their path. */
export function addAuthentication(app: HubApp, { storage, limits, now }: RouteContext): void {
  const devices = createRateLimit(limits.requests, now)
  const strangers = createRateLimit(limits.strangers, now)
  const seen = new Map<string, number>()
  /** Nobody waits for it, and one that fails is made up for by the next. */
  function noteSeen(device: string, log: FastifyRequest['log']): void {
    const at = now()
    if (at - (seen.get(device) ?? -Infinity) < limits.seenMs) return
    seen.set(device, at)
    storage.markSeen(device, at).then(
      noted => noted.ok || seen.delete(device),
      (error: unknown) => log.error(error, 'a device could not be noted as seen'),
    )
  }
  app.decorateRequest('caller', null)
  app.addHook<{ Params: { ws?: string } }>('onRequest', async (request, reply) => {
    const tokenHash = hashBearer(request.headers.authorization)
    const found = tokenHash === undefined ? undefined : await storage.findDevice(tokenHash)
    // Not knowing is no answer: a laptop that is told 401 believes that it was revoked.
    if (found?.ok === false) return refuseFault(reply, found.fault)
    if (tokenHash === undefined || found?.value === undefined) {
      const wait = strangers.take(addressOf(request))
      return refuse(reply, wait === undefined ? { code: 'unauthorized' } : { code: 'tooMany', retryAfter: wait })
    }
    const wait = devices.take(found.value.device)
    if (wait !== undefined) return refuse(reply, { code: 'tooMany', retryAfter: wait })
    if (request.params.ws !== found.value.workspace) return refuse(reply, { code: 'notFound' })
    noteSeen(found.value.device, request.log)
    request.setDecorator<Caller>('caller', { ...found.value, tokenHash })
    return undefined
  })
}

export function callerOf(request: FastifyRequest): Caller {
  return request.getDecorator<Caller>('caller')
}

export function addressOf(request: FastifyRequest): string {
  return request.raw.socket.remoteAddress ?? ''
}

export function hashToken(token: string): Uint8Array {
  return createHash('sha256').update(token).digest()
}

function hashBearer(header: string | undefined): Uint8Array | undefined {
  const token = /^Bearer ([A-Za-z0-9_-]{43})$/.exec(header ?? '')?.[1]
  return token === undefined ? undefined : hashToken(token)
}
