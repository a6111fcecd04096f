// The floor of every start: the smallest Electron app that shows a window. It must stay this small.
import { app, BrowserWindow } from 'electron'

// Not awaited: an ES module main that waits for `ready` at its top level waits for ever.
void app.whenReady().then(() => {
  const window = new BrowserWindow({ width: 1280, height: 800, show: false })
  window.once('ready-to-show', () => window.show())
  return window.loadURL('data:text/html,<title>Hello</title><h1>Hello</h1>')
})
