/** The report of refused rows as CSV text, safe to open in a spreadsheet. Pure. */
import type { RefusedRow } from '../../../core/model/api.ts'
import { words } from '../../words/app.ts'
import { reasonOf } from '../../words/fields.ts'

export function refusedCsv(rows: readonly RefusedRow[]): string {
  const head = [words.import.line, words.import.column, words.import.reason, words.import.text]
  const lines = rows.map(row => [String(row.line), row.column ?? '', reasonOf(row.reason), row.excerpt])
  return [head, ...lines].map(cells => cells.map(quote).join(',')).join('\r\n') + '\r\n'
}

/** A cell that begins like a formula is kept from being one by an apostrophe. */
function quote(cell: string): string {
  const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
