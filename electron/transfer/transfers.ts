/** What goes out of the workspace into files, and exports that come into it; opened once the first screen stands. */
import type { Workspace } from '../../core/database/workspace.ts'
import { createIntaking } from '../../core/replication/take-in.ts'
import type { FileStore } from '../storage/file-store.ts'
import { type ArchiveJobs, type ArchiveJobsDeps, createArchiveJobs } from './archive-jobs.ts'
import { createExportJobs, type ExportDeps, type ExportJobs } from './export-jobs.ts'

export interface Transfers {
  readonly exports: ExportJobs
  readonly archives: ArchiveJobs
  close(): Promise<void>
}

export type TransferDeps = Omit<ExportDeps, 'context' | 'reader' | 'changed$' | 'types' | 'store'> &
  Omit<ArchiveJobsDeps, 'intaking' | 'store'> & {
    readonly store: () => Promise<Pick<FileStore, 'open' | 'add'>>
    readonly workspace: Pick<Workspace, 'context' | 'records' | 'types'>
  }

export function openTransfers(deps: TransferDeps): Transfers {
  const { context, records, types } = deps.workspace
  const exports = createExportJobs({ ...deps, context, reader: records.reader, changed$: records.changed$, types })
  const archives = createArchiveJobs({ ...deps, intaking: createIntaking(context) })
  return {
    exports,
    archives,
    async close() {
      await exports.close()
      await archives.close()
    },
  }
}
