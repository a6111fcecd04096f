/**
 * Composition root of the app: opens things in order, closes them in reverse. Only what a window needs is loaded before
 * it; the database is loaded and opened while the page's process starts, and syncing once the first screen stands. No
 * rule of the app may live here.
 */
import { app } from 'electron'
import { createClosers } from './closers.ts'
import type { Laptop } from './laptop.ts'
import { problemPage, type ProblemShown } from './problem-page.ts'
import { createReporter } from './security/redact.ts'
import { removeDebugSwitches } from './system/debug-switches.ts'
import { createKeychain } from './system/keychain.ts'
import { setMenu } from './system/menu.ts'
import { registerPageScheme } from './system/page-protocol.ts'
import { describeComputer, findPaths } from './system/paths.ts'
import { showInFolder } from './system/show-in-folder.ts'
import { claimSingleInstance } from './system/single-instance.ts'
import { openSyncLater } from './sync-later.ts'
import { openWindow, type FarfieldWindow } from './window.ts'

removeDebugSwitches()
registerPageScheme()
setMenu(process.platform)
const report = createReporter(text => process.stderr.write(`${text}\n`))
/** From the first paint until the first rows are on screen, on a slow computer. */
const SETTLE_MS = 500
let window: FarfieldWindow | undefined
const closers = createClosers(report)

// Electron would show a native dialog, which blocks everything.
process.on('uncaughtException', error => report(error, 'uncaught'))
process.on('unhandledRejection', error => report(error, 'unhandled'))

if (claimSingleInstance(() => window?.bringForward())) void app.whenReady().then(start)
else app.quit()

function start(): void {
  const paths = findPaths()
  let problem: ProblemShown | undefined
  const opening = openWindow({
    paths,
    report,
    substitute: () => problem && problemPage(problem, paths.data, crypto.randomUUID()),
    receive: async (address, body) => (await laptop)?.receive(address, body),
    attachment: async (address, range) => (await laptop)?.attachment(address, range),
    stream: async (address, range) => (await laptop)?.stream(address, range),
    // The page's frames wait in its port until the database is open.
    onWire: wire =>
      void laptop.then(opened => {
        if (opened) opened.serve(wire)
        else wire.close()
      }),
  })
  window = opening
  const settled = opening.shown.then(() => new Promise<void>(resolve => setTimeout(resolve, SETTLE_MS)))
  const loading = import('./laptop.ts')
  let laptop = open()
  closers.add(async () => (await laptop)?.close())

  function open(): Promise<Laptop | undefined> {
    return loading.then(openData).catch((error: unknown) => {
      report(error, 'start')
      return show('internal')
    })
  }

  /** What was announced takes place while nothing is open; the page begins anew. */
  function reopen(): void {
    const before = laptop
    laptop = before.then(async opened => {
      await opened?.close().catch((error: unknown) => report(error, 'close'))
      return open()
    })
    window?.reload()
  }

  function show(found: ProblemShown | undefined): undefined {
    problem = found
    window?.reload()
  }

  async function openData(): Promise<Laptop | undefined> {
    const { openLaptop } = await loading
    const opened = await openLaptop({
      folder: paths.data,
      nativeBinding: paths.sqliteAddon,
      threadScript: paths.threadScript,
      jobScript: { path: paths.jobScript },
      onRescue: () => show('rescuing'),
      reopen,
      downloads: paths.downloads,
      showInFolder,
      keychain: createKeychain(),
      facts: { ...describeComputer(), version: app.getVersion() },
      openSync: (workspace, depot) => openSyncLater({ workspace, depot, settled, report }),
      settled,
      now: Date.now,
      report,
    })
    if (!opened.ok) return show(opened.problem)
    if (problem !== undefined) show(undefined)
    return opened.laptop
  }
}

app.on('window-all-closed', () => app.quit())
app.on('will-quit', event => {
  if (closers.closed) return
  event.preventDefault()
  void closers.closeAll().finally(() => app.exit(0))
})
