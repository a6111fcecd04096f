/** What every screen may use: the port, the route, undo, notices and commands. Made once in main.tsx. */
import { createContext, useContext, useEffect, useState, useSyncExternalStore } from 'react'
import type { AppInfo, Undo } from '../core/model/api.ts'
import type { Failure } from '../core/model/failure.ts'
import type { Api } from './api/connect.ts'
import type { Command, Registry } from './commands/registry.ts'
import type { UndoStack } from './commands/undo-stack.ts'
import type { FileCopies } from './files/file-copies.ts'
import type { Thumbnails } from './files/thumbnails.ts'
import type { Notices } from './parts/notices.ts'
import type { RunningArchive } from './screens/export/send-archive.ts'
import type { RunningExport } from './screens/export/use-export.ts'
import type { RunningImport } from './screens/import/running-import.ts'
import type { Go, Route } from './route.ts'

export interface App {
  readonly api: Api
  readonly info: AppInfo
  readonly mac: boolean
  readonly route: Route
  go(go: Go): void
  readonly undo: UndoStack
  readonly notices: Notices
  readonly registry: Registry
  readonly copies: FileCopies
  readonly thumbnails: Thumbnails
  /** Says what went wrong, in words, at the foot of the window. */
  complain(failure: Failure): void
  /** Remembers how to take back what a call did; with `text` also offers it in the undo bar. */
  did(label: string, undo: Undo, text?: string, joinKey?: string): void
  /** Runs Ctrl Z or Ctrl Shift Z and says what happened. */
  travel(direction: 'undo' | 'redo'): void
  rename(info: AppInfo): void
  /** The import under way, or the last one until its outcome was read; it goes on whatever is on screen. */
  readonly importing: RunningImport | null
  setImporting(importing: RunningImport | null): void
  /** What is being taken out into a file, or the last one until its outcome was read. */
  readonly exporting: RunningExport | null
  setExporting(exporting: RunningExport | null): void
  /** The export that is being brought in, or the last one. */
  readonly bringing: RunningArchive | null
  setBringing(bringing: RunningArchive | null): void
}

export const AppContext = createContext<App | null>(null)

export function useApp(): App {
  const app = useContext(AppContext)
  if (app === null) throw new Error('Outside AppContext')
  return app
}

/** Adds commands while the component is mounted. `commands` must be memoized. */
export function useCommands(commands: readonly Command[]): void {
  const { registry } = useApp()
  useEffect(() => registry.add(commands), [registry, commands])
}

export function useNotice() {
  const { notices } = useApp()
  return useSyncExternalStore(notices.subscribe, notices.current)
}

/** The present, for relative times; ticks twice a minute while something that shows it is on screen. */
export function useNow(): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000)
    return () => clearInterval(timer)
  }, [])
  return now
}
