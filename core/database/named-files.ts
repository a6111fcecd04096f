/**
 * Which photos and files the records show now: kept in memory, read once in small pieces that let others go first, and
 * then followed. Deleted records and former values do not count; see file-references.ts for those.
 */
import { filter, Subject, take, tap, type Observable } from 'rxjs'
import { readStamp } from '../model/clock.ts'
import { isFileRef } from '../model/fields/files.ts'
import type { FileFacts } from '../model/file-transfer.ts'
import type { Value } from '../model/record.ts'
import type { RecordDocument } from './documents.ts'
import type { Table } from './table.ts'

export interface NamedFiles {
  /** By hash; grows until all is `counted`. */
  readonly files: ReadonlyMap<string, FileFacts>
  /** Every record has been read. */
  readonly counted: boolean
  readonly changed$: Observable<void>
  close(): void
}

export function followNamedFiles(
  table: Pick<Table<RecordDocument>, 'changes$' | 'pages'>,
  /** Whether any type has a field for files: while none has, nothing is read. */
  holdsFiles$: Observable<boolean>,
  report: (error: unknown) => void,
): NamedFiles {
  const files = new Map<string, FileFacts>()
  const hashesOf = new Map<string, readonly string[]>()
  const uses = new Map<string, number>()
  const changed$ = new Subject<void>()
  let counted = false
  let closed = false

  /** Answers whether anything is another than before. The same document twice counts once. */
  function apply(id: string, document: RecordDocument | undefined): boolean {
    const found = document === undefined || document.deleted === 1 ? [] : filesOf(document)
    const before = hashesOf.get(id) ?? []
    if (found.length === 0 && before.length === 0) return false
    for (const [hash, facts] of found) {
      uses.set(hash, (uses.get(hash) ?? 0) + 1)
      const known = files.get(hash)
      if (known === undefined || known.at < facts.at) files.set(hash, facts)
    }
    for (const hash of before) {
      const left = (uses.get(hash) ?? 1) - 1
      if (left > 0) uses.set(hash, left)
      else {
        uses.delete(hash)
        files.delete(hash)
      }
    }
    if (found.length === 0) hashesOf.delete(id)
    else
      hashesOf.set(
        id,
        found.map(([hash]) => hash),
      )
    return true
  }

  // First: whatever is written from now on is seen by the reading or by this.
  const watching = table.changes$.subscribe(changes => {
    let changed = false
    for (const { id, after } of changes) changed = apply(id, after) || changed
    if (changed) changed$.next()
  })

  async function readAll(): Promise<void> {
    counted = false
    for await (const page of table.pages()) {
      for (const document of page) apply(document.id, document._deleted ? undefined : document)
      await new Promise(resolve => setTimeout(resolve, 0))
      if (closed) return
    }
    settle()
  }
  function settle(): void {
    counted = true
    changed$.next()
  }
  watching.add(
    holdsFiles$
      .pipe(
        tap(holds => !holds && settle()),
        filter(Boolean),
        take(1),
      )
      .subscribe(() => {
        readAll().catch((error: unknown) => {
          if (!closed) report(error)
        })
      }),
  )

  return {
    files,
    get counted() {
      return counted
    },
    changed$,
    close() {
      closed = true
      watching.unsubscribe()
      changed$.complete()
    },
  }
}

function filesOf(document: RecordDocument): readonly (readonly [string, FileFacts])[] {
  const found = new Map<string, FileFacts>()
  for (const { value, stamp } of Object.values(document.cells)) {
    if (!Array.isArray(value)) continue
    for (const item of value as readonly Value[]) {
      if (!isFileRef(item)) continue
      found.set(item.hash, { bytes: item.bytes, at: readStamp(stamp).at, photo: item.type.startsWith('image/') })
    }
  }
  return [...found]
}
