/**
 * Tells every instance of one table about its writes, in commit order: a listener that writes while it is being told gets
 * its own write told after the present one, to everybody.
 */
import type { EventBulk, RxStorageChangeEvent } from 'rxdb'
import { Subject } from 'rxjs'
import type { StoredDocument } from './table-layout.ts'

/** Our own monotonic sequence; never a clock. */
export interface Checkpoint {
  readonly seq: number
}
export type Changes = EventBulk<RxStorageChangeEvent<StoredDocument>, Checkpoint>

export interface ChangeChannel {
  join(): Subject<Changes>
  leave(listener: Subject<Changes>): void
  tell(changes: Changes): void
}

export function createChangeChannel(): ChangeChannel {
  const listeners = new Set<Subject<Changes>>()
  const waiting: Changes[] = []
  let telling = false

  return {
    join() {
      const listener = new Subject<Changes>()
      listeners.add(listener)
      return listener
    },
    leave(listener) {
      listeners.delete(listener)
      listener.complete()
    },
    tell(changes) {
      waiting.push(changes)
      if (telling) return
      telling = true
      try {
        for (let next = waiting.shift(); next; next = waiting.shift())
          for (const listener of [...listeners]) listener.next(next)
      } finally {
        telling = false
      }
    },
  }
}
