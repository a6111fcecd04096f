/** Wires what screens share (route, undo, notices, commands, keys) and chooses what is on screen. No screen's own logic. */
import { lazy, Suspense, useCallback, useEffect, useMemo, useReducer, useState } from 'react'
import type { AppInfo } from '../core/model/api.ts'
import { useLiveContext } from './api/use-live.ts'
import type { App } from './app-context.ts'
import { AppContext, useApp } from './app-context.ts'
import { AppCommands } from './commands/app-commands.tsx'
import Palette from './commands/palette.tsx'
import { createRegistry } from './commands/registry.ts'
import type { UndoStep } from './commands/undo-stack.ts'
import { createUndoStack } from './commands/undo-stack.ts'
import { createFileCopies } from './files/file-copies.ts'
import { createThumbnails, isPicture } from './files/thumbnails.ts'
import { useKeptPlace } from './kept-place.ts'
import { NoticeBar } from './parts/notice-bar.tsx'
import { createNotices } from './parts/notices.ts'
import { reduceRoute } from './route.ts'
import type { Route } from './route.ts'
import type { RunningArchive } from './screens/export/send-archive.ts'
import type { RunningExport } from './screens/export/use-export.ts'
import type { RunningImport } from './screens/import/running-import.ts'
import { RecordsScreen } from './screens/records/records-screen.tsx'
import { Sidebar } from './screens/sidebar/sidebar.tsx'
import styles from './app.module.css'
import { words } from './words/app.ts'
import { failureWords } from './words/failures.ts'
import { relativeTime } from './words/times.ts'

const NeedsYouScreen = lazy(() => import('./screens/needs-you/needs-you-screen.tsx'))
const ActivityScreen = lazy(() => import('./screens/activity/activity-screen.tsx'))
const SettingsScreen = lazy(() => import('./screens/settings/settings-screen.tsx'))
const FirstRun = lazy(() => import('./screens/first-run/first-run.tsx'))
const TypeEditor = lazy(() => import('./screens/types/type-editor.tsx'))
const ImportDialog = lazy(() => import('./screens/import/import-dialog.tsx'))
const ExportRun = lazy(() => import('./screens/export/export-run.tsx'))
const ImportRun = lazy(() => import('./screens/import/import-run.tsx'))
const ConnectDialog = lazy(() => import('./screens/sync/connect-dialog.tsx'))
const StorageBanner = lazy(() => import('./screens/storage/storage-banner.tsx'))
const HelpSheet = lazy(() => import('./commands/help-sheet.tsx'))

export function AppRoot({ info: described, start }: { readonly info: AppInfo; readonly start: Route }) {
  const { api } = useLiveContext()
  const [info, rename] = useState(described)
  const [firstRun, setFirstRun] = useState(described.device === null)
  const [route, go] = useReducer(reduceRoute, start)
  const [importing, setImporting] = useState<RunningImport | null>(null)
  const [exporting, setExporting] = useState<RunningExport | null>(null)
  const [bringing, setBringing] = useState<RunningArchive | null>(null)
  useKeptPlace(api, route.place)
  const mac = info.platform === 'darwin'
  const [shared] = useState(() => ({
    undo: createUndoStack(undo => api.call('undo', { undo })),
    notices: createNotices(),
    registry: createRegistry(mac),
  }))
  const { undo, notices, registry } = shared

  const complain = useCallback<App['complain']>(failure => notices.show(failureWords(failure), null, 'bad'), [notices])
  const did = useCallback<App['did']>(
    (label, token, text, joinKey) => {
      const step: UndoStep = joinKey === undefined ? { label, undo: token } : { label, undo: token, joinKey }
      undo.push(step)
      if (text === undefined) return
      const takeBack = async () => {
        const outcome = await undo.undoStep(step)
        if (outcome.kind === 'failed') complain(outcome.failure)
        else if (outcome.kind === 'done') notices.show(words.undone(outcome.label))
      }
      notices.show(text, { label: words.undo, run: () => void takeBack() })
    },
    [undo, notices, complain],
  )
  const travel = useCallback<App['travel']>(
    direction => {
      const move = async () => {
        const outcome = await undo[direction]()
        if (outcome.kind === 'failed') complain(outcome.failure)
        else if (outcome.kind === 'nothing')
          notices.show(direction === 'undo' ? words.nothingToUndo : words.nothingToRedo)
        else notices.show(direction === 'undo' ? words.undone(outcome.label) : words.redone(outcome.label))
      }
      void move()
    },
    [undo, notices, complain],
  )

  const [files] = useState(() => {
    const thumbnails = createThumbnails(
      () => new Worker(new URL('./files/thumbnail.worker.ts', import.meta.url), { type: 'module' }),
    )
    const copies = createFileCopies({
      api,
      post: async (job, from, piece) =>
        (await fetch(`/files/${encodeURIComponent(job)}?from=${from}`, { method: 'POST', body: piece })).ok,
      prepare: async file => {
        if (isPicture(file)) await thumbnails.make(file.hash)
      },
      added: (file, token, batch) =>
        token !== null && did(words.files.added(file.name), token, undefined, `files ${batch}`),
      ended: added => notices.show(words.files.addedAll(added)),
    })
    return { copies, thumbnails }
  })

  // What is opened most is fetched once the first screen is painted, so that opening it never waits.
  useEffect(() => {
    const idle = requestIdleCallback(() => void import('./screens/record/record-panel.tsx'))
    return () => cancelIdleCallback(idle)
  }, [])

  // Nor does what is seldom shown hold up the first screen.
  const [isLate, setLate] = useState(false)
  useEffect(() => {
    const idle = requestIdleCallback(() => setLate(true))
    return () => cancelIdleCallback(idle)
  }, [])

  useEffect(() => {
    const { restored } = described
    if (restored !== null) notices.show(words.restored(relativeTime(restored.at, Date.now()), restored.lost))
  }, [described, notices])

  const app = useMemo<App>(
    () => ({
      api,
      info,
      mac,
      route,
      go,
      undo,
      notices,
      registry,
      ...files,
      complain,
      did,
      travel,
      rename,
      importing,
      setImporting,
      exporting,
      setExporting,
      bringing,
      setBringing,
    }),
    [api, info, mac, route, undo, notices, registry, files, complain, did, travel, importing, exporting, bringing],
  )

  return (
    <AppContext value={app}>
      <div className={styles.window}>
        <Suspense>{isLate && <StorageBanner />}</Suspense>
        <div className={styles.rest}>
          {firstRun ? (
            <Suspense>
              <FirstRun onDone={() => setFirstRun(false)} />
            </Suspense>
          ) : (
            <Shell />
          )}
        </div>
      </div>
      <Suspense>
        <OpenDialog />
      </Suspense>
      <NoticeBar />
    </AppContext>
  )
}

function Shell() {
  const { route, importing, exporting } = useApp()
  const { place } = route
  return (
    <div className={styles.shell}>
      <AppCommands />
      <Sidebar>
        {importing !== null && (
          <Suspense>
            <ImportRun key={importing.job} importing={importing} />
          </Suspense>
        )}
        {exporting !== null && (
          <Suspense>
            <ExportRun key={exporting.job} exporting={exporting} />
          </Suspense>
        )}
      </Sidebar>
      <main className={styles.main} id="main">
        <Suspense>
          {place.screen === 'records' && <RecordsScreen place={place} />}
          {place.screen === 'needsYou' && <NeedsYouScreen chosen={place.record} />}
          {place.screen === 'activity' && <ActivityScreen />}
          {place.screen === 'settings' && <SettingsScreen section={place.section} />}
        </Suspense>
      </main>
    </div>
  )
}

function OpenDialog() {
  const { route, go, importing } = useApp()
  const close = useCallback(() => go({ to: 'dialog', dialog: null }), [go])
  const { dialog } = route
  switch (dialog?.name) {
    case undefined:
      return null
    case 'palette':
      return <Palette onClose={close} />
    case 'help':
      return <HelpSheet onClose={close} />
    case 'connect':
      return <ConnectDialog isMoving={dialog.moving === true} onClose={close} />
    case 'type':
      return <TypeEditor type={dialog.type} onClose={close} />
    case 'import':
      // One at a time: while one runs, it is what shows.
      return importing === null && <ImportDialog type={dialog.type} file={dialog.file} onClose={close} />
    case 'importRun':
      // Its own place in the shell shows it.
      return null
  }
}
