/**
 * Writes the records of one list as CSV, in the list's order, in small pieces that let everything else go first. Each
 * record is written as it is when its turn comes; it holds ids only, never the records.
 */
import type { Observable } from 'rxjs'
import type { Context } from '../../core/database/context.ts'
import type { RecordReader } from '../../core/database/database.ts'
import type { RecordDocument } from '../../core/database/documents.ts'
import type { CsvExportPlan, View } from '../../core/model/api.ts'
import { readStamp } from '../../core/model/clock.ts'
import { CSV_START, writeCsvRow } from '../../core/model/csv-cell.ts'
import { kindRules } from '../../core/model/fields/kinds.ts'
import { cellOf } from '../../core/model/merge.ts'
import type { RecordId, Stamp } from '../../core/model/record.ts'
import type { Field, RecordType } from '../../core/model/record-type.ts'
import type { Draft } from './download.ts'

export interface CsvDeps {
  readonly context: Pick<Context, 'nameOf'> & { readonly tables: Pick<Context['tables'], 'records'> }
  readonly reader: Pick<RecordReader, 'page' | 'prepare'>
  /** Something in records changed. */
  readonly changed$: Observable<void>
}

/** Ids looked up at once: in a list sorted by another field each is a page of the disk. */
const IDS_AT_ONCE = 100
const ROWS_AT_ONCE = 50
/** A list that changes while its ids are read is read again so often; who is in it at any time is written. */
const READINGS = 3

/** `step` is told how far it is, and throws to end it. */
export async function writeCsv(
  deps: CsvDeps,
  { view, ids: only }: CsvExportPlan,
  type: RecordType,
  draft: Draft,
  step: (done: number, total: number) => void,
): Promise<void> {
  const listed = await readIds(deps, view, () => step(0, 0))
  const { context } = deps
  const wanted = only === null ? undefined : new Set(only)
  const ids = wanted === undefined ? listed : listed.filter(id => wanted.has(id))
  const header = type.fields.map(({ label }) => label)
  await draft.append(Buffer.from(CSV_START + writeCsvRow(header)))
  for (let from = 0; from < ids.length; from += ROWS_AT_ONCE) {
    step(from, ids.length)
    const part = ids.slice(from, from + ROWS_AT_ONCE)
    const found = await context.tables.records.get(part)
    const text = part.flatMap(id => {
      const document = found.get(id)
      return document === undefined ? [] : writeCsvRow(type.fields.map(field => writeField(context, document, field)))
    })
    await draft.append(Buffer.from(text.join('')))
    await letOthersGo()
  }
  step(ids.length, ids.length)
}

async function readIds({ reader, changed$ }: CsvDeps, view: View, step: () => void): Promise<readonly RecordId[]> {
  const ids = new Set<RecordId>()
  let isChanged = false
  const watching = changed$.subscribe(() => (isChanged = true))
  try {
    // Its index is made in a thread, where it has none yet.
    await reader.prepare?.(view)
    for (let reading = 0; reading < READINGS && (reading === 0 || isChanged); reading++) {
      isChanged = false
      for (let from = 0; ; from += IDS_AT_ONCE) {
        const page = await reader.page(view, from, from + IDS_AT_ONCE)
        for (const { id } of page) ids.add(id)
        step()
        await letOthersGo()
        if (page.length < IDS_AT_ONCE) break
      }
    }
  } finally {
    watching.unsubscribe()
  }
  return [...ids]
}

function writeField({ nameOf }: CsvDeps['context'], document: RecordDocument, field: Field): string {
  if (field.kind === 'lastEditedBy' || field.kind === 'lastEditedAt') {
    const { at, device } = readStamp(newestStamp(document))
    return field.kind === 'lastEditedBy' ? (nameOf(device) ?? device) : new Date(at).toISOString()
  }
  return kindRules(field.kind).format(cellOf(document, field.id)?.value ?? null, field)
}

function newestStamp({ created, cells }: RecordDocument): Stamp {
  return Object.values(cells).reduce((newest, { stamp }) => (stamp > newest ? stamp : newest), created)
}

function letOthersGo(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}
