/** What the page posts to app://farfield/import/...: the head of a file to look at, or the next piece of one for a job. */
import { IMPORT_HEAD_BYTES, IMPORT_PIECE_BYTES } from '../../core/model/api.ts'
import { type PageAnswer, statusAnswer } from '../security/page-answer.ts'
import type { ImportJobs } from './jobs.ts'
import { inspectCsv } from './inspect.ts'

/** Undefined: not an address of imports. */
export async function receiveImport(jobs: ImportJobs, address: URL, body: Uint8Array): Promise<PageAnswer | undefined> {
  const [, name] = /^\/import\/([\w-]{1,64})$/.exec(address.pathname) ?? []
  if (name === undefined) return undefined
  if (name === 'inspect') {
    const head = body.subarray(0, IMPORT_HEAD_BYTES)
    return {
      status: 200,
      type: 'application/json',
      body: JSON.stringify(inspectCsv(head, head.length < IMPORT_HEAD_BYTES)),
    }
  }
  if (body.byteLength > IMPORT_PIECE_BYTES) return statusAnswer(413)
  const from = Number(address.searchParams.get('from') ?? Number.NaN)
  return statusAnswer((await jobs.feed(name, from, body)) ? 204 : 404)
}
