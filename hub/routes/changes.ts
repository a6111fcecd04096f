/**
 * GET /v1/ws/:ws/changes: a page of a collection's documents in the order of their last change. A reader of another epoch
 * starts from the beginning; `more` alone says whether there is another page.
 */
import * as v from 'valibot'
import { COLLECTIONS } from '../../core/model/protocol.ts'
import { parseStrictly, refuse, refuseFault } from './answers.ts'
import { callerOf } from './authentication.ts'
import type { HubApp, RouteContext } from './context.ts'
import { writeDocument } from './push.ts'

const wholeNumber = v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number))
const changesQuery = v.strictObject({
  collection: v.picklist(COLLECTIONS),
  epoch: v.optional(v.pipe(v.string(), v.maxLength(64)), ''),
  since: v.optional(wholeNumber, '0'),
  /** A larger number than the hub's own page is answered with the hub's own page. */
  limit: v.optional(v.pipe(wholeNumber, v.minValue(1)), '1000'),
})

export function addChangesRoute(app: HubApp, { storage, limits }: RouteContext): void {
  app.get('/v1/ws/:ws/changes', async (request, reply) => {
    const query = parseStrictly(changesQuery, request.query)
    if (query === undefined) return refuse(reply, { code: 'badRequest' })
    const page = await storage.changes({
      workspace: callerOf(request).workspace,
      collection: query.collection,
      since: { epoch: query.epoch, seq: query.since },
      rows: Math.min(query.limit, limits.pageRows),
      bytes: limits.pageBytes,
    })
    if (!page.ok) return refuseFault(reply, page.fault)
    const { documents, checkpoint, more, restored } = page.value
    if (restored) request.log.warn('a reader is ahead of this database: it was restored, every device starts again')
    return reply
      .type('application/json')
      .send(
        `{"documents":[${documents.map(writeDocument).join(',')}],` +
          `"checkpoint":${JSON.stringify(checkpoint)},"more":${more}}`,
      )
  })
}
