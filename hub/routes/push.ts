/**
 * POST /v1/ws/:ws/push: compare-and-set by content hash, one answer per row in the same order. A row that is wrong is
 * rejected alone; it must never hold up the others.
 */
import * as v from 'valibot'
import { COLLECTIONS, type PushAnswer } from '../../core/model/protocol.ts'
import type { StoredAnswer, StoredDocument, StoredRow } from '../storage/storage.ts'
import { parseStrictly, refuse, refuseFault } from './answers.ts'
import { callerOf } from './authentication.ts'
import type { HubApp, RouteContext } from './context.ts'

const pushRequest = v.strictObject({
  collection: v.picklist(COLLECTIONS),
  rows: v.array(v.looseObject({ id: v.string() })),
})

const hash = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
const pushRow = v.strictObject({
  // Visible ASCII: every database orders and compares it alike.
  id: v.pipe(v.string(), v.regex(/^[\x21-\x7e]{1,256}$/)),
  h: hash,
  base: v.nullable(hash),
  body: v.unknown(),
})

type Rejected = Extract<PushAnswer, { result: 'rejected' }>

export function addPushRoute(app: HubApp, { storage, stream, limits }: RouteContext): void {
  app.post('/v1/ws/:ws/push', { bodyLimit: limits.requestBytes }, async (request, reply) => {
    const input = parseStrictly(pushRequest, request.body)
    if (input === undefined) return refuse(reply, { code: 'badRequest' })
    if (input.rows.length > limits.pushRows) return refuse(reply, { code: 'tooLarge' })
    const { workspace, device } = callerOf(request)
    const checked = input.rows.map(row => checkRow(row, limits.documentBytes))
    const rows = checked.filter(row => 'body' in row)
    const pushed = await storage.push({
      workspace,
      device,
      collection: input.collection,
      rows,
      conflictBytes: limits.conflictBytes,
    })
    if (!pushed.ok) return refuseFault(reply, pushed.fault)
    if (pushed.value.written !== undefined) stream.tick(workspace)
    const stored = pushed.value.answers.values()
    const answers = checked.map(row => ('body' in row ? writeAnswer(stored.next().value) : JSON.stringify(row)))
    return reply
      .type('application/json')
      .send(`{"epoch":${JSON.stringify(pushed.value.epoch)},"answers":[${answers.join(',')}]}`)
  })
}

function checkRow(row: { id: string }, documentBytes: number): StoredRow | Rejected {
  const valid = parseStrictly(pushRow, row)
  const body = valid === undefined ? undefined : writeBody(valid.body)
  if (valid === undefined || body === undefined) return { id: row.id, result: 'rejected', code: 'malformed' }
  if (Buffer.byteLength(body) > documentBytes) return { id: row.id, result: 'rejected', code: 'tooLarge' }
  return { id: valid.id, h: valid.h, base: valid.base, body }
}

/** Undefined for JSON that is nested so deeply that it can be read but not written. */
function writeBody(body: unknown): string | undefined {
  try {
    return JSON.stringify(body)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function writeAnswer(answer: StoredAnswer | undefined): string {
  if (answer === undefined) throw new Error('the storage gave fewer answers than it was given rows')
  if (answer.result !== 'conflict') return JSON.stringify(answer)
  const current = answer.current === null ? 'null' : writeDocument(answer.current)
  return `{"id":${JSON.stringify(answer.id)},"result":"conflict","current":${current}}`
}

/** A WireDocument whose body goes out as it was stored, without being parsed. */
export function writeDocument(document: StoredDocument): string {
  return `{"id":${JSON.stringify(document.id)},"h":"${document.h}","body":${document.body}}`
}
