/**
 * Every file that the data names: in cells, deleted records among them, in open versions and what was before them, in
 * history, in types and devices. It rather finds too many than one too few.
 */
import { Subscription } from 'rxjs'
import { gatherHashes } from '../model/file-sweep.ts'
import type { CollectionName } from '../model/protocol.ts'
import type { Tables } from './context.ts'
import type { AnyDocument } from './documents.ts'
import { toAnyState } from './states.ts'
import type { Table } from './table.ts'

export interface FileReferences {
  /** Grows while it is open: what is written meanwhile counts at once. */
  readonly hashes: ReadonlySet<string>
  close(): void
}

const COLLECTIONS: readonly CollectionName[] = ['records', 'types', 'devices', 'history']

/** Reads everything once, in small pages that let others go first; undefined when `stopped` before its end. */
export async function findFileReferences(tables: Tables, stopped: () => boolean): Promise<FileReferences | undefined> {
  const hashes = new Set<string>()
  const watching = new Subscription()
  const close = () => watching.unsubscribe()
  try {
    // First: whatever is written from now on is seen by the reading or by the watching.
    for (const name of COLLECTIONS) {
      const table = tables[name] as unknown as Table<AnyDocument>
      watching.add(
        table.changes$.subscribe(changes => {
          for (const { after } of changes) if (after !== undefined) gatherHashes(toAnyState(name, after), hashes)
        }),
      )
    }
    for (const name of COLLECTIONS) {
      const table = tables[name] as unknown as Table<AnyDocument>
      for await (const page of table.pages()) {
        for (const document of page) gatherHashes(toAnyState(name, document), hashes)
        // The storage answers without ever leaving this turn of the event loop.
        await new Promise(resolve => setTimeout(resolve, 0))
        if (stopped()) {
          close()
          return undefined
        }
      }
    }
  } catch (error) {
    close()
    throw error
  }
  return { hashes, close }
}
