/**
 * Serves the page from app://farfield with its security headers, and hands what the page posts to `receive`. It must
 * never answer for another host, nor read a file outside the page's folder.
 */
import { existsSync, readFileSync } from 'node:fs'
import { protocol, type Session } from 'electron'
import { filesNamed, findPageFile, isOwnPage, PAGE_HEADERS, PAGE_SCHEME } from '../security/hardening.ts'

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
 * `substitute` is shown instead of the page when it answers something: there is no workspace to show. `onAsked` is called
 * when the page has been given every file that its HTML names.
 */
export function servePage(
  session: Session,
  deps: {
    readonly folder: string
    readonly substitute: () => Response | undefined
    readonly receive: (path: string, body: ReadableStream<Uint8Array> | null) => Promise<Response>
    readonly onAsked: () => void
    readonly report: (error: unknown, where: string) => void
  },
): void {
  const named = new Set<string>()
  session.protocol.handle(PAGE_SCHEME, async request => {
    try {
      if (!isOwnPage(request.url)) return refuse(404)
      const { pathname } = new URL(request.url)
      if (request.method === 'POST') return await deps.receive(pathname, request.body)
      if (request.method !== 'GET') return refuse(405)
      const substitute = pathname === '/index.html' ? deps.substitute() : undefined
      if (substitute !== undefined) return substitute
      const file = findPageFile(deps.folder, request.url)
      if (file === undefined) return refuse(404)
      if (!existsSync(file.path)) return refuse(404)
      const content = readFileSync(file.path)
      if (pathname === '/index.html') for (const path of filesNamed(content.toString('utf8'))) named.add(path)
      else if (named.delete(pathname) && named.size === 0) deps.onAsked()
      return new Response(new Uint8Array(content), { headers: { ...PAGE_HEADERS, 'Content-Type': file.type } })
    } catch (error) {
      deps.report(error, 'app://')
      return refuse(500)
    }
  })
}

function refuse(status: number): Response {
  return new Response(null, { status, headers: PAGE_HEADERS })
}

/** Node loads what they are made of (some 60 ms) when they are first named: better while the page's process starts. */
export function warmPageProtocol(): void {
  void [Request, Response]
}
