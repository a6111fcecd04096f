/** The grid's cells as text, tab by tab and line by line, and back. */
import type { Row } from '../../../core/model/api.ts'
import type { FieldId, RecordId, Value } from '../../../core/model/record.ts'
import { format, readTyped, rulesOf, summarise } from '../../fields/rules-of.ts'
import type { Column } from './columns.ts'

export interface PastedCell {
  readonly record: RecordId
  readonly field: FieldId
  readonly value: Value
}

export function rowsAsText(rows: readonly Row[], columns: readonly Column[]): string {
  return rows.map(row => columns.map(column => cellAsText(row, column)).join('\t')).join('\n')
}

export function cellAsText(row: Row, column: Column | undefined): string {
  if (column === undefined) return ''
  if (column.kind !== 'field') return row.title
  const value = row.cells[column.field.id]
  return format(value, column.field) || summarise(value, column.field)
}

export function readLines(text: string): readonly string[] {
  return text.replace(/\r?\n$/, '').split(/\r?\n/)
}

/**
 * Lines over the cells of `records`, one for each as far as they go, and of `columns`, from the first cell on. Cells that
 * cannot be edited are left out; `problem` names one whose text does not fit.
 */
export function readPasted(
  lines: readonly string[],
  columns: readonly Column[],
  records: readonly RecordId[],
): { readonly cells: readonly PastedCell[]; readonly problem: string | null } {
  const cells: PastedCell[] = []
  let problem: string | null = null
  for (const [down, record] of records.entries()) {
    for (const [right, typed] of (lines[down]?.split('\t') ?? []).entries()) {
      const column = columns[right]
      if (column?.kind !== 'field' || rulesOf(column.field).readOnly) continue
      const read = readTyped(typed, column.field)
      if (read.ok) cells.push({ record, field: column.field.id, value: read.value })
      else problem = `${column.label}: ${read.message}`
    }
  }
  return { cells, problem }
}
