/**
 * How values are written into CSV so that a spreadsheet shows them and never runs them, and how Farfield reads them back
 * to the same values. Pure text; which fields there are and what they hold is decided elsewhere.
 */

/** What a spreadsheet may take for the beginning of a formula (OWASP, "CSV Injection"), full-width forms among them. */
const FORMULA = '=+\\-@\\t\\r\\n＝＋－＠'
const STARTS_FORMULA = new RegExp(`^'*[${FORMULA}]`)
const GUARDED = new RegExp(`^'+[${FORMULA}]`)
const NUMBER = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i
/** Besides commas and quotes, whatever another reader could take for the delimiter, or would trim. */
const QUOTED = /[",;\t|\r\n]|^\s|\s$/

/** The byte order mark: without it Excel reads UTF-8 as something else, and everybody else passes over it. */
export const CSV_START = '\uFEFF'

/**
 * With an apostrophe in front where a spreadsheet would run the text; numbers, which it only reads, stay as they are. One
 * more where there is one already, so that `unguardCell` leads back.
 */
export function guardCell(text: string): string {
  return STARTS_FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text
}

export function unguardCell(text: string): string {
  return GUARDED.test(text) ? text.slice(1) : text
}

/** One row with its line break (RFC 4180). */
export function writeCsvRow(cells: readonly string[]): string {
  // A line with nothing on it is no row to most readers.
  if (cells.length === 1 && cells[0] === '') return '""\r\n'
  return `${cells.map(writeCell).join(',')}\r\n`
}

function writeCell(text: string): string {
  const guarded = guardCell(text)
  return QUOTED.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded
}
