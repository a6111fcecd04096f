/**
 * The bytes of photos and files: what is here, up in pieces that resume, down from any byte. They stream through with a few
 * hundred kilobytes of memory each; whatever is cut is kept as far as it came.
 */
import { Readable } from 'node:stream'
import * as v from 'valibot'
import { LIMITS, type BlobsRequest, type BlobsResponse, type PutResponse } from '../../core/model/protocol.ts'
import { parseStrictly, refuse } from './answers.ts'
import { callerOf } from './authentication.ts'
import type { HubApp, RouteContext } from './context.ts'

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const blobsRequest = v.strictObject({
  hashes: v.pipe(v.array(hash), v.maxLength(LIMITS.hashes)),
}) satisfies v.GenericSchema<BlobsRequest>
const wholeNumber = v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number))
const pieceHeaders = v.object({ 'upload-offset': wholeNumber, 'upload-length': wholeNumber })

export function addBlobRoutes(app: HubApp, { blobs, limits, stream }: RouteContext): void {
  app.post('/v1/ws/:ws/blobs', { bodyLimit: 128 * 1024 }, async (request, reply) => {
    const input = parseStrictly(blobsRequest, request.body)
    if (input === undefined) return refuse(reply, { code: 'badRequest' })
    const missing = await blobs.missing(callerOf(request).workspace, input.hashes)
    return { missing, largest: limits.fileBytes } satisfies BlobsResponse
  })

  app.head<{ Params: { hash: string } }>('/v1/ws/:ws/blob/:hash', async (request, reply) => {
    const asked = parseStrictly(hash, request.params.hash)
    if (asked === undefined) return refuse(reply, { code: 'badRequest' })
    const { workspace, device } = callerOf(request)
    const bytes = await blobs.size(workspace, asked)
    if (bytes !== undefined) return reply.header('content-length', bytes).header('accept-ranges', 'bytes').send()
    return reply
      .code(404)
      .header('upload-offset', await blobs.offset({ workspace, device, hash: asked }))
      .send()
  })

  app.get<{ Params: { hash: string } }>('/v1/ws/:ws/blob/:hash', async (request, reply) => {
    const asked = parseStrictly(hash, request.params.hash)
    if (asked === undefined) return refuse(reply, { code: 'badRequest' })
    const blob = await blobs.open(callerOf(request).workspace, asked)
    if (blob === undefined) return refuse(reply, { code: 'notFound' })
    const { bytes } = blob
    const from = readRange(request.headers.range)
    if (from === undefined || (from > 0 && from >= bytes)) {
      await blob.close()
      return refuse(reply.header('content-range', `bytes */${bytes}`), { code: 'badRequest', status: 416 })
    }
    reply
      .type('application/octet-stream')
      .header('accept-ranges', 'bytes')
      .header('content-length', bytes - from)
    if (from > 0) reply.code(206).header('content-range', `bytes ${from}-${bytes - 1}/${bytes}`)
    if (bytes === 0) {
      await blob.close()
      return reply.send('')
    }
    return reply.send(blob.read(from, bytes))
  })

  app.register(async (pieces: HubApp) => {
    pieces.addContentTypeParser('application/octet-stream', async (_request: unknown, body: unknown) => body)
    pieces.put<{ Params: { hash: string } }>(
      '/v1/ws/:ws/blob/:hash',
      { bodyLimit: limits.fileBytes },
      async (request, reply) => {
        const asked = parseStrictly(hash, request.params.hash)
        const headers = parseStrictly(pieceHeaders, request.headers)
        const { body } = request
        if (asked === undefined || headers === undefined || !(body instanceof Readable))
          return refuse(reply, { code: 'badRequest' })
        const { 'upload-offset': offset, 'upload-length': bytes } = headers
        if (bytes > limits.fileBytes) return refuse(reply, { code: 'tooLarge' })
        if (offset > bytes) return refuse(reply, { code: 'badRequest' })
        const { workspace, device } = callerOf(request)
        const taken = await blobs.take({ workspace, device, hash: asked, offset, bytes }, body)
        switch (taken.result) {
          case 'wrongOffset':
            return refuse(reply.header('upload-offset', taken.offset), { code: 'wrongOffset' })
          case 'wrongHash':
          case 'full':
            return refuse(reply, { code: taken.result })
          case 'part':
            return reply.code(202).send({ offset: taken.offset, whole: false } satisfies PutResponse)
          case 'whole':
            // Others may be waiting for it.
            stream.tick(workspace)
            return reply.code(201).send({ offset: bytes, whole: true } satisfies PutResponse)
        }
      },
    )
  })
}

/** The first byte asked for: `bytes=N-`, the one form there is use for. Undefined for any other. */
function readRange(header: string | undefined): number | undefined {
  if (header === undefined) return 0
  const [, from] = /^bytes=(\d{1,15})-$/.exec(header) ?? []
  return from === undefined ? undefined : Number(from)
}
