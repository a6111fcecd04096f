/** What the page posts to app://farfield/files/... and attachment/...: a piece of a file, or a thumbnail it has made. */
import { IMPORT_PIECE_BYTES, THUMBNAIL_BYTES } from '../../core/model/api.ts'
import { type PageAnswer, statusAnswer } from '../security/page-answer.ts'
import type { FileStore } from '../storage/file-store.ts'
import type { SealedFolder } from '../storage/sealed-folder.ts'
import { readAttachmentAddress } from './attachment-answers.ts'
import type { FileCopies } from './copies.ts'
import { tellMediaType } from './media-type.ts'

/** A page can make these and nothing else; what it posts is only ever shown as one of them. */
const THUMBNAIL_TYPES = new Set(['image/webp', 'image/jpeg', 'image/png'])

export interface ReceivingDeps {
  readonly copies: Pick<FileCopies, 'feed'>
  readonly store: Pick<FileStore, 'has'>
  readonly thumbnails: Pick<SealedFolder, 'write'>
}

/** Undefined: not an address of files. */
export async function receiveFile(
  { copies, store, thumbnails }: ReceivingDeps,
  address: URL,
  body: Uint8Array,
): Promise<PageAnswer | undefined> {
  const [, job] = /^\/files\/([\w-]{1,64})$/.exec(address.pathname) ?? []
  if (job !== undefined) {
    if (body.byteLength > IMPORT_PIECE_BYTES) return statusAnswer(413)
    const from = Number(address.searchParams.get('from') ?? Number.NaN)
    return statusAnswer((await copies.feed(job, from, body)) ? 204 : 404)
  }
  const asked = readAttachmentAddress(address)
  if (asked === undefined) return undefined
  if (!asked.thumbnail) return statusAnswer(405)
  if (body.byteLength > THUMBNAIL_BYTES) return statusAnswer(413)
  if (!THUMBNAIL_TYPES.has(tellMediaType(body))) return statusAnswer(415)
  if (!(await store.has(asked.hash))) return statusAnswer(404)
  await thumbnails.write([body], () => asked.hash)
  return statusAnswer(204)
}
