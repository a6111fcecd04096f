/** Which records are selected and where a range began. Pure values; ids, never positions, so that rows may move. */
import type { RecordId } from '../../../core/model/record.ts'

export interface Selection {
  readonly ids: ReadonlySet<RecordId>
  /** The row a range extends from. */
  readonly anchor: number | null
}

export const NOTHING_SELECTED: Selection = { ids: new Set(), anchor: null }

export function toggle(selection: Selection, id: RecordId, row: number): Selection {
  const ids = new Set(selection.ids)
  if (!ids.delete(id)) ids.add(id)
  return { ids, anchor: row }
}

/** Exactly these ids, keeping the anchor the range grew from. */
export function selectIds(selection: Selection, ids: readonly RecordId[], anchor: number | null): Selection {
  return { ids: new Set(ids), anchor: anchor ?? selection.anchor }
}
