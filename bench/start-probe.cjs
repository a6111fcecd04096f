// Loaded into an Electron app with `-r`, so that Farfield and the hello-world floor are timed by the same eyes and neither
// has to know. Prints one JSON line: epoch milliseconds of ready-to-show and of the first painted rows (when asked).
const { app } = require('electron')

const ROWS = `new Promise(done => {
  const look = () => {
    const rows = document.querySelectorAll('[role=grid] [role=row][data-loaded]').length
    if (rows >= Math.min(50, Math.floor(innerHeight / 36) - 4)) requestAnimationFrame(() => requestAnimationFrame(() => done(Date.now())))
    else requestAnimationFrame(look)
  }
  look()
})`

app.on('browser-window-created', (_event, window) => {
  window.once('ready-to-show', async () => {
    const ready = Date.now()
    const rows = process.env.FARFIELD_BENCH_ROWS ? await window.webContents.executeJavaScript(ROWS) : null
    process.stdout.write(`\n${JSON.stringify({ ready, rows })}\n`)
  })
})
