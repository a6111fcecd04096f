/** Hands the page one port to the process that owns the data, and nothing else; it must never grow. */
import { ipcRenderer } from 'electron'

const { port1, port2 } = new MessageChannel()
ipcRenderer.postMessage('farfield-port', null, [port1])
// Module scripts have run by then, so the page is listening.
window.addEventListener('DOMContentLoaded', () => window.postMessage('farfield-port', location.origin, [port2]), {
  once: true,
})

// Loading what Intl knows takes 20 ms when it is first asked for: here, while the page waits for its scripts.
setTimeout(() => Intl.DateTimeFormat.supportedLocalesOf('en'))
