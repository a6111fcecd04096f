/**
 * Composition root of the app: opens things in order, closes them in reverse. Only what a window needs is loaded before
 * it; the database is loaded and opened while the page's process starts, and syncing once the first screen stands. No
 * rule of the app may live here.
 */
import { app } from 'electron'
import type { Workspace } from '../core/database/workspace.ts'
import type { SyncControl } from './ipc/sync.ts'
import { createClosers } from './closers.ts'
import type { Laptop } from './laptop.ts'
import { problemPage } from './problem-page.ts'
import { createReporter } from './security/redact.ts'
import { removeDebugSwitches } from './system/debug-switches.ts'
import { createKeychain } from './system/keychain.ts'
import { setMenu } from './system/menu.ts'
import { registerPageScheme } from './system/page-protocol.ts'
import { describeComputer, findPaths } from './system/paths.ts'
import { claimSingleInstance } from './system/single-instance.ts'
import { openWindow, type FarfieldWindow } from './window.ts'
import type { WorkspaceProblem } from './workspace.ts'

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
  let problem: WorkspaceProblem | 'internal' | undefined
  const opening = openWindow({
    paths,
    report,
    substitute: () => problem && problemPage(problem, paths.data, crypto.randomUUID()),
    receive: async (address, body) => (await laptop)?.receive(address, body),
    attachment: async (address, range) => (await laptop)?.attachment(address, range),
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
  const laptop = loading.then(openData).catch((error: unknown) => {
    report(error, 'start')
    return showProblem('internal')
  })

  function showProblem(found: WorkspaceProblem | 'internal'): undefined {
    problem = found
    window?.reload()
  }

  async function openData(): Promise<Laptop | undefined> {
    const { openLaptop } = await loading
    const opened = await openLaptop({
      folder: paths.data,
      nativeBinding: paths.sqliteAddon,
      checkpointScript: paths.checkpointScript,
      downloads: paths.downloads,
      keychain: createKeychain(),
      facts: { ...describeComputer(), version: app.getVersion() },
      openSync: openSyncLater,
      settled,
      now: Date.now,
      report,
    })
    if (!opened.ok) return showProblem(opened.problem)
    closers.add(() => opened.laptop.close())
    return opened.laptop
  }

  /** What it takes to sync is loaded and opened only once the first screen stands. */
  async function openSyncLater(workspace: Workspace): Promise<SyncControl> {
    await settled
    const [{ openSync }, { openProbe }, { watchSuspension }] = await Promise.all([
      import('./sync/sync.ts'),
      import('./system/probe.ts'),
      import('./system/power.ts'),
    ])
    const sync = await openSync({
      workspace,
      probe: openProbe(Date.now),
      suspended$: watchSuspension(),
      suggestedDeviceName: describeComputer().suggestedDeviceName,
      now: Date.now,
      random: Math.random,
      report,
    })
    closers.add(() => sync.close())
    return sync
  }
}

app.on('window-all-closed', () => app.quit())
app.on('will-quit', event => {
  if (closers.closed) return
  event.preventDefault()
  void closers.closeAll().finally(() => app.exit(0))
})
