/**
 * Takes from a session whatever a page could reach beyond its own origin: permissions, devices, downloads, the network.
 * The app's own traffic does not pass here; it is made in main.
 */
import type { Session, WebContents } from 'electron'
import { GRANTED_PERMISSIONS, isExternalLink } from '../security/hardening.ts'

const FOREIGN = ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'ftp://*/*', 'file://*/*']

export function lockSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => answer(GRANTED_PERMISSIONS.has(permission)))
  session.setPermissionCheckHandler((_contents, permission) => GRANTED_PERMISSIONS.has(permission))
  session.setDevicePermissionHandler(() => false)
  session.on('will-download', event => event.preventDefault())
  session.webRequest.onBeforeRequest({ urls: FOREIGN }, (_details, answer) => answer({ cancel: true }))
}

/** No way to another page, another window or an embedded one; https links open in the user's own browser. */
export function lockContents(contents: WebContents, openExternal: (url: string) => void): void {
  contents.on('will-navigate', event => event.preventDefault())
  contents.on('will-frame-navigate', event => event.preventDefault())
  contents.on('will-redirect', event => event.preventDefault())
  contents.on('will-attach-webview', event => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    if (isExternalLink(url)) openExternal(url)
    return { action: 'deny' }
  })
}
