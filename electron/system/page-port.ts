/**
 * Accepts the port that the preload offers: from the top frame of our own window on our own origin, once per load. It
 * must never look into what travels through it.
 */
import { ipcMain, type BrowserWindow, type IpcMainEvent } from 'electron'
import type { Wire } from '../ipc/serve.ts'
import { isOwnPage } from '../security/hardening.ts'

export function acceptPorts(window: BrowserWindow, onWire: (wire: Wire) => void): void {
  const { webContents } = window
  let closeLast: (() => void) | undefined
  let taken = false

  const onOffer = (event: IpcMainEvent) => {
    const [port, ...more] = event.ports
    const frame = event.senderFrame
    const trusted =
      event.sender === webContents && frame !== null && frame.parent === null && isOwnPage(frame.url) && !taken
    if (!trusted || port === undefined || more.length > 0) {
      for (const each of event.ports) each.close()
      return
    }
    taken = true
    closeLast = () => port.close()
    onWire({
      send: frame => port.postMessage(frame),
      listen(onFrame, onClose) {
        port.on('message', message => onFrame(message.data))
        port.on('close', onClose)
        // Until now the page's frames were waiting in the port.
        port.start()
      },
      close: () => port.close(),
    })
  }
  ipcMain.on('farfield-port', onOffer)
  webContents.on('did-start-navigation', details => {
    if (!details.isMainFrame || details.isSameDocument) return
    taken = false
    closeLast?.()
    closeLast = undefined
  })
  window.on('closed', () => {
    ipcMain.off('farfield-port', onOffer)
    closeLast?.()
  })
}
