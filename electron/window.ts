/**
 * The one window: locked down, shown once it has something to show. It must know nothing of records; what travels
 * through its port is somebody else's.
 */
import { BrowserWindow, nativeTheme, session, shell } from 'electron'
import type { Wire } from './ipc/serve.ts'
import { PAGE_START, WEB_PREFERENCES } from './security/hardening.ts'
import type { PageAnswer, StreamedAnswer } from './security/page-answer.ts'
import { acceptPorts } from './system/page-port.ts'
import { servePage } from './system/page-protocol.ts'
import type { Paths } from './system/paths.ts'
import { lockContents, lockSession } from './system/session-lock.ts'
import { keepPlace, readPlace } from './system/window-bounds.ts'

export interface FarfieldWindow {
  bringForward(): void
  /** Loads the page again: what there is to show has changed. */
  reload(): void
  readonly shown: Promise<void>
}

/** The page's canvas before its style sheet arrives; the same two colours as renderer/styles. */
const BACKGROUND = { light: '#fbfbfa', dark: '#191a1b' }

export function openWindow(deps: {
  readonly paths: Paths
  readonly onWire: (wire: Wire) => void
  readonly substitute: () => PageAnswer | undefined
  readonly receive: (address: URL, body: Uint8Array) => Promise<PageAnswer | undefined>
  readonly attachment: (address: URL, range: string | undefined) => Promise<PageAnswer | undefined>
  readonly stream: (address: URL, range: string | undefined) => Promise<StreamedAnswer | undefined>
  readonly report: (error: unknown, where: string) => void
}): FarfieldWindow {
  const { paths, report } = deps
  lockSession(session.defaultSession)
  servePage(session.defaultSession, { ...deps, folder: paths.page })

  const place = readPlace(paths.windowState)
  const window = new BrowserWindow({
    ...place.bounds,
    minWidth: 640,
    minHeight: 480,
    title: 'Farfield',
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? BACKGROUND.dark : BACKGROUND.light,
    webPreferences: { ...WEB_PREFERENCES, preload: paths.preload },
  })
  lockContents(window.webContents, url => {
    shell.openExternal(url).catch((error: unknown) => report(error, 'openExternal'))
  })
  acceptPorts(window, deps.onWire)
  keepPlace(window, paths.windowState)
  const shown = new Promise<void>(resolve => {
    window.once('ready-to-show', () => {
      if (place.maximized) window.maximize()
      window.show()
      resolve()
    })
  })
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    report(new Error(`The page's process ended: ${reason}`), 'window')
    if (reason !== 'clean-exit') window.reload()
  })
  window.loadURL(PAGE_START).catch((error: unknown) => report(error, 'window'))
  let waiting = false
  /** After a load that is under way: broken off, it would be reported as failed. Several in that time are one. */
  const reload = () => {
    if (!window.webContents.isLoadingMainFrame()) return window.reload()
    if (waiting) return
    waiting = true
    window.webContents.once('did-stop-loading', () => {
      waiting = false
      reload()
    })
  }
  return {
    shown,
    reload,
    bringForward() {
      if (window.isMinimized()) window.restore()
      window.focus()
    },
  }
}
