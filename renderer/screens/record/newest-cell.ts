/** The cell of a record that was written last: who edited it last, and when. Pure. */
import type { CellView, RecordView } from '../../../core/model/api.ts'

export function newestCell(record: RecordView): CellView | undefined {
  let newest: CellView | undefined
  for (const cell of Object.values(record.cells)) {
    if (newest === undefined || cell.stamp > newest.stamp) newest = cell
  }
  return newest
}
