/** What a record is called in lists: its first text-like field with a value, else the first thing that can be said of it. */
import { kindRules } from './fields/kinds.ts'
import { cellOf } from './merge.ts'
import type { RecordState } from './record.ts'
import type { RecordType } from './record-type.ts'

/** One line, at most 200 characters; '' for a record that says nothing yet. */
export function titleOf(type: Pick<RecordType, 'fields'>, record: Pick<RecordState, 'cells'>): string {
  let summary = ''
  for (const field of type.fields) {
    const value = cellOf(record, field.id)?.value ?? null
    if (value === null) continue
    const rules = kindRules(field.kind)
    const text = rules.summarise(value, field)
    if (text !== '' && rules.textLike) return clip(text)
    summary ||= text
  }
  return clip(summary)
}

/** Never cuts a surrogate pair in two. */
function clip(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 199).replace(/[\ud800-\udbff]$/, '')}…`
}
