/**
 * What app://farfield/attachment/<hash> answers: a file that is here, whole or a range of it, under a type that its bytes
 * tell; films and sounds as streams too. It must never let a file be anything but a picture, a sound, a film or a download,
 * and never hold more of it in memory than one answer of at most FILE_WHOLE_BYTES.
 */
import { FILE_RANGE_BYTES, FILE_WHOLE_BYTES } from '../../core/model/api.ts'
import { PAGE_HOST } from '../security/hardening.ts'
import { type PageAnswer, type StreamedAnswer, statusAnswer } from '../security/page-answer.ts'
import type { FileStore } from '../storage/file-store.ts'
import type { SealedFolder } from '../storage/sealed-folder.ts'
import type { SealedFile } from '../storage/sealed-reader.ts'
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

/**
 * A film or sound, as `attachment://farfield/<hash>`: from where `range` begins to its end, so that a player which knows no
 * other way gets all of it, a piece at a time.
 */
export async function streamAttachment(
  { store, report }: Pick<AttachmentDeps, 'store' | 'report'>,
  address: URL,
  range: string | undefined,
): Promise<StreamedAnswer> {
  const [, hash] = /^\/([0-9a-f]{64})$/.exec(address.pathname) ?? []
  const file = hash === undefined || address.host !== PAGE_HOST ? undefined : await store.open(hash)
  if (file === undefined) return nothing(404)
  try {
    const type = tellMediaType(await read(file, 0, TELLING_BYTES))
    if (!/^(video|audio)\//.test(type)) {
      await file.close()
      return nothing(415)
    }
    const asked = readRange(range, file.bytes)
    if (asked === 'unsatisfiable') {
      await file.close()
      return { ...nothing(416), headers: { 'Content-Range': `bytes */${file.bytes}` } }
    }
    const { from, to } = asked === 'whole' ? { from: 0, to: file.bytes } : asked
    const headers = { ...headersOf(type), 'Content-Length': String(to - from) }
    return {
      status: asked === 'whole' ? 200 : 206,
      type,
      headers: asked === 'whole' ? headers : { ...headers, 'Content-Range': `bytes ${from}-${to - 1}/${file.bytes}` },
      pieces: tellingDamage(file.read(from, to), report),
      close: file.close,
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

function nothing(status: number): StreamedAnswer {
  return { status, close: () => Promise.resolve() }
}

/** Whoever takes the pieces learns only that there are no more. */
async function* tellingDamage(pieces: AsyncIterable<Buffer>, report: (error: unknown) => void) {
  try {
    yield* pieces
  } catch (error) {
    report(error)
    throw error
  }
}

async function answerFile(file: SealedFile, header: string | undefined): Promise<PageAnswer> {
  const type = tellMediaType(await read(file, 0, TELLING_BYTES))
  const headers = headersOf(type)
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

function headersOf(type: string): Readonly<Record<string, string>> {
  return {
    // Were it ever opened as a page of its own, it could do nothing.
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Accept-Ranges': 'bytes',
    // The same hash is always the same bytes; Chromium keeps them in memory only.
    'Cache-Control': 'private, max-age=3600, immutable',
    ...(isShown(type) ? {} : { 'Content-Disposition': 'attachment' }),
  }
}

async function read(file: SealedFile, from: number, to: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of file.read(from, to)) pieces.push(piece)
  return Buffer.concat(pieces)
}
