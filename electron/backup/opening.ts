/**
 * What an opening has to do before the database is opened as usual: put a restored backup in place, or rescue a damaged
 * file. Loaded only where one of the two is asked for. Each is taken up again where a crash has cut it short.
 */
import { existsSync } from 'node:fs'
import { goBack, readCarried } from '../../core/database/going-back.ts'
import type { Restored } from '../../core/model/api.ts'
import type { Workspace } from '../../core/database/workspace.ts'
import type { JobScript } from '../storage/file-job.ts'
import type { KeyedFile } from '../storage/keyed-database.ts'
import { StorageError } from '../storage/storage-error.ts'
import { finishReplacement, readReplacement, swapIn } from './replacement.ts'
import { isRescueWanted, keepReport, rescue } from './rescue.ts'

export interface OpeningWork {
  readonly file: KeyedFile
  readonly script: JobScript | undefined
  /** Opens the workspace in another file; the caller closes it. */
  readonly openAt: (path: string) => Promise<Workspace>
  readonly newMark: () => string
  /** A rescue begins, which takes its time. */
  readonly onRescue: () => void
}

export interface Prepared {
  /** The backup that is in place now. */
  readonly restored: Restored | null
  /** To be called once the workspace is open and before anybody uses it. */
  settle(workspace: Workspace): Promise<void>
}

/** What belongs to this laptop and not to its records: a restored backup must not bring back a hub that was left. */
const KEPT_SETTINGS = ['sync.connection', 'sync.policy', 'sync.pause']

export async function prepareOpening(work: OpeningWork): Promise<Prepared> {
  const { path } = work.file
  const replacement = readReplacement(path)
  if (replacement !== undefined) {
    const kept = swapIn(path, replacement)
    const carried = existsSync(kept) ? await carryOver(kept, work.openAt) : undefined
    return {
      restored: { at: replacement.at, lost: replacement.lost },
      async settle(workspace) {
        await goBack(workspace, carried, replacement.mark)
        finishReplacement(path)
      },
    }
  }
  if (!isRescueWanted(path)) return { restored: null, settle: () => Promise.resolve() }
  work.onRescue()
  const view = await rescue(work.file, work.script)
  return {
    restored: null,
    async settle(workspace) {
      await goBack(workspace, undefined, work.newMark())
      keepReport(path, view)
    },
  }
}

/** Undefined where the replaced database cannot be read: then only the present time keeps stamps apart. */
async function carryOver(path: string, openAt: OpeningWork['openAt']) {
  try {
    const replaced = await openAt(path)
    try {
      return await readCarried(replaced, KEPT_SETTINGS)
    } finally {
      await replaced.close()
    }
  } catch (error) {
    if (error instanceof StorageError && error.code === 'damaged') return undefined
    throw error
  }
}
