/**
 * Composition root of the app: opens things in order, closes them in reverse. The window is made while the database
 * opens, and syncing is opened once the window shows. No rule of the app may live here.
 */
import { randomBytes } from 'node:crypto'
import { app } from 'electron'
import { BOUNDS } from '../core/model/api.ts'
import type { Workspace } from '../core/database/workspace.ts'
import { newId } from '../core/model/id.ts'
import { receiveImport } from './import/receive.ts'
import { serve } from './ipc/serve.ts'
import type { SyncControl } from './ipc/sync.ts'
import { createClosers } from './closers.ts'
import { createLaptop, type Laptop } from './laptop.ts'
import { problemPage } from './problem-page.ts'
import { createReporter } from './security/redact.ts'
import { removeDebugSwitches } from './system/debug-switches.ts'
import { createKeychain } from './system/keychain.ts'
import { registerPageScheme } from './system/page-protocol.ts'
import { describeComputer, findPaths } from './system/paths.ts'
import { watchSuspension } from './system/power.ts'
import { openProbe } from './system/probe.ts'
import { claimSingleInstance } from './system/single-instance.ts'
import { openWindow, type FarfieldWindow } from './window.ts'
import { openLaptopWorkspace, type WorkspaceProblem } from './workspace.ts'

removeDebugSwitches()
registerPageScheme()
const report = createReporter(text => process.stderr.write(`${text}\n`))
const random = (bytes: number) => new Uint8Array(randomBytes(bytes))
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
  const laptop = openLaptop().catch((error: unknown) => {
    report(error, 'start')
    return showProblem('internal')
  })
  window = openWindow({
    paths,
    report,
    substitute: () => problem && problemPage(problem, paths.data, newId(random)),
    receive: async (path, body) => {
      const opened = await laptop
      const answer = opened && (await receiveImport(opened.jobs, path, body))
      return answer ?? new Response(null, { status: 404 })
    },
    // The page's frames wait in its port until the database is open.
    onWire: wire =>
      void laptop.then(opened => {
        if (opened) serve(wire, opened.calls, opened.feeds, BOUNDS, report)
        else wire.close()
      }),
  })

  function showProblem(found: WorkspaceProblem | 'internal'): undefined {
    problem = found
    window?.reload()
  }

  async function openLaptop(): Promise<Laptop | undefined> {
    const opening = await openLaptopWorkspace({
      folder: paths.data,
      nativeBinding: paths.sqliteAddon,
      keychain: createKeychain(),
      now: Date.now,
      random,
      report,
    })
    if (!opening.ok) return showProblem(opening.problem)
    const { workspace, protection, setAside, relax } = opening.opened
    closers.add(() => workspace.close())
    const made = createLaptop({
      workspace,
      facts: { ...describeComputer(), version: app.getVersion(), protection, setAside },
      sync: openSyncLater(workspace),
      relax,
      newId: () => newId(random),
      report,
    })
    closers.add(() => made.jobs.close())
    return made
  }

  /** What it takes to sync is loaded and opened only once the window shows. */
  async function openSyncLater(workspace: Workspace): Promise<SyncControl> {
    await window?.shown
    const { openSync } = await import('./sync/sync.ts')
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
