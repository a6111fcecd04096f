/** Which columns the grid shows for a view, how wide they are and what they sort by. Pure. */
import type { TypeSummary, View } from '../../../core/model/api.ts'
import type { Field, FieldKind } from '../../../core/model/record-type.ts'
import { words } from '../../words/app.ts'

export type Column =
  | {
      readonly kind: 'field'
      readonly id: string
      readonly label: string
      readonly width: number
      readonly field: Field
    }
  | { readonly kind: 'title' | 'type' | 'updated'; readonly id: string; readonly label: string; readonly width: number }

const WIDTHS: { readonly [kind in FieldKind]?: number } = {
  longText: 260,
  number: 120,
  date: 130,
  dateTime: 160,
  checkbox: 110,
  choice: 150,
  choices: 200,
  location: 170,
  autoNumber: 110,
}
const FIRST_WIDTH = 280

export function columnsOf(type: TypeSummary | undefined): readonly Column[] {
  if (type === undefined) {
    return [
      { kind: 'title', id: '$title', label: words.records.title, width: 340 },
      { kind: 'type', id: '$type', label: words.records.type, width: 180 },
      { kind: 'updated', id: '$updatedAt', label: words.records.updated, width: 180 },
    ]
  }
  const fields = type.fields.map((field, index): Column => {
    const width = index === 0 ? FIRST_WIDTH : (WIDTHS[field.kind] ?? 180)
    return { kind: 'field', id: field.id, label: field.label, width, field }
  })
  const updated: Column = { kind: 'updated', id: '$updatedAt', label: words.records.updated, width: 150 }
  return fields.length === 0
    ? [{ kind: 'title', id: '$title', label: words.records.title, width: 340 }, updated]
    : [...fields, updated]
}

export function isSortable(column: Column): boolean {
  return column.kind !== 'type'
}

/** The next sort when a header is pressed: ascending, then descending, and round again. */
export function nextSort(sort: View['sort'], column: Column): View['sort'] {
  const isSame = sort.field === column.id
  return { field: column.id, descending: isSame ? !sort.descending : column.kind === 'updated' }
}

export function isNumeric(column: Column): boolean {
  return column.kind === 'field' && (column.field.kind === 'number' || column.field.kind === 'autoNumber')
}
