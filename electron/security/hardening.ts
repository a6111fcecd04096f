/**
 * What a page may and may not do, as plain data and pure functions: where pages live, the headers they get, which
 * addresses are ours, and which file a request means. It must never know Electron; window.ts applies it.
 */
import { posix, resolve, sep } from 'node:path'

export const PAGE_SCHEME = 'app'
export const PAGE_HOST = 'farfield'
export const PAGE_ORIGIN = `${PAGE_SCHEME}://${PAGE_HOST}`
/** Films and sounds of records, and nothing else, stream from here; no page is ever shown from it. */
export const STREAM_SCHEME = 'attachment'
export const PAGE_START = `${PAGE_ORIGIN}/index.html`

/** Everything not listed is refused by `default-src 'none'`: no inline script, no eval, no address but our own. */
export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  'media-src attachment:',
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join('; ')

export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': CONTENT_SECURITY_POLICY,
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), usb=(), serial=(), hid=(), midi=()',
}

export const WEB_PREFERENCES = {
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  experimentalFeatures: false,
  webviewTag: false,
  navigateOnDragDrop: false,
  spellcheck: false,
} as const

/** Writing to the clipboard after a click needs no grant; everything a page could ask for beyond that is refused. */
export const GRANTED_PERMISSIONS: ReadonlySet<string> = new Set(['clipboard-sanitized-write'])

export function isOwnPage(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, host, username, password } = new URL(url)
  return protocol === `${PAGE_SCHEME}:` && host === PAGE_HOST && username === '' && password === ''
}

/** Only what a person's own browser should open; never a file, a mail program or another scheme's handler. */
export function isExternalLink(url: string): boolean {
  if (!URL.canParse(url)) return false
  const { protocol, username, password } = new URL(url)
  return protocol === 'https:' && username === '' && password === ''
}

/**
 * The name under which something the page made itself may be saved, or undefined: only tables, never what came from
 * elsewhere, and never a name that leads out of the folder or hides what it is.
 */
export function exportName(url: string, suggested: string): string | undefined {
  if (!url.startsWith(`blob:${PAGE_ORIGIN}/`) || !/\.csv$/i.test(suggested)) return undefined
  const name = suggested.replace(/[\p{Cc}<>:"/\\|?*\p{Cf}]/gu, ' ').trim()
  return /^[^.].{0,150}\.csv$/i.test(name) ? name : undefined
}

/** The name that a copy of a record's file gets: never a way out of the folder, a hidden file or a name that Windows keeps for itself. */
export function downloadName(suggested: string): string {
  const line = suggested.replace(/[\p{Cc}<>:"/\\|?*\p{Cf}\p{Cs}]/gu, ' ').replace(/^[\s.]+|[\s.]+$/g, '')
  const [ending = ''] = /\.[^.\s]{1,20}$/u.exec(line) ?? []
  const stem = line
    .slice(0, Math.min(100, line.length - ending.length))
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd()
  if (stem === '') return `file${ending}`
  return /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(stem) ? `file ${stem}${ending}` : stem + ending
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.map': 'application/json; charset=utf-8',
}

/** The file inside `folder` that a page address means, or undefined: unknown kinds and ways out of the folder are no files. */
export function findPageFile(
  folder: string,
  url: string,
): { readonly path: string; readonly type: string } | undefined {
  if (!isOwnPage(url)) return undefined
  let name: string
  try {
    name = decodeURIComponent(new URL(url).pathname)
  } catch {
    return undefined
  }
  if (/[\0\\:]/.test(name) || name.split('/').some(part => part === '..' || part === '.')) return undefined
  const type = MEDIA_TYPES[posix.extname(name).toLowerCase()]
  const root = resolve(folder)
  const path = resolve(root, `.${name}`)
  if (type === undefined || !path.startsWith(root + sep)) return undefined
  return { path, type }
}
