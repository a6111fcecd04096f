/**
 * Reads windows of records straight from the SQLite storage, where a page of 138,398 records costs milliseconds. It maps a
 * view to columns and paths and never decides what a record means; what SQL cannot order goes to the general reader.
 */
import type { Row, View } from '../core/model/api.ts'
import type { Field, RecordType } from '../core/model/record-type.ts'
import { bestTitlesFirst } from '../core/model/search-excerpt.ts'
import type { SearchPlan } from '../core/model/search-plan.ts'
import { isEmptyPlan, passesChecks, planSearch, soughtPhrases } from '../core/model/search-plan.ts'
import type { RecordReader } from '../core/database/database.ts'
import { typesShown } from '../core/database/query-reader.ts'
import type { RecordDocument } from '../core/database/documents.ts'
import { toRow } from '../core/database/states.ts'
import { kindRules } from '../core/model/fields/kinds.ts'
import type { SearchReader } from './storage/search-query.ts'
import type { StoredDocument } from './storage/table-layout.ts'
import type { WindowReader } from './storage/window-reader.ts'
import type { SearchHits, SortPart, View as StorageView } from './storage/window-view.ts'

/** Choices sort in the order their type gives them, which SQL does not know; above this many they sort by id instead. */
const SORTED_HERE = 5000
/** Of the best matches, so many are looked at for those whose title fits best. */
const LOOKED_AT = 100

export interface LaptopReaderDeps {
  readonly storage: WindowReader
  readonly search: SearchReader
  /** Reads through RxDB: right for every view, quick for small ones. */
  readonly general: RecordReader
  readonly types: () => readonly RecordType[]
}

export function createLaptopReader({ storage, search, general, types }: LaptopReaderDeps): RecordReader {
  const whereOf = ({ type, deleted }: Pick<View, 'type' | 'deleted'>): StorageView['where'] => ({
    deleted: deleted ? 1 : 0,
    ...(type === null ? {} : { type }),
  })

  /** A view without its search; undefined where SQL cannot order it. */
  const choose = (view: View): StorageView | undefined => {
    // Few records have open versions, and "more than none" is no equality.
    if (view.open) return undefined
    const where = whereOf(view)
    const field = types()
      .find(({ id }) => id === view.type)
      ?.fields.find(({ id }) => id === view.sort.field)
    if (field?.kind === 'choice' && storage.count({ where, sort: [] }) <= SORTED_HERE) return undefined
    return { where, sort: [sortPart(view.sort, field)] }
  }

  /** A field that is searched for is checked in steps, so then the hits come later. */
  const hitsOf = (view: View): SearchHits | undefined | Promise<SearchHits> => {
    if (view.text === '') return undefined
    const plan = planSearch(view.text, typesShown(types(), view.type))
    if (isEmptyPlan(plan)) return undefined
    return plan.checks.length === 0 ? search.hits(plan.terms) : search.checked(plan.terms, checkOf(plan), whereOf(view))
  }

  /** Reads at once where that is possible: a promise costs a window its turn. */
  function readView<T>(view: View, read: (chosen: StorageView) => T, generally: () => T | Promise<T>): T | Promise<T> {
    const chosen = choose(view)
    if (chosen === undefined) return generally()
    const preparing = storage.prepare(chosen)
    if (preparing !== undefined) return preparing.then(() => readView(view, read, generally))
    const hits = hitsOf(view)
    if (hits === undefined) return read(chosen)
    return hits instanceof Promise
      ? hits.then(found => read({ ...chosen, search: found }))
      : read({ ...chosen, search: hits })
  }

  return {
    prepare(view) {
      const chosen = choose(view)
      return chosen && storage.prepare(chosen)
    },
    count: view =>
      readView(
        view,
        chosen => storage.count(chosen),
        () => general.count(view),
      ),
    page: (view, from, to) =>
      readView(
        view,
        chosen => storage.page(chosen, from, to),
        () => general.page(view, from, to),
      ),
    position: (view, id) =>
      readView(
        view,
        chosen => {
          const index = storage.position(chosen, id)
          return index < 0 ? null : index
        },
        () => general.position(view, id),
      ),
    rows: ids => toRows(storage.documents(ids)),
    async best(text, limit) {
      const plan = planSearch(text, types())
      const phrases = soughtPhrases(plan)
      const where = whereOf({ type: null, deleted: false })
      if (plan.checks.length === 0)
        return bestTitlesFirst(toRows(search.best(plan.terms, where, LOOKED_AT)), phrases).slice(0, limit)
      const sort: StorageView['sort'] = [{ column: 'updatedAt', direction: 'desc' }]
      const found = await search.checked(plan.terms, checkOf(plan), where)
      const newest = storage.page({ where, search: found, sort }, 0, LOOKED_AT).map(({ id }) => id)
      return bestTitlesFirst(toRows(storage.documents(newest)), phrases).slice(0, limit)
    },
  }
}

function checkOf({ checks }: SearchPlan) {
  return { key: JSON.stringify(checks), passes: (document: StoredDocument) => passesChecks(checks, toRecord(document)) }
}

function toRows(documents: readonly StoredDocument[]): readonly Row[] {
  return documents.filter(document => !document._deleted).map(document => toRow(toRecord(document)))
}

/** The records collection holds RecordDocuments: its schema is checked on every write. */
function toRecord(document: StoredDocument): RecordDocument & { readonly _rev: string } {
  return document as unknown as RecordDocument & { readonly _rev: string }
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
