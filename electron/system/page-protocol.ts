/**
 * Serves the page from app://farfield with its security headers, and hands what the page posts to `receive`. It must
 * never answer for another host, nor read a file outside the page's folder.
 */
import { existsSync, readFileSync } from 'node:fs'
import { protocol, type ProtocolRequest, type Session, type UploadData } from 'electron'
import { findPageFile, isOwnPage, PAGE_HEADERS, PAGE_SCHEME } from '../security/hardening.ts'
import { type PageAnswer, statusAnswer } from '../security/page-answer.ts'

/** Must run before the app is ready. */
export function registerPageScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: PAGE_SCHEME,
      privileges: { standard: true, secure: true, supportFetchAPI: true, stream: true, codeCache: true },
    },
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
    readonly report: (error: unknown, where: string) => void
  },
): void {
  const answer = async ({ url, method, uploadData, headers }: ProtocolRequest): Promise<PageAnswer> => {
    if (!isOwnPage(url)) return statusAnswer(404)
    const address = new URL(url)
    if (method === 'POST') return (await deps.receive(address, readBody(uploadData))) ?? statusAnswer(404)
    if (method !== 'GET') return statusAnswer(405)
    if (address.pathname.startsWith('/attachment/')) {
      return (await deps.attachment(address, headers['Range'] ?? headers['range'])) ?? statusAnswer(404)
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
