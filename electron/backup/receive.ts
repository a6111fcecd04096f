/** What the page posts to app://farfield/storage/<job>: the next piece of a whole copy that is to be restored. */
import { IMPORT_PIECE_BYTES } from '../../core/model/api.ts'
import { type PageAnswer, statusAnswer } from '../security/page-answer.ts'
import type { Backups } from './backups.ts'

/** Undefined: not an address of whole copies. */
export async function receiveCopy(
  backups: Promise<Pick<Backups, 'feed'>>,
  address: URL,
  body: Uint8Array,
): Promise<PageAnswer | undefined> {
  const [, job] = /^\/storage\/([\w-]{1,64})$/.exec(address.pathname) ?? []
  if (job === undefined) return undefined
  if (body.byteLength > IMPORT_PIECE_BYTES) return statusAnswer(413)
  const from = Number(address.searchParams.get('from') ?? Number.NaN)
  return statusAnswer((await (await backups).feed(job, from, body)) ? 204 : 404)
}
