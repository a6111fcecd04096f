/**
 * Reads windows of records straight from the SQLite storage, where a page of 138,398 records costs milliseconds. It maps a
 * view to columns and paths and never decides what a record means; what SQL cannot order goes to the general reader.
 */
import type { View } from '../core/model/api.ts'
import type { Field } from '../core/model/record-type.ts'
import type { RecordReader } from '../core/database/database.ts'
import type { RecordDocument } from '../core/database/documents.ts'
import { toRow } from '../core/database/states.ts'
import { kindRules } from '../core/model/fields/kinds.ts'
import type { WindowReader } from './storage/window-reader.ts'
import type { SortPart, View as StorageView } from './storage/window-view.ts'

/** Choices sort in the order their type gives them, which SQL does not know; above this many they sort by id instead. */
const SORTED_HERE = 5000

export function createLaptopReader(deps: {
  readonly storage: WindowReader
  /** Reads through RxDB: right for every view, quick for small ones. */
  readonly general: RecordReader
  readonly fieldOf: (type: string, field: string) => Field | undefined
}): RecordReader {
  const { storage, general, fieldOf } = deps

  const choose = (view: View): StorageView | undefined => {
    // Few records have open versions, and "more than none" is no equality.
    if (view.open) return undefined
    const where = { deleted: view.deleted ? 1 : 0, ...(view.type === null ? {} : { type: view.type }) }
    const field = view.type === null ? undefined : fieldOf(view.type, view.sort.field)
    if (field?.kind === 'choice' && storage.count({ where, sort: [] }) <= SORTED_HERE) return undefined
    return { where, search: view.text, sort: [sortPart(view.sort, field)] }
  }

  return {
    count(view) {
      const chosen = choose(view)
      return chosen === undefined ? general.count(view) : storage.count(chosen)
    },
    page(view, from, to) {
      const chosen = choose(view)
      return chosen === undefined ? general.page(view, from, to) : storage.page(chosen, from, to)
    },
    position(view, id) {
      const chosen = choose(view)
      if (chosen === undefined) return general.position(view, id)
      const index = storage.position(chosen, id)
      return index < 0 ? null : index
    },
    rows: ids =>
      storage
        .documents(ids)
        .filter(document => !document['_deleted'])
        // The records collection holds RecordDocuments: its schema is checked on every write.
        .map(document => toRow(document as unknown as RecordDocument & { readonly _rev: string })),
  }
}

function sortPart(sort: View['sort'], field: Field | undefined): SortPart {
  const direction = sort.descending ? 'desc' : 'asc'
  if (sort.field === '$title') return { column: 'sortKey', direction }
  if (sort.field === '$updatedAt') return { column: 'updatedAt', direction }
  if (sort.field === '$createdAt') return { path: 'createdAt', kind: 'number', direction }
  const { sortKind } = kindRules(field?.kind ?? 'text')
  // Times and choices have keys of numbers, but are kept as text that sorts the same way or nearly so.
  const kind = sortKind === 'number' && (field?.kind === 'number' || field?.kind === 'checkbox') ? 'number' : 'text'
  return { path: `cells.${sort.field}.value`, kind, direction }
}
