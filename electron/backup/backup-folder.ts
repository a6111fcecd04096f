/**
 * The folder of backups beside the workspace's database. A backup's name says when it was made and why; what lies there under
 * other names is not ours and is left alone. It reads names and sizes, and never opens a database.
 */
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { BACKUP_KINDS, type BackupKind, type KeptBackup } from '../../core/model/backup-plan.ts'

export interface Backup extends KeptBackup {
  readonly bytes: number
}

const NAME = new RegExp(
  `^workspace-(\\d{4}-\\d\\d-\\d\\dT\\d\\d-\\d\\d-\\d\\d\\.\\d{3}Z)-(${BACKUP_KINDS.join('|')})(?:-\\d+)?\\.db$`,
)
/** The database of a whole copy that is being made, and a whole copy that is arriving; both end with their job. */
export const SCRATCH = 'whole-copy.db'
export const ARRIVED = 'arrived.farfield'
const PART = /^(?:(?:workspace-.*|whole-copy)\.db\.part|whole-copy\.db|arrived\.farfield)(?:-journal|-wal|-shm)?$/

export function backupFolder(workspaceFolder: string): string {
  return join(workspaceFolder, 'backups')
}

/** Newest first; an absent folder has none. */
export function listBackups(folder: string): readonly Backup[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .flatMap(file => {
      const match = NAME.exec(file)
      if (match === null) return []
      const [, time = '', kind] = match
      const at = Date.parse(time.replace(/T(\d\d)-(\d\d)-/, 'T$1:$2:'))
      const bytes = statSync(join(folder, file), { throwIfNoEntry: false })?.size
      return Number.isNaN(at) || bytes === undefined ? [] : [{ file, at, kind: kind as BackupKind, bytes }]
    })
    .sort((one, other) => other.at - one.at || (one.file < other.file ? 1 : -1))
}

/** A name that is free in `folder`, which is made if it is not there. */
export function newBackupName(folder: string, at: number, kind: BackupKind): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const stem = `workspace-${new Date(at).toISOString().replaceAll(':', '-')}-${kind}`
  for (let copy = 1; ; copy++) {
    const file = copy === 1 ? `${stem}.db` : `${stem}-${copy}.db`
    if (!existsSync(join(folder, file))) return file
  }
}

/** What a crash left of backups and whole copies that were being made or put in place. */
export function removeParts(folder: string): void {
  if (!existsSync(folder)) return
  for (const file of readdirSync(folder)) if (PART.test(file)) rmSync(join(folder, file), { force: true })
}
