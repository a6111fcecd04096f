/**
 * Turns one CSV row into a record's cells, or says why it cannot be: by column, with an excerpt. Pure; it must never let a
 * value through that its field would refuse.
 */
import { BOUNDS, type RefusedRow } from '../../core/model/api.ts'
import { unguardCell } from '../../core/model/csv-cell.ts'
import { kindRules } from '../../core/model/fields/kinds.ts'
import type { FieldId, Value } from '../../core/model/record.ts'
import type { Field } from '../../core/model/record-type.ts'
import type { BadRow } from './csv-reader.ts'
import { UNREADABLE } from './decode.ts'

export type Cells = { readonly [field: FieldId]: Value }

export type ReadRow =
  { readonly ok: true; readonly cells: Cells } | { readonly ok: false; readonly refused: RefusedRow }

/** A column that is imported: where it stands, what it is called, and the field it fills. */
export interface Column {
  readonly index: number
  readonly name: string
  readonly field: Field
}

const EXCERPT = 80

/** `width`: cells in the header. Reasons are a field kind's own, or one of ROW_REASONS. */
export function readRow(line: number, row: readonly string[], width: number, columns: readonly Column[]): ReadRow {
  const refuse = (column: string | null, reason: string, text: string): ReadRow => ({
    ok: false,
    refused: { line, column, reason, excerpt: excerpt(text) },
  })
  // Empty cells behind the last column are a spreadsheet's habit; filled ones would be lost.
  if (row.length < width || row.slice(width).some(cell => cell !== '')) {
    return refuse(null, row.length < width ? 'tooFewCells' : 'tooManyCells', row.join(' '))
  }
  const cells: Record<FieldId, Value> = {}
  for (const { index, name, field } of columns) {
    const text = unguardCell(row[index] ?? '')
    if (text === '') continue
    if (text.length > BOUNDS.cellTextBytes || Buffer.byteLength(text) > BOUNDS.cellTextBytes) {
      return refuse(name, 'tooLarge', text)
    }
    if (text.includes(UNREADABLE) || text.includes('\0')) return refuse(name, 'unreadable', text)
    const parsed = kindRules(field.kind).parse(text, field)
    if (!parsed.ok) return refuse(name, parsed.failure.detail ?? parsed.failure.code, text)
    const { value } = parsed
    if (value === null) continue
    const invalid = kindRules(field.kind).validate(value, field)
    if (invalid !== null) return refuse(name, invalid, text)
    cells[field.id] = value
  }
  return { ok: true, cells }
}

export function refuseBroken(line: number, reason: BadRow, text: string): RefusedRow {
  return { line, column: null, reason, excerpt: excerpt(text) }
}

function excerpt(text: string): string {
  return text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text
}
