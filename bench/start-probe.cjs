// Loaded into an Electron app with `-r`, so that Farfield and the hello-world floor are timed by the same eyes and neither
// has to know. Prints one JSON line: epoch milliseconds of ready-to-show and of the first painted rows (when asked).
const { app } = require('electron')

// Painted: every row that the window has room for holds values, two frames ago.
const ROWS = `new Promise(done => {
  const look = () => {
    const rows = document.querySelectorAll('[role=grid] [role=row][data-row]')
    const waiting = document.querySelector('[role=grid] [role=row][data-row] [aria-label=Loading]')
    if (rows.length >= 10 && waiting === null) requestAnimationFrame(() => requestAnimationFrame(() => done(Date.now())))
    else requestAnimationFrame(look)
  }
  look()
})`

app.on('browser-window-created', (_event, window) => {
  window.once('ready-to-show', () => {
    const ready = Date.now()
    const shown = process.env.FARFIELD_BENCH_ROWS ? window.webContents.executeJavaScript(ROWS) : Promise.resolve(null)
    void shown.then(rows => process.stdout.write(`\n${JSON.stringify({ ready, rows })}\n`))
  })
})
