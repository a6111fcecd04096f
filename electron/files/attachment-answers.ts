/**
 * What app://farfield/attachment/<hash> answers: a file that is here, whole or a range of it, under a type that its bytes
 * tell. It must never let a file be anything but a picture, a sound, a film or a download, and never hold more than one
 * answer of it in memory.
 */
import { FILE_RANGE_BYTES, FILE_WHOLE_BYTES } from '../../core/model/api.ts'
import { type PageAnswer, statusAnswer } from '../security/page-answer.ts'
import type { FileStore } from '../storage/file-store.ts'
import type { SealedFile, SealedFolder } from '../storage/sealed-folder.ts'
import { StorageError } from '../storage/storage-error.ts'
import { readRange } from './byte-range.ts'
import { isShown, TELLING_BYTES, tellMediaType } from './media-type.ts'

export interface AttachmentDeps {
  readonly store: Pick<FileStore, 'open'>
  readonly thumbnails: Pick<SealedFolder, 'open'>
  /** Where damage is told. */
  readonly report: (error: unknown) => void
}

const ADDRESS = /^\/attachment\/([0-9a-f]{64})(\/thumbnail)?$/

/** Undefined: not an address of a file. */
export function readAttachmentAddress(
  address: URL,
): { readonly hash: string; readonly thumbnail: boolean } | undefined {
  const [, hash, thumbnail] = ADDRESS.exec(address.pathname) ?? []
  return hash === undefined ? undefined : { hash, thumbnail: thumbnail !== undefined }
}

/** `range` is the request's header of that name. Undefined: not an address of a file. */
export async function answerAttachment(
  { store, thumbnails, report }: AttachmentDeps,
  address: URL,
  range: string | undefined,
): Promise<PageAnswer | undefined> {
  const asked = readAttachmentAddress(address)
  if (asked === undefined) return undefined
  try {
    const file = await (asked.thumbnail ? thumbnails : store).open(asked.hash)
    if (file === undefined) return statusAnswer(404)
    try {
      return await answerFile(file, range)
    } finally {
      await file.close()
    }
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'damaged') throw error
    report(error)
    // A thumbnail is made again where there is none.
    return statusAnswer(asked.thumbnail ? 404 : 500)
  }
}

async function answerFile(file: SealedFile, header: string | undefined): Promise<PageAnswer> {
  const type = tellMediaType(await read(file, 0, TELLING_BYTES))
  const headers: Readonly<Record<string, string>> = {
    // Were it ever opened as a page of its own, it could do nothing.
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Accept-Ranges': 'bytes',
    // The same hash is always the same bytes; Chromium keeps them in memory only.
    'Cache-Control': 'private, max-age=3600, immutable',
    ...(isShown(type) ? {} : { 'Content-Disposition': 'attachment' }),
  }
  const range = readRange(header, file.bytes)
  if (range === 'unsatisfiable')
    return { status: 416, headers: { ...headers, 'Content-Range': `bytes */${file.bytes}` } }
  if (range === 'whole') {
    if (file.bytes > FILE_WHOLE_BYTES) return { status: 413, headers }
    return { status: 200, type, headers, body: await read(file, 0, file.bytes) }
  }
  const to = Math.min(range.to, range.from + FILE_RANGE_BYTES)
  return {
    status: 206,
    type,
    headers: { ...headers, 'Content-Range': `bytes ${range.from}-${to - 1}/${file.bytes}` },
    body: await read(file, range.from, to),
  }
}

async function read(file: SealedFile, from: number, to: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of file.read(from, to)) pieces.push(piece)
  return Buffer.concat(pieces)
}
