/** What the page posts to app://farfield/import/...: the head of a file to look at, or the whole file for a job. */
import type { ImportJobs } from './jobs.ts'
import { HEAD_BYTES, inspectCsv } from './inspect.ts'

const PIECE = 64 * 1024

/** Undefined: not an address of imports. */
export async function receiveImport(
  jobs: ImportJobs,
  path: string,
  body: ReadableStream<Uint8Array> | null,
): Promise<Response | undefined> {
  const [, name] = /^\/import\/([\w-]{1,64})$/.exec(path) ?? []
  if (name === undefined) return undefined
  const bytes = body ?? new ReadableStream<Uint8Array>({ start: controller => controller.close() })
  if (name === 'inspect') {
    const head = await readHead(bytes)
    return Response.json(inspectCsv(head, head.byteLength < HEAD_BYTES))
  }
  const finished = jobs.feed(name, readChunks(bytes))
  if (finished !== undefined) return Response.json(await finished)
  await bytes.cancel()
  return new Response(null, { status: 404 })
}

async function readHead(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of readChunks(body)) {
    chunks.push(chunk)
    length += chunk.byteLength
    if (length >= HEAD_BYTES) break
  }
  return new Uint8Array(Buffer.concat(chunks).subarray(0, HEAD_BYTES))
}

/** Gives the stream back when its reader stops early, so that the page's upload ends too. */
async function* readChunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      // A body that was sent as a whole comes as one piece; decoding it at once would stall everything else.
      for (let at = 0; at < value.byteLength; at += PIECE) yield value.subarray(at, at + PIECE)
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
