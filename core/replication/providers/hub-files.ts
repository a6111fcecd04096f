/**
 * Photos and files of a hub: the blob routes of core/model/protocol.ts. A file goes up in requests that grow while they
 * succeed and shrink where the way breaks, so that a slow one gets through within the hub's time for a request.
 */
import { fail, succeed, type Failure, type Result } from '../../model/failure.ts'
import { LIMITS, type BlobsRequest, type PutResponse } from '../../model/protocol.ts'
import type { ProviderFiles } from '../provider-files.ts'
import { failureOf, readBlobs, readPut } from './hub-answers.ts'
import type { HubReply, HubTransport } from './hub-transport.ts'

export interface HubFilesDeps {
  readonly transport: HubTransport
  /** Path of the workspace. */
  readonly base: string
  readonly bearer: string
  /** What an exchange told about the way. */
  readonly tell: (failure: Failure | null) => void
}

const FIRST_PIECE = 1024 * 1024
const LARGEST_PIECE = 16 * FIRST_PIECE
const SMALLEST_PIECE = 64 * 1024
/** Tries in a row that bring a file no further before it is given up for now. */
const PATIENCE = 2

export function createHubFiles({ transport, base, bearer, tell }: HubFilesDeps): ProviderFiles {
  /** Tells what it meant for the way. */
  function note<T>(result: Result<T>, signal: AbortSignal): Result<T> {
    if (signal.aborted) return fail('unreachable', 'aborted')
    tell(result.ok || ABOUT_THE_FILE.has(result.failure.code) ? null : result.failure)
    return result
  }

  async function missingOf(hashes: readonly string[], signal: AbortSignal) {
    const body = JSON.stringify({ hashes } satisfies BlobsRequest)
    const reply = await transport.request({ method: 'POST', path: `${base}/blobs`, bearer, body, signal })
    if (!reply.ok) return reply
    const failure = failureOf(reply.value.status, reply.value.retryAfter)
    if (failure !== null) return { ok: false, failure } as const
    const answer = readBlobs(reply.value.body)
    if (!answer.ok) return answer
    const asked = new Set(hashes)
    return answer.value.missing.every(hash => asked.has(hash)) ? answer : fail('hubNonsense', 'blobs: other hashes')
  }

  /** How much the hub has of it; all of an upload that was cut before its last word is not yet a whole. */
  async function lookAt(
    path: string,
    bytes: number,
    signal: AbortSignal,
  ): Promise<Result<{ readonly offset: number; readonly whole: boolean }>> {
    const reply = await transport.request({ method: 'HEAD', path, bearer, body: null, signal })
    if (!reply.ok) return reply
    const { status, retryAfter, offset } = reply.value
    if (status === 200) return succeed({ offset: bytes, whole: true })
    if (status === 404 && offset !== undefined && offset <= bytes) return succeed({ offset, whole: false })
    return { ok: false, failure: failureOf(status, retryAfter) ?? fail('hubNonsense', `status ${status}`).failure }
  }

  const put: ProviderFiles['put'] = async (hash, bytes, source, signal, progress) => {
    const path = `${base}/blob/${hash}`
    let piece = FIRST_PIECE
    let best = -1
    let vain = 0
    for (;;) {
      const at = await lookAt(path, bytes, signal)
      if (!at.ok) return at
      const { offset, whole } = at.value
      progress?.(offset)
      if (whole) return succeed(null)
      vain = offset > best ? 0 : vain + 1
      best = Math.max(best, offset)
      let last: Result<{ readonly offset: number; readonly whole: boolean }> = at
      while (last.ok) {
        const from: number = last.value.offset
        const to = Math.min(bytes, from + piece)
        const reply: Result<HubReply> = await transport.upload({
          path,
          bearer,
          headers: { 'upload-offset': String(from), 'upload-length': String(bytes) },
          length: to - from,
          body: countingFrom(source(from, to), from, progress),
          signal,
        })
        last = reply.ok ? readPiece(reply.value) : reply
        if (!last.ok) break
        progress?.(last.value.offset)
        if (last.value.whole) return succeed(null)
        if (last.value.offset <= from) return fail('hubNonsense', 'no further')
        piece = Math.min(piece * 2, LARGEST_PIECE)
      }
      const { failure } = last
      const isPassing = failure.code === 'unreachable' || failure.code === 'stale'
      if (signal.aborted || !isPassing || vain >= PATIENCE) return { ok: false, failure }
      piece = Math.max(piece / 4, SMALLEST_PIECE)
    }
  }

  const get: ProviderFiles['get'] = async (hash, from, sink, signal) => {
    let given = from
    const reply = await transport
      .download({ path: `${base}/blob/${hash}`, bearer, from, signal }, (chunk, bytes) => {
        given += chunk.byteLength
        if (bytes > LIMITS.fileBytes || given > bytes) throw new TooMuch()
        return sink(chunk, bytes)
      })
      .catch((error: unknown) => {
        if (error instanceof TooMuch) return fail('hubNonsense', 'more bytes than a file has')
        throw error
      })
    if (!reply.ok) return reply
    const { status, retryAfter } = reply.value
    if (status === 200 || status === 206) return succeed(null)
    if (status === 404) return fail('notFound')
    if (status === 416) return fail('stale')
    return { ok: false, failure: failureOf(status, retryAfter) ?? fail('hubNonsense', `status ${status}`).failure }
  }

  return {
    async has(hashes, signal) {
      const missing: string[] = []
      let largest: number = LIMITS.fileBytes
      for (let at = 0; at === 0 || at < hashes.length; at += LIMITS.hashes) {
        const part = note(await missingOf(hashes.slice(at, at + LIMITS.hashes), signal), signal)
        if (!part.ok) return part
        missing.push(...part.value.missing)
        largest = part.value.largest
      }
      return succeed({ missing, largest })
    },
    put: async (hash, bytes, source, signal, progress) =>
      note(await put(hash, bytes, source, signal, progress), signal),
    get: async (hash, from, sink, signal) => note(await get(hash, from, sink, signal), signal),
  }
}

class TooMuch extends Error {
  override readonly name = 'TooMuch'
}

const ABOUT_THE_FILE: ReadonlySet<string> = new Set(['notFound', 'tooLarge', 'providerFull', 'fileDamaged', 'stale'])

/** Where to go on. */
function readPiece({ status, retryAfter, body, offset }: HubReply): Result<PutResponse> {
  if (status === 409) return offset === undefined ? fail('hubNonsense', 'no offset') : fail('stale')
  if (status === 422) return fail('fileDamaged')
  if (status === 408) return fail('unreachable')
  if (status !== 201 && status !== 202) {
    return { ok: false, failure: failureOf(status, retryAfter) ?? fail('hubNonsense', `status ${status}`).failure }
  }
  return readPut(body)
}

/** What has left for the hub, for the progress bar; what the hub has is told once it says so. */
async function* countingFrom(
  source: AsyncIterable<Uint8Array>,
  from: number,
  progress: ((bytes: number) => void) | undefined,
): AsyncGenerator<Uint8Array> {
  let at = from
  for await (const chunk of source) {
    yield chunk
    at += chunk.byteLength
    progress?.(at)
  }
}
