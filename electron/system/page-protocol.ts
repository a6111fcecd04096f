/**
 * Serves the page from app://farfield with its security headers, and hands what the page posts to `receive`. It must
 * never answer for another host, nor read a file outside the page's folder.
 */
import { existsSync, readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { protocol, type ProtocolRequest, type ProtocolResponse, type Session, type UploadData } from 'electron'
import { findPageFile, isOwnPage, PAGE_HEADERS, PAGE_SCHEME, STREAM_SCHEME } from '../security/hardening.ts'
import { type PageAnswer, type StreamedAnswer, statusAnswer } from '../security/page-answer.ts'

/** Bytes of a film that are read before its player has asked for them. */
const STREAMED_AHEAD = 256 * 1024

/** Must run before the app is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: PAGE_SCHEME,
      privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
    },
    { scheme: STREAM_SCHEME, privileges: { standard: true, secure: true, stream: true } },
  ])
}

/**
 * `substitute` is shown instead of the page when it answers something: there is no workspace to show.
 *
 * Not `protocol.handle`: that makes a fetch Request of each request and streams each answer, and Node needs 70 ms of
 * main's time to load what those are made of while the window waits for its HTML (decision 7).
 */
export function servePage(
  session: Session,
  deps: {
    readonly folder: string
    readonly substitute: () => PageAnswer | undefined
    /** What the page posts; undefined: it may not post there. */
    readonly receive: (address: URL, body: Uint8Array) => Promise<PageAnswer | undefined>
    /** A record's file, or the range of it that the header asks for; undefined: not an address of one. */
    readonly attachment: (address: URL, range: string | undefined) => Promise<PageAnswer | undefined>
    /** The film or sound that the address means; undefined: there is no workspace. */
    readonly stream: (address: URL, range: string | undefined) => Promise<StreamedAnswer | undefined>
    readonly report: (error: unknown, where: string) => void
  },
): void {
  // Asked for by players alone. It must be there before the page is: a page reaches no scheme that came later.
  session.protocol.registerStreamProtocol(STREAM_SCHEME, ({ url, method, headers }, send) => {
    const answering = method === 'GET' ? deps.stream(new URL(url), rangeOf(headers)) : undefined
    Promise.resolve(answering)
      .catch((error: unknown) => {
        deps.report(error, 'attachment://')
        return undefined
      })
      .then(answer => send(toStream(answer)))
      .catch((error: unknown) => deps.report(error, 'attachment://'))
  })

  const answer = async ({ url, method, uploadData, headers }: ProtocolRequest): Promise<PageAnswer> => {
    if (!isOwnPage(url)) return statusAnswer(404)
    const address = new URL(url)
    if (method === 'POST') return (await deps.receive(address, readBody(uploadData))) ?? statusAnswer(404)
    if (method !== 'GET') return statusAnswer(405)
    if (address.pathname.startsWith('/attachment/')) {
      return (await deps.attachment(address, rangeOf(headers))) ?? statusAnswer(404)
    }
    const substitute = address.pathname === '/index.html' ? deps.substitute() : undefined
    if (substitute !== undefined) return substitute
    const file = findPageFile(deps.folder, url)
    if (file === undefined || !existsSync(file.path)) return statusAnswer(404)
    return { status: 200, type: file.type, body: readFileSync(file.path) }
  }
  session.protocol.registerBufferProtocol(PAGE_SCHEME, (request, send) => {
    answer(request)
      .catch((error: unknown) => {
        deps.report(error, 'app://')
        return statusAnswer(500)
      })
      .then(({ status, type, body, headers = PAGE_HEADERS }) =>
        send({
          statusCode: status,
          headers: { ...headers, ...(type === undefined ? {} : { 'Content-Type': type }) },
          data: Buffer.from(body ?? ''),
        }),
      )
      .catch((error: unknown) => deps.report(error, 'app://'))
  })
}

/** Bytes alone; a page that posts a file or a blob posts nothing. */
function readBody(parts: readonly UploadData[] | undefined): Uint8Array {
  return Buffer.concat((parts ?? []).flatMap(({ bytes }) => bytes ?? []))
}

function rangeOf(headers: Readonly<Record<string, string>>): string | undefined {
  return headers['Range'] ?? headers['range']
}

function toStream(answer: StreamedAnswer | undefined): ProtocolResponse {
  if (answer === undefined) return { statusCode: 404, data: Readable.from([]) }
  const { status, type, headers, pieces } = answer
  const data = Readable.from(pieces ?? [], { objectMode: false, highWaterMark: STREAMED_AHEAD })
  // Also when the player goes away before its end. Damage has been reported by who found it.
  data.on('error', () => undefined)
  data.once('close', () => void answer.close())
  return { statusCode: status, data, headers: { ...headers, ...(type === undefined ? {} : { 'Content-Type': type }) } }
}
