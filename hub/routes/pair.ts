/**
 * POST /v1/pair: a one-time token becomes a device's own bearer token. The bearer token is in this one answer and nowhere
 * else; the answer to a used, an expired and an unknown token is the same.
 */
import * as v from 'valibot'
import type { Paired, PairRequest } from '../../core/model/protocol.ts'
import { createRateLimit } from '../limits.ts'
import { parseStrictly, refuse, refuseFault } from './answers.ts'
import { addressOf, hashToken } from './authentication.ts'
import type { HubApp, RouteContext } from './context.ts'

const pairRequest = v.strictObject({
  token: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/)),
  device: v.strictObject({
    id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/)),
    // No database keeps a NUL in text alike.
    name: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200), v.excludes('\0')),
  }),
}) satisfies v.GenericSchema<PairRequest>

export function addPairRoute(app: HubApp, { storage, limits, name, now, random }: RouteContext): void {
  const attempts = createRateLimit(limits.pairings, now)
  app.post(
    '/v1/pair',
    {
      bodyLimit: 4096,
      async onRequest(request, reply) {
        const wait = attempts.take(addressOf(request))
        return wait === undefined ? undefined : refuse(reply, { code: 'tooMany', retryAfter: wait })
      },
    },
    async (request, reply) => {
      const input = parseStrictly(pairRequest, request.body)
      if (input === undefined) return refuse(reply, { code: 'badRequest' })
      const token = Buffer.from(random(32)).toString('base64url')
      const accepted = await storage.acceptInvite({
        inviteHash: hashToken(input.token),
        tokenHash: hashToken(token),
        device: input.device.id,
        name: input.device.name,
        now: now(),
      })
      if (!accepted.ok) return refuseFault(reply, accepted.fault)
      if (accepted.value === undefined) return refuse(reply, { code: 'unauthorized' })
      const paired: Paired = { ...accepted.value, token, hubName: name }
      return reply.header('cache-control', 'no-store').send(paired)
    },
  )
}
