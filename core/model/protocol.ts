/**
 * The replication wire: JSON over HTTPS between a laptop and a hub (or any provider that speaks it). Types and limits
 * only; hub/ and core/replication both validate against these and neither trusts the other.
 *
 *   POST /v1/pair                {token, device}                  -> Paired           (no bearer; one-time token)
 *   POST /v1/ws/:ws/push         PushRequest                      -> PushResponse
 *   GET  /v1/ws/:ws/changes      ?collection&epoch&since&limit    -> ChangesResponse
 *   GET  /v1/ws/:ws/stream       SSE; `event: tick` on opening and after commits, a comment every 20 s
 *   GET  /v1/ws/:ws/digest                                        -> DigestResponse
 *   GET  /v1/ws/:ws/devices                                       -> DevicesResponse
 *   DELETE /v1/ws/:ws/devices/:id, DELETE /v1/ws/:ws/device       -> 200 {ok: true}   (another one, this one)
 *   POST /v1/ws/:ws/blobs        BlobsRequest                     -> BlobsResponse
 *   HEAD /v1/ws/:ws/blob/:hash                                    -> 200, content-length; or 404 with upload-offset
 *   PUT  /v1/ws/:ws/blob/:hash   the next bytes                   -> PutResponse
 *   GET  /v1/ws/:ws/blob/:hash   `range: bytes=N-` or all of it   -> 200, 206, 404, 416
 *   GET  /v1/health                                               -> 200 {ok: true}   (no bearer)
 *
 * Compare-and-set by content: with `h` = HMAC-SHA256(workspace hash key, canonical JSON of the state) in hex, a push row
 * says which state it was made from (`base`) and which it makes (`h`). Server: current h equal to the row's h -> 'dup';
 * equal to its base, or both absent -> written; else 'conflict' with the current document. Retries are free (rule P4).
 *
 * A blob is the bytes of a photo or file, under the SHA-256 of what is sent. It goes up in requests of any length, each of
 * which says where it begins (`upload-offset`) and how long the whole is (`upload-length`); the hub keeps whatever arrived of
 * one that was cut. HEAD says how much that is, for this device, and ends an upload of its own that is still on its way.
 */
import type { DeviceId } from './record.ts'

export const COLLECTIONS = ['records', 'types', 'history', 'devices'] as const
export type CollectionName = (typeof COLLECTIONS)[number]

export const LIMITS = {
  /** Bytes of one document's body as JSON text; larger ones are parked. */
  documentBytes: 4 * 1024 * 1024,
  /** Bytes of one request body; 413 beyond it. */
  requestBytes: 8 * 1024 * 1024,
  /** Rows in one push. */
  pushRows: 500,
  /** Documents in one page of changes. */
  pageRows: 1000,
  /** Bytes of one cell's text. */
  cellBytes: 1024 * 1024,
  /** Bytes of one photo or file; a hub may take less, and says so in BlobsResponse. */
  fileBytes: 2_000_000_000,
  /** Hashes in one BlobsRequest. */
  hashes: 1000,
} as const

/** Where a reader stands: P5. Another epoch than the hub's means "pull from 0 and offer everything again". */
export interface Checkpoint {
  readonly epoch: string
  readonly seq: number
}

/** A document as the hub keeps it. The hub never looks into `body`; it is JSON now, ciphertext later. */
export interface WireDocument {
  readonly id: string
  readonly h: string
  readonly body: unknown
}

export interface PushRow extends WireDocument {
  /** `h` of the state this one was made from; null when the writer believes the id is new. */
  readonly base: string | null
}

export interface PushRequest {
  readonly collection: CollectionName
  readonly rows: readonly PushRow[]
}

export type RejectionCode = 'tooLarge' | 'malformed'

/** One answer per pushed row, in the same order. */
export type PushAnswer =
  | { readonly id: string; readonly result: 'ok' | 'dup'; readonly seq: number }
  | { readonly id: string; readonly result: 'conflict'; readonly current: WireDocument | null }
  | { readonly id: string; readonly result: 'rejected'; readonly code: RejectionCode }

export interface PushResponse {
  readonly epoch: string
  readonly answers: readonly PushAnswer[]
}

/**
 * Pages are full until the source is exhausted (rule P2): `more` is false only with the last one. A page of large documents
 * (8 MiB of bodies) ends early and says `more`, so a reader goes by `more`, never by the number of documents.
 */
export interface ChangesResponse {
  readonly documents: readonly WireDocument[]
  readonly checkpoint: Checkpoint
  readonly more: boolean
}

/** Rule P7, per collection: how many documents, and the XOR of the first 16 bytes of every `h`, in hex (32 digits). */
export interface CollectionDigest {
  readonly count: number
  readonly xor: string
}

/** Devices that may come in. Times are milliseconds since 1970; `seenAt` is exact to a minute. */
export interface DevicesResponse {
  /** The id of the one that asks. */
  readonly own: string
  readonly devices: readonly {
    readonly id: string
    readonly name: string
    readonly pairedAt: number
    readonly seenAt: number
  }[]
}

export interface DigestResponse {
  readonly epoch: string
  readonly digests: { readonly [collection in CollectionName]: CollectionDigest }
}

export interface BlobsRequest {
  readonly hashes: readonly string[]
}

export interface BlobsResponse {
  /** Those of the request that the hub does not have whole, in the same order. */
  readonly missing: readonly string[]
  /** The largest file that the hub takes, in bytes. */
  readonly largest: number
}

/** 200 and 201: it is whole here; 202: send on from `offset`. Also the answer's `upload-offset` header where it is a 409. */
export interface PutResponse {
  readonly offset: number
  readonly whole: boolean
}

export interface PairRequest {
  readonly token: string
  readonly device: { readonly id: DeviceId; readonly name: string }
}

export interface Paired {
  readonly workspace: string
  /** This device's bearer token: 32 random bytes in base64url. The hub keeps only its SHA-256. */
  readonly token: string
  /** The workspace's hash key, 32 bytes in base64url, so that all devices compute the same `h`. */
  readonly hashKey: string
  readonly hubName: string
}

/**
 * Errors are `{error: ErrorCode}` with a matching status; 429 and 503 carry Retry-After in seconds. 413 to a push means
 * "send fewer rows": too many, too many bytes, or too many bytes of conflicting documents to answer with. Of a blob it means
 * that it is larger than the hub takes; `wrongOffset` (409, with upload-offset) that the hub has more or less of it than the
 * request goes on from; `wrongHash` (422) that its bytes were not what their hash says, and are thrown away.
 */
export type ErrorCode =
  | 'badRequest'
  | 'unauthorized'
  | 'notFound'
  | 'tooLarge'
  | 'tooMany'
  | 'full'
  | 'unavailable'
  | 'internal'
  | 'wrongOffset'
  | 'wrongHash'

/**
 * The pairing code: what a hub prints and a person copies. Text form
 * `FARFIELD1.<host>.<port>.<SPKI SHA-256 base64url, 43>.<token base64url, 22>`, where dots inside host are kept by reading
 * the three last parts from the end.
 */
export interface PairingCode {
  readonly host: string
  readonly port: number
  /** SHA-256 of the certificate's SubjectPublicKeyInfo (RFC 7469 form), base64url without padding. */
  readonly spki: string
  readonly token: string
}

export function formatPairingCode(code: PairingCode): string {
  return `FARFIELD1.${code.host}.${code.port}.${code.spki}.${code.token}`
}

/** Accepts surrounding white space and line breaks inside (mail wraps long lines). Undefined when it is not a code. */
export function parsePairingCode(text: string): PairingCode | undefined {
  const parts = text.replace(/\s+/g, '').split('.')
  if (parts.length < 5 || parts[0] !== 'FARFIELD1') return undefined
  const [port, spki, token] = parts.slice(-3) as [string, string, string]
  const host = parts.slice(1, -3).join('.')
  const portNumber = /^\d{1,5}$/.test(port) ? Number(port) : 0
  if (!/^[A-Za-z0-9.:[\]-]{1,253}$/.test(host) || portNumber < 1 || portNumber > 65535) return undefined
  if (!/^[A-Za-z0-9_-]{43}$/.test(spki) || !/^[A-Za-z0-9_-]{22}$/.test(token)) return undefined
  return { host, port: portNumber, spki, token }
}
