/**
 * Looks at the head of a file and says what kind of CSV it is: encoding, delimiter, columns, a sample, and what each
 * column seems to hold. Guesses only; the person confirms them before anything is imported.
 */
import type { CsvInspection } from '../../core/model/api.ts'
import { unguardCell } from '../../core/model/csv-cell.ts'
import { kindRules } from '../../core/model/fields/kinds.ts'
import { fail, succeed, type Result } from '../../core/model/failure.ts'
import { createCsvReader } from './csv-reader.ts'
import { guessEncoding } from './decode.ts'

const DELIMITERS = [',', ';', '\t', '|'] as const
const SAMPLE_ROWS = 20
/** Rows looked at for the kinds of columns. */
const KIND_ROWS = 200
const SAMPLE_CELL = 200
export const MOST_COLUMNS = 1000

type Delimiter = CsvInspection['delimiter']
type GuessedKind = CsvInspection['kinds'][number]

/** `whole`: these are all the bytes of the file. */
export function inspectCsv(head: Uint8Array, whole: boolean): Result<CsvInspection> {
  if (head.length === 0) return fail('unreadableFile', 'empty')
  const encoding = guessEncoding(head, whole)
  const text = new TextDecoder(encoding).decode(head, { stream: !whole })
  if (text.includes('\0')) return fail('unreadableFile', 'notText')
  const delimiter = sniffDelimiter(text, whole)
  const [header, ...rows] = readHead(text, delimiter, whole, KIND_ROWS + 1)
  if (header === undefined) return fail('unreadableFile', 'noHeader')
  if (header.length > MOST_COLUMNS) return fail('unreadableFile', 'tooManyColumns')
  const { columns, duplicates } = nameColumns(header)
  const shorten = (cell: string) => {
    const text = unguardCell(cell)
    return text.length > SAMPLE_CELL ? `${text.slice(0, SAMPLE_CELL)}…` : text
  }
  return succeed({
    encoding,
    delimiter,
    columns,
    duplicates,
    sample: rows.slice(0, SAMPLE_ROWS).map(row => row.slice(0, columns.length).map(shorten)),
    kinds: columns.map((_name, at) => guessKind(rows.map(row => unguardCell(row[at] ?? '')))),
  })
}

/** The delimiter that cuts the most rows into the same number of cells; more cells win among equals. */
function sniffDelimiter(text: string, whole: boolean): Delimiter {
  let best: { readonly delimiter: Delimiter; readonly score: number } = { delimiter: ',', score: 0 }
  for (const delimiter of DELIMITERS) {
    const rows = readHead(text, delimiter, whole, 50)
    const width = rows[0]?.length ?? 1
    const same = rows.filter(row => row.length === width).length / Math.max(1, rows.length)
    const score = width > 1 ? same * (1 + Math.log2(width)) : 0
    if (score > best.score) best = { delimiter, score }
  }
  return best.delimiter
}

function readHead(text: string, delimiter: string, whole: boolean, most: number): readonly (readonly string[])[] {
  const reader = createCsvReader(delimiter)
  reader.push(text)
  const rows: (readonly string[])[] = []
  const take = () => {
    for (let item = reader.next(); item !== undefined && rows.length < most; item = reader.next()) {
      if (item.kind === 'row') rows.push(item.cells)
    }
  }
  take()
  // A row that the head cuts off would be a broken one.
  if (whole || rows.length === 0) {
    reader.end()
    take()
  }
  return rows
}

/** Every column gets a name of its own: "name", "name (2)", and "Column 3" for one without. */
export function nameColumns(header: readonly string[]): {
  readonly columns: readonly string[]
  readonly duplicates: readonly string[]
} {
  const taken = new Set<string>()
  const duplicates = new Set<string>()
  const labels = header.map((cell, at) => unguardCell(cell.trim()) || `Column ${at + 1}`)
  const columns = labels.map(label => {
    let name = label
    // A name made unique must not collide with a later column that is really called so.
    for (let copy = 2; taken.has(name) || (name !== label && labels.includes(name)); copy++) name = `${label} (${copy})`
    if (name !== label) duplicates.add(label)
    taken.add(name)
    return name
  })
  return { columns, duplicates: [...duplicates] }
}

/** A kind that reads every filled cell of the column; text is what is left. */
function guessKind(cells: readonly string[]): GuessedKind {
  const filled = cells.filter(cell => cell.trim() !== '')
  if (filled.length === 0) return 'text'
  const reads = (kind: 'number' | 'date' | 'checkbox') =>
    filled.every(cell => kindRules(kind).parse(cell, { id: 'guess', kind, label: '' }).ok)
  // Codes such as "00123" or "+49 30" are not quantities: as numbers they would lose what they say.
  if (!filled.some(cell => /^\s*[+-]?0\d|^\s*\+/.test(cell)) && reads('number')) return 'number'
  if (reads('date')) return 'date'
  if (reads('checkbox')) return 'checkbox'
  return filled.some(cell => cell.includes('\n') || cell.length > SAMPLE_CELL) ? 'longText' : 'text'
}
