/**
 * Rules for every request, before and after its route: JSON or nothing, sizes, unknown paths, errors, one log line. Log
 * lines hold the route and the outcome; never a header, a query or a body.
 */
import { isUtf8 } from 'node:buffer'
import type { HubLimits } from './limits.ts'
import { refuse } from './routes/answers.ts'
import type { HubApp } from './routes/context.ts'

export function addRequestRules(
  app: HubApp,
  limits: Pick<HubLimits, 'requestBytes' | 'lingerMs'>,
  isClosing: () => boolean,
): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (_request: unknown, body: Buffer) =>
    parse(body),
  )

  app.addHook('onRequest', async (request, reply) => {
    if (isClosing()) return refuse(reply.header('connection', 'close'), { code: 'unavailable', retryAfter: 5 })
    if (request.is404) return refuse(reply, { code: 'notFound' })
    const limit = request.routeOptions.bodyLimit ?? limits.requestBytes
    if (Number(request.headers['content-length'] ?? 0) > limit) return refuse(reply, { code: 'tooLarge' })
    return undefined
  })

  app.addHook('onResponse', async (request, reply) => {
    const { socket } = request.raw
    if (!request.raw.complete && !socket.destroyed) {
      // Refused before its body was read. Closing now could destroy the answer on its way; reading on for ever costs.
      const cut = setTimeout(() => socket.destroy(), limits.lingerMs)
      request.raw.once('end', () => clearTimeout(cut))
      socket.once('close', () => clearTimeout(cut))
      request.raw.resume()
    }
    request.log.info(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'unknown',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      },
      'answered',
    )
  })

  app.setNotFoundHandler(async (_request, reply) => refuse(reply, { code: 'notFound' }))
  app.setErrorHandler(async (error, request, reply) => {
    const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500
    if (status === 413) return refuse(reply, { code: 'tooLarge' })
    if (status >= 400 && status < 500) return refuse(reply, { code: 'badRequest', status })
    request.log.error(error, 'a request failed')
    return refuse(reply, { code: 'internal' })
  })
}

class NotJson extends Error {
  readonly statusCode = 400
}

/** Plain JSON.parse: a key named `__proto__` becomes an ordinary key, and bodies are only ever written out again. */
function parse(body: Buffer): unknown {
  if (!isUtf8(body)) throw new NotJson('not UTF-8')
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new NotJson('not JSON')
  }
}
