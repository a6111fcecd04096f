/**
 * Photos and files of this laptop: the store, thumbnails, what comes in and what is shown of them. Opened once the first
 * screen stands; it must never be needed for a start.
 */
import { statfsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Subject } from 'rxjs'
import { findFileReferences } from '../../core/database/file-references.ts'
import type { Workspace } from '../../core/database/workspace.ts'
import { withoutFile } from '../../core/model/fields/files.ts'
import type { Result } from '../../core/model/failure.ts'
import type { Undo } from '../../core/model/api.ts'
import type { FileDepot } from '../../core/replication/file-transfer.ts'
import type { FieldId, RecordId } from '../../core/model/record.ts'
import type { PageAnswer, StreamedAnswer } from '../security/page-answer.ts'
import { type FileStore, openFileStore } from '../storage/file-store.ts'
import { openSealedFolder } from '../storage/sealed-folder.ts'
import { answerAttachment, streamAttachment } from './attachment-answers.ts'
import { createFileCopies, type FileCopies } from './copies.ts'
import { openIncoming } from './incoming.ts'
import { receiveFile } from './receive.ts'
import { saveCopy } from './save-copy.ts'
import { startSweeping, type SweepDeps } from './sweep.ts'

export interface Files {
  readonly copies: FileCopies
  /** For what takes all files out of the workspace, or brings them in. */
  readonly store: FileStore
  /** Undefined: not an address of files. */
  receive(address: URL, body: Uint8Array): Promise<PageAnswer | undefined>
  /** What a file's address answers; `range` as the request's header says it. */
  answer(address: URL, range: string | undefined): Promise<PageAnswer | undefined>
  /** What attachment://farfield/<hash> answers. */
  stream(address: URL, range: string | undefined): Promise<StreamedAnswer>
  remove(record: RecordId, field: FieldId, hash: string): Promise<Result<{ undo: Undo | null }>>
  /** What syncing sees of them. */
  readonly depot: FileDepot & { has(hash: string): Promise<boolean> }
  save(hash: string, name: string): Promise<Result<{ name: string }>>
  close(): Promise<void>
}

export interface FilesDeps {
  /** Beside the database. */
  readonly folder: string
  /** The database's key; what is encrypted here has keys that follow from it. */
  readonly key: Uint8Array
  /** Where a person finds what is saved. */
  readonly downloads: string
  /** What the kept backups name (backup/kept-files.ts). */
  readonly findKept: SweepDeps['findKept']
  readonly mayRemove: SweepDeps['mayRemove']
  readonly workspace: Pick<Workspace, 'records' | 'types' | 'settings' | 'context'>
  readonly random: (bytes: number) => Uint8Array
  readonly now: () => number
  readonly newId: () => string
  readonly report: (error: unknown) => void
}

/** When nobody waits for the start any more; reading 100,000 records takes some seconds, in small pieces. */
const FIRST_SWEEP_MS = 5 * 60_000
const SWEEP_EVERY_MS = 24 * 3_600_000

export async function openFiles(deps: FilesDeps): Promise<Files> {
  const { folder, key, random, workspace, report } = deps
  const { records, types } = workspace
  const plain = await openFileStore({ path: join(folder, 'files'), key, random })
  const changes$ = new Subject<{ readonly hash: string; readonly bytes: number | null }>()
  const store: FileStore = {
    ...plain,
    async add(source) {
      const added = await plain.add(source)
      changes$.next(added)
      return added
    },
    async remove(hash) {
      const isGone = await plain.remove(hash)
      if (isGone) changes$.next({ hash, bytes: null })
      return isGone
    },
  }
  const { settings } = workspace
  const incoming = await openIncoming({ path: join(folder, 'incoming'), key, random, settings, store })
  const thumbnails = await openSealedFolder({ path: join(folder, 'thumbnails'), key, purpose: 'thumbnails', random })
  const copies = createFileCopies({
    store,
    records,
    async takesFiles(id, field) {
      const record = await records.read(id)
      const type = record === null ? undefined : types.get(record.type)
      return type?.fields.some(each => each.id === field && each.kind === 'files') === true
    },
    now: deps.now,
    newId: deps.newId,
    report,
  })
  const sweeping = startSweeping(
    {
      store,
      thumbnails,
      settings: workspace.settings,
      findReferences: stopped => findFileReferences(workspace.context.tables, stopped),
      findKept: deps.findKept,
      mayRemove: deps.mayRemove,
      isSomethingSetAside: async () => (await readdir(folder)).some(name => name.includes('.damaged-')),
      now: deps.now,
      report,
    },
    { firstAfterMs: FIRST_SWEEP_MS, everyMs: SWEEP_EVERY_MS },
  )
  return {
    copies,
    store,
    receive: (address, body) => receiveFile({ copies, store, thumbnails }, address, body),
    answer: (address, range) => answerAttachment({ store, thumbnails, report }, address, range),
    stream: (address, range) => streamAttachment({ store, report }, address, range),
    remove: (record, field, hash) => records.editValue(record, field, value => withoutFile(value, hash)),
    depot: {
      ...incoming,
      list: store.list,
      open: store.open,
      has: store.has,
      changes$,
      room() {
        const { bavail, bsize } = statfsSync(folder)
        return bavail * bsize
      },
    },
    save: (hash, name) => saveCopy(store, deps.downloads, hash, name),
    async close() {
      await sweeping.close()
      await copies.close()
      await incoming.close()
      await thumbnails.close()
      await store.close()
      changes$.complete()
    },
  }
}
