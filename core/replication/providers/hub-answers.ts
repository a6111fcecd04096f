/**
 * What a hub may answer, checked strictly: nothing of an answer is used before it has this shape. Documents' bodies stay
 * unknown here; they are checked one by one where they are taken in.
 */
import * as v from 'valibot'
import { fail, succeed, type Failure, type Result } from '../../model/failure.ts'
import type {
  BlobsResponse,
  ChangesResponse,
  DigestResponse,
  Paired,
  PushResponse,
  PutResponse,
} from '../../model/protocol.ts'

const text = (longest: number) => v.pipe(v.string(), v.maxLength(longest))
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const epoch = v.pipe(v.string(), v.minLength(1), v.maxLength(128))
const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const key = (length: number) => v.pipe(v.string(), v.regex(new RegExp(`^[A-Za-z0-9_-]{${length}}$`)))

const wireDocument = v.strictObject({ id: text(512), h: hash, body: v.unknown() })

const changes = v.strictObject({
  documents: v.array(wireDocument),
  checkpoint: v.strictObject({ epoch, seq: count }),
  more: v.boolean(),
})

const answer = v.variant('result', [
  v.strictObject({ id: text(512), result: v.picklist(['ok', 'dup']), seq: count }),
  v.strictObject({ id: text(512), result: v.literal('conflict'), current: v.nullable(wireDocument) }),
  v.strictObject({ id: text(512), result: v.literal('rejected'), code: v.picklist(['tooLarge', 'malformed']) }),
])
const push = v.strictObject({ epoch, answers: v.array(answer) })

const digest = v.strictObject({ count, xor: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)) })
const digests = v.strictObject({
  epoch,
  digests: v.strictObject({ records: digest, types: digest, history: digest, devices: digest }),
})

const paired = v.strictObject({
  workspace: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  token: key(43),
  hashKey: key(43),
  hubName: text(200),
})

const blobs = v.strictObject({ missing: v.array(hash), largest: count })
const put = v.strictObject({ offset: count, whole: v.boolean() })

export const readBlobs = (body: string): Result<BlobsResponse> => read(blobs, body, 'blobs')
export const readPut = (body: string): Result<PutResponse> => read(put, body, 'put')
export const readChanges = (body: string): Result<ChangesResponse> => read(changes, body, 'changes')
export const readPush = (body: string): Result<PushResponse> => read(push, body, 'push')
export const readDigests = (body: string): Result<DigestResponse> => read(digests, body, 'digest')
export const readPaired = (body: string): Result<Paired> => read(paired, body, 'pair')

/** Maps a status to a failure, once; null when the request was done. */
export function failureOf(status: number, retryAfter: number | null): Failure | null {
  if (status === 200) return null
  if (status === 401 || status === 403) return { code: 'signIn' }
  if (status === 413) return { code: 'tooLarge' }
  if (status === 507) return { code: 'providerFull' }
  if (status === 429) return { code: 'retryAfter', detail: String(retryAfter ?? 30) }
  if (status === 503 && retryAfter !== null) return { code: 'retryAfter', detail: String(retryAfter) }
  if (status >= 500 && status <= 599) return { code: 'hubFault', detail: String(status) }
  return { code: 'hubNonsense', detail: `status ${status}` }
}

function read<T>(schema: v.GenericSchema<unknown, T>, body: string, what: string): Result<T> {
  let data: unknown
  try {
    data = JSON.parse(body)
  } catch {
    return fail('hubNonsense', `${what}: not JSON`)
  }
  const parsed = v.safeParse(schema, data, { abortEarly: true })
  return parsed.success ? succeed(parsed.output) : fail('hubNonsense', `${what}: not of the protocol`)
}
