/** Where things lie on this computer: the built page and preload beside main, the data in the user's profile. */
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { app } from 'electron'
import type { AppInfo } from '../../core/model/api.ts'
import { isDrivable } from './debug-switches.ts'

export interface Paths {
  /** Holds the database and its key file; made by whoever opens the database. */
  readonly data: string
  readonly page: string
  readonly preload: string
  /** Small, without user data: window bounds. */
  readonly windowState: string
  /** The SQLite addon to load instead of the driver's own prebuild, where that would not run. */
  readonly sqliteAddon: string | undefined
  readonly threadScript: string
  /** The thread that works on whole database files. */
  readonly jobScript: string
  /** Where a person finds what is saved. */
  readonly downloads: string
}

export function findPaths(): Paths {
  // After bundling, this file is dist/electron/main.mjs.
  const here = dirname(fileURLToPath(import.meta.url))
  const profile = app.getPath('userData')
  return {
    data: join(profile, 'workspace'),
    page: join(here, '..', 'renderer'),
    preload: join(here, 'preload.cjs'),
    windowState: join(profile, 'window.json'),
    sqliteAddon: givenAddon() ?? packagedAddon(),
    threadScript: join(here, 'file-thread.worker.mjs'),
    jobScript: join(here, 'file-jobs.worker.mjs'),
    downloads: app.getPath('downloads'),
  }
}

/** Only where tests may drive the app: an installed one loads no code that the environment names. */
function givenAddon(): string | undefined {
  return isDrivable() ? process.env['FARFIELD_SQLITE_ADDON'] || undefined : undefined
}

/** The current Electron has Node-API 10 and loads the shipped prebuild; only older runtimes carry their own build. */
function packagedAddon(): string | undefined {
  if (!app.isPackaged || Number(process.versions['napi'] ?? 0) >= 10) return undefined
  return join(process.resourcesPath, 'better_sqlite3.node')
}

export function describeComputer(): Pick<AppInfo, 'platform' | 'suggestedDeviceName'> {
  const { platform } = process
  return {
    platform: platform === 'win32' || platform === 'darwin' ? platform : 'linux',
    suggestedDeviceName: hostname().replace(/\.(local|lan|home)$/i, ''),
  }
}
