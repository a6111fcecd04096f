/**
 * Takes from a session whatever a page could reach beyond its own origin: permissions, devices, the network, and
 * downloads but for tables of its own making.
 * The app's own traffic does not pass here; it is made in main.
 */
import { app, type Session, type WebContents } from 'electron'
import { exportName, GRANTED_PERMISSIONS, isExternalLink } from '../security/hardening.ts'
import { freePath } from '../security/free-path.ts'

const FOREIGN = ['http://*/*', 'https://*/*', 'ws://*/*', 'wss://*/*', 'ftp://*/*', 'file://*/*']

export function lockSession(session: Session): void {
  session.setPermissionRequestHandler((_contents, permission, answer) => answer(GRANTED_PERMISSIONS.has(permission)))
  session.setPermissionCheckHandler((_contents, permission) => GRANTED_PERMISSIONS.has(permission))
  session.setDevicePermissionHandler(() => false)
  session.on('will-download', (event, item) => {
    const name = exportName(item.getURL(), item.getFilename())
    if (name === undefined) event.preventDefault()
    // Without a path Electron would ask in a native dialog, which blocks the app.
    else item.setSavePath(freePath(app.getPath('downloads'), name))
  })
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
