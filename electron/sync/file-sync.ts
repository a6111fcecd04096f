/**
 * Photos and files between this laptop and its hub: opens the transfer once a hub and this laptop's files are there, lets it
 * run when the schedule and the records permit, and shows where each file is. It decides nothing about order.
 */
import {
  auditTime,
  BehaviorSubject,
  combineLatest,
  distinctUntilChanged,
  from,
  map,
  merge,
  of,
  type Observable,
  startWith,
  switchMap,
} from 'rxjs'
import { followNamedFiles } from '../../core/database/named-files.ts'
import type { Workspace } from '../../core/database/workspace.ts'
import type { FilePlace, FileTraffic } from '../../core/model/api.ts'
import type { Failure } from '../../core/model/failure.ts'
import { openFileLedger } from '../../core/replication/file-ledger.ts'
import {
  type FileDepot,
  type FileTransfer,
  openFileTransfer,
  type TransferPermission,
  type TransferState,
} from '../../core/replication/file-transfer.ts'
import { realTimer } from '../../core/replication/timer.ts'
import { StorageError } from '../storage/storage-error.ts'
import type { Link } from './link.ts'

export type Depot = FileDepot & { has(hash: string): Promise<boolean> }

export interface FileSyncDeps {
  readonly workspace: Workspace
  /** Opened after the window is shown. */
  readonly depot: Promise<Depot>
  readonly link$: Observable<Link | null>
  readonly permission$: Observable<TransferPermission>
  readonly now: () => number
  readonly report: (error: unknown) => void
}

export interface FileSync {
  /** null without a hub. */
  readonly traffic$: Observable<FileTraffic | null>
  places$(hashes: readonly string[]): Observable<readonly FilePlace[]>
  ask(hash: string): void
  close(): Promise<void>
}

const SHOWN_EVERY_MS = 100

export function openFileSync(deps: FileSyncDeps): FileSync {
  const { workspace, report } = deps
  const transfer$ = new BehaviorSubject<FileTransfer | null>(null)
  let permission: TransferPermission = { files: false, records: false, onlyAsked: false }
  let closeCurrent: () => Promise<void> = async () => undefined
  let closed = false
  let end: (nothing: undefined) => void = () => undefined
  const ended = new Promise<undefined>(resolve => (end = resolve))

  // One after the other: a new hub's ledger takes the place of the one before.
  let turn: Promise<void> = Promise.resolve()
  const links = deps.link$.pipe(distinctUntilChanged()).subscribe(link => {
    turn = turn
      .then(async () => {
        await closeCurrent()
        closeCurrent = async () => undefined
        if (link !== null && !closed) await open(link)
      })
      .catch(report)
  })
  links.add(
    deps.permission$.subscribe(next => {
      permission = next
      transfer$.value?.allow(next)
    }),
  )

  async function open(link: Link): Promise<void> {
    const depot = await Promise.race([deps.depot, ended])
    if (depot === undefined) return
    const ledger = await openFileLedger(workspace.settings, link.identity, realTimer, report)
    const holdsFiles$ = workspace.types.all$.pipe(
      map(() => workspace.types.list().some(({ fields }) => fields.some(({ kind }) => kind === 'files'))),
      distinctUntilChanged(),
    )
    const named = followNamedFiles(workspace.context.tables.records, holdsFiles$, report)
    const transfer = openFileTransfer({
      provider: link.provider,
      depot,
      named,
      ledger,
      toFailure,
      now: deps.now,
      timer: realTimer,
      report,
    })
    transfer$.next(transfer)
    transfer.allow(permission)
    closeCurrent = async () => {
      transfer$.next(null)
      await transfer.close()
      named.close()
    }
  }

  async function lookAt(hashes: readonly string[], transfer: FileTransfer | null): Promise<readonly FilePlace[]> {
    const depot = await deps.depot
    const isCounted = transfer?.state.counted === true
    const places = hashes.map(async (hash): Promise<FilePlace> => {
      const place = transfer?.place(hash) ?? { hash, there: false, moving: null, asked: false, trouble: null }
      return { ...place, here: isCounted && 'here' in place ? place.here : await depot.has(hash) }
    })
    return Promise.all(places)
  }

  return {
    traffic$: transfer$.pipe(switchMap(transfer => transfer?.state$.pipe(map(toTraffic)) ?? of(null))),
    places$: hashes =>
      combineLatest([transfer$, from(deps.depot)]).pipe(
        switchMap(([transfer, depot]) =>
          merge(depot.changes$, transfer?.state$ ?? of(null)).pipe(
            auditTime(SHOWN_EVERY_MS),
            startWith(null),
            switchMap(() => lookAt(hashes, transfer)),
          ),
        ),
        distinctUntilChanged((one, other) => JSON.stringify(one) === JSON.stringify(other)),
      ),
    ask: hash => transfer$.value?.ask(hash),
    async close() {
      closed = true
      end(undefined)
      links.unsubscribe()
      await turn
      await closeCurrent().catch(report)
      transfer$.complete()
    },
  }
}

function toTraffic({ counted, send, fetch, troubles, moving, moved }: TransferState): FileTraffic {
  const nth = moving === null ? 0 : moved[moving.direction] + 1
  const left = moving === null ? 0 : { send, fetch }[moving.direction].files
  return {
    counted,
    send,
    fetch,
    troubles,
    moving: moving && {
      direction: moving.direction,
      photo: moving.photo,
      nth,
      of: Math.max(nth, nth - 1 + left),
      done: moving.done,
      bytes: moving.bytes,
    },
  }
}

function toFailure(error: unknown): Failure | undefined {
  if (!(error instanceof StorageError)) return undefined
  if (error.code === 'diskFull') return { code: 'diskFull' }
  return error.code === 'damaged' ? { code: 'fileDamaged' } : undefined
}
