/**
 * A reader of rows over RxDB's own queries, for storages without a window reader of their own (Dexie, memory). Correct but
 * not quick: it loads every record of the view to sort and search, so it is for thousands of records, not for a hundred thousand.
 */
import type { View } from '../model/api.ts'
import type { TypeId, Value } from '../model/record.ts'
import type { RecordType } from '../model/record-type.ts'
import { foldWords } from '../model/search.ts'
import { bestTitlesFirst } from '../model/search-excerpt.ts'
import { isEmptyPlan, matchesTerms, passesChecks, planSearch, soughtPhrases } from '../model/search-plan.ts'
import type { SearchPlan } from '../model/search-plan.ts'
import type { RecordReader } from './database.ts'
import type { RecordDocument } from './documents.ts'
import { searchText, toRow } from './states.ts'
import type { Stored, Table } from './table.ts'

export type SortKey = string | number | null

/** `sortKeyOf` says what a value of a field sorts by; null sorts last in both directions. */
export function createQueryReader(
  table: Table<RecordDocument>,
  sortKeyOf: (type: string, field: string, value: Value) => SortKey,
  types: () => readonly RecordType[],
): RecordReader {
  async function select(view: View): Promise<readonly Stored<RecordDocument>[]> {
    const selector = {
      deleted: view.deleted ? 1 : 0,
      ...(view.type === null ? {} : { type: view.type }),
      ...(view.open ? { open: { $gt: 0 } } : {}),
    } as const
    const plan = planSearch(view.text, typesShown(types(), view.type))
    const found = (await table.find({ selector })).filter(document => matches(document, plan))
    const { field, descending } = view.sort
    const keyed = found.map(document => ({ document, key: keyOf(document, field) }))
    keyed.sort((a, b) => {
      if (a.key === null || b.key === null) {
        return Number(a.key === null) - Number(b.key === null) || byId(a.document, b.document)
      }
      const order = a.key < b.key ? -1 : a.key > b.key ? 1 : 0
      return (descending ? -order : order) || byId(a.document, b.document)
    })
    return keyed.map(({ document }) => document)
  }

  function keyOf(document: RecordDocument, field: View['sort']['field']): SortKey {
    if (field === '$title') return document.sortKey
    if (field === '$updatedAt') return document.updatedAt
    if (field === '$createdAt') return document.createdAt
    const cell = document.cells[field]
    return cell === undefined ? null : sortKeyOf(document.type, field, cell.value)
  }

  return {
    count: async view => (await select(view)).length,
    page: async (view, from, to) => (await select(view)).slice(from, to).map(({ id, _rev }) => ({ id, rev: _rev })),
    async rows(ids) {
      const found = await table.get(ids)
      return ids.flatMap(id => {
        const document = found.get(id)
        return document === undefined ? [] : [toRow(document)]
      })
    },
    async position(view, id) {
      const index = (await select(view)).findIndex(document => document.id === id)
      return index < 0 ? null : index
    },
    async best(text, limit) {
      const plan = planSearch(text, types())
      if (isEmptyPlan(plan)) return []
      const sort = { field: '$updatedAt', descending: true } as const
      const found = await select({ type: null, text, sort, deleted: false, open: false })
      return bestTitlesFirst(found, soughtPhrases(plan)).slice(0, limit).map(toRow)
    },
  }
}

/** A search in one type's records knows that type's fields. */
export function typesShown(types: readonly RecordType[], shown: TypeId | null): readonly RecordType[] {
  return shown === null ? types : types.filter(({ id }) => id === shown)
}

function matches(document: RecordDocument, plan: SearchPlan): boolean {
  if (isEmptyPlan(plan)) return true
  return matchesTerms(plan.terms, foldWords(searchText(document))) && passesChecks(plan.checks, document)
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1
}
