/**
 * What the provider's documents have written over here, until history tells who replaced it. Normally it does within the
 * same exchange. It never will where the device that replaced it lost its own history before that was sent, or where the
 * provider was put back to an old copy and written to since; then this device keeps the value itself (rule M13).
 */
import { keepHistory, type Tables } from '../database/context.ts'
import type { RecordDocument, StateDocument } from '../database/documents.ts'
import { equalValues } from '../model/canonical.ts'
import { historyEntry } from '../model/history.ts'
import { cellOf } from '../model/merge.ts'
import { DELETION, type HistoryEntry, type Value } from '../model/record.ts'

type Document = RecordDocument | StateDocument

export interface Overwritten {
  /** `next` is about to be written over `here`. */
  note(here: Document, next: Document): Promise<void>
  /** Everything has come to rest: what history still does not know of, and is not here any more, is kept. */
  keep(): Promise<void>
}

/** Beyond this, what history knows of by now is forgotten. */
const MANY = 1_000

export function createOverwritten(
  tables: Pick<Tables, 'history'>,
  table: { get(ids: readonly string[]): Promise<ReadonlyMap<string, Document>> },
): Overwritten {
  const entries = new Map<string, HistoryEntry>()
  let many = MANY

  async function forgetKnown(): Promise<void> {
    for (const id of (await tables.history.get([...entries.keys()])).keys()) entries.delete(id)
  }

  return {
    async note(here, next) {
      for (const each of valuesOf(here)) {
        if (each.value === null || isThere(next, each.field, each.value)) continue
        const by = cellOf(next, each.field)?.stamp ?? next.created
        const entry = historyEntry(here.id, each.field, each, by, 'sync')
        entries.set(entry.id, entry)
      }
      if (entries.size <= many) return
      await forgetKnown()
      // What history does not know yet is not asked about again with every document.
      many = Math.max(MANY, entries.size * 2)
    },
    async keep() {
      await forgetKnown()
      if (entries.size === 0) return
      const now = await table.get([...new Set([...entries.values()].map(({ record }) => record))])
      const gone = [...entries.values()].filter(({ record, field, value = null }) => {
        const stored = now.get(record)
        return stored !== undefined && !isThere(stored, field, value)
      })
      entries.clear()
      await keepHistory(tables, gone)
    },
  }
}

function valuesOf({ cells, versions }: Document) {
  return [...Object.entries(cells).map(([field, { value, stamp }]) => ({ field, value, stamp })), ...versions]
}

/** Shown or open, under whatever stamp (M1). That nothing was deleted is no value. */
function isThere(document: Document, field: string, value: Value): boolean {
  if (field === DELETION && value === false) return true
  return valuesOf(document).some(each => each.field === field && equalValues(each.value, value))
}
