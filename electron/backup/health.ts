/**
 * What is wrong with the disk or the database, as far as failed reads and writes have shown: a full disk until there is room
 * again, damage until it is rescued. It asks the disk only while it is known to be full.
 */
import { BehaviorSubject, distinctUntilChanged, type Observable } from 'rxjs'
import type { Failure } from '../../core/model/failure.ts'
import { StorageError } from '../storage/storage-error.ts'

export interface Health {
  readonly view$: Observable<HealthView>
  /** Takes note of what went wrong; answers it as a failure if a person can do something about it. */
  note(error: unknown): Failure | undefined
  close(): void
}

export interface HealthView {
  readonly diskFull: boolean
  readonly damaged: boolean
}

export interface HealthDeps {
  /** Free bytes where the database lies. */
  readonly room: () => number
  /** Calls back once after `ms`; the answer cancels it. */
  readonly after: (ms: number, ring: () => void) => () => void
}

/** Enough for what is being typed, and for SQLite to write it into its WAL. */
export const ROOM_NEEDED = 8 * 1024 * 1024
const LOOK_EVERY_MS = 2000

export function createHealth({ room, after }: HealthDeps): Health {
  const view$ = new BehaviorSubject<HealthView>({ diskFull: false, damaged: false })
  let cancel: (() => void) | undefined

  const look = () => {
    cancel = undefined
    if (room() >= ROOM_NEEDED) view$.next({ ...view$.value, diskFull: false })
    else cancel = after(LOOK_EVERY_MS, look)
  }
  return {
    view$: view$.pipe(distinctUntilChanged((one, other) => JSON.stringify(one) === JSON.stringify(other))),
    note(error) {
      const code = codeOf(error)
      if (code === 'diskFull') {
        view$.next({ ...view$.value, diskFull: true })
        cancel ??= after(LOOK_EVERY_MS, look)
      }
      if (code === 'damaged') view$.next({ ...view$.value, damaged: true })
      return code === undefined ? undefined : { code }
    },
    close() {
      cancel?.()
      view$.complete()
    },
  }
}

/** RxDB hands some of the storage's errors on wrapped in its own. */
function codeOf(error: unknown): 'diskFull' | 'damaged' | undefined {
  for (let each = error, depth = 0; each instanceof Error && depth < 4; each = each.cause, depth++)
    if (each instanceof StorageError && (each.code === 'diskFull' || each.code === 'damaged')) return each.code
  return undefined
}
