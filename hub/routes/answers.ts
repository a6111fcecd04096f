/**
 * The hub's refusals: one status and one code for each thing that can be wrong, and no word more than that.
 */
import type { FastifyReply } from 'fastify'
import * as v from 'valibot'
import type { ErrorCode } from '../../core/model/protocol.ts'
import type { StorageFault } from '../storage/storage.ts'

const STATUS = {
  badRequest: 400,
  unauthorized: 401,
  notFound: 404,
  tooLarge: 413,
  tooMany: 429,
  full: 507,
  wrongOffset: 409,
  wrongHash: 422,
  unavailable: 503,
  internal: 500,
} as const satisfies Record<ErrorCode, number>

export interface Refusal {
  readonly code: ErrorCode
  /** Seconds; for `tooMany` and `unavailable`. */
  readonly retryAfter?: number
  /** Another 4xx that says it better, e.g. 415. */
  readonly status?: number
}

export function refuse(reply: FastifyReply, refusal: Refusal): FastifyReply {
  if (refusal.retryAfter !== undefined) reply.header('retry-after', refusal.retryAfter)
  return reply.code(refusal.status ?? STATUS[refusal.code]).send({ error: refusal.code })
}

export function refuseFault(reply: FastifyReply, fault: StorageFault): FastifyReply {
  if (fault === 'busy' || fault === 'away') return refuse(reply, { code: 'unavailable', retryAfter: 1 })
  return refuse(reply, { code: fault })
}

/** The parsed input, or undefined when it is not exactly of the schema. */
export function parseStrictly<S extends v.GenericSchema>(schema: S, input: unknown): v.InferOutput<S> | undefined {
  const result = v.safeParse(schema, input, { abortEarly: true })
  return result.success ? result.output : undefined
}
