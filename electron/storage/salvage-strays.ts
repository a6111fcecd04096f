/**
 * Rows of a table that neither it nor an index leads to any more, where so much is damaged that no index can say which rows
 * there were: what lies in a page and is whole in itself. An older state of a document, or one that was purged, may be among
 * them, so it is asked only then; what another table may hold is left out.
 */
import type { Report } from './job-report.ts'
import { encodeTextKey } from './key-encoding.ts'
import type { KeyedFile } from './keyed-database.ts'
import { type KnownRows, readPages } from './salvage-pages.ts'
import type { Row } from './salvage-rows.ts'
import { type KeyColumn, LOOSE, readKey, type StoredDocument } from './table-layout.ts'

export interface StraySearch {
  readonly table: string
  /** As SQL: the row's number, then the table's columns. */
  readonly columns: readonly string[]
  readonly keyColumns: readonly KeyColumn[]
  /** Another table has as many columns: only what key columns tell is this one's. */
  readonly hasDouble: boolean
  readonly known: KnownRows
  /** What was saved already. */
  readonly saved: readonly { readonly rid: number; readonly id: string; readonly seq: number }[]
  readonly report: Report
}

/** The newest of each document, newest first; none has a number, an id or a sequence number of one that was saved. */
export function findStrays(work: KeyedFile, search: StraySearch): readonly Row[] {
  const { columns, known, saved } = search
  const at = (name: string) => columns.indexOf(`"${name}"`)
  const [idAt, seqAt] = [at('id'), at('seq')]
  const savedIds = new Set(saved.map(({ id }) => id))
  const best = new Map<string, Row>()
  const fits = describeRow(search)
  readPages(work, search, row => {
    const [rid, id, seq] = [Number(row[0]), String(row[idAt]), Number(row[seqAt])]
    if (savedIds.has(id) || (known.ids.get(rid) ?? id) !== id || (known.seqs.get(rid) ?? seq) !== seq) return
    const other = best.get(id)
    if ((other === undefined || Number(other[seqAt]) < seq) && fits(row)) best.set(id, row)
  })
  const [rids, seqs] = [new Set(saved.map(({ rid }) => rid)), new Set(saved.map(({ seq }) => seq))]
  return [...best.values()]
    .sort((one, other) => Number(other[seqAt]) - Number(one[seqAt]))
    .filter(row => {
      const [rid, seq] = [Number(row[0]), Number(row[seqAt])]
      if (rids.has(rid) || seqs.has(seq)) return false
      rids.add(rid)
      seqs.add(seq)
      return true
    })
}

/** A row says everything twice, in its columns and in its document: one that was read as another table's does not agree. */
function describeRow({ columns, keyColumns, hasDouble }: StraySearch): (row: Row) => boolean {
  const at = (sql: string) => columns.indexOf(sql)
  const [idAt, revAt, deletedAt, lwtAt, docAt] = ['id', 'rev', 'deleted', 'lwt', 'doc'].map(name => at(`"${name}"`))
  const keys = keyColumns.map(column => ({ column, place: at(column.sql) }))
  return row => {
    const document = parse(row[docAt as number])
    if (
      document === undefined ||
      typeof document['id'] !== 'string' ||
      encodeTextKey(document['id']) !== row[idAt as number] ||
      document._rev !== row[revAt as number] ||
      Number(document._deleted) !== row[deletedAt as number] ||
      document._meta?.lwt !== row[lwtAt as number]
    )
      return false
    const values = keys.map(({ column, place }) => [readKey(document, column), row[place] ?? null] as const)
    return (
      values.every(([own, stored]) => own === LOOSE || own === stored) &&
      (!hasDouble || values.some(([own, stored]) => own === stored && stored !== null))
    )
  }
}

function parse(json: unknown): StoredDocument | undefined {
  if (typeof json !== 'string') return undefined
  try {
    const value: unknown = JSON.parse(json)
    // Whatever it is, it is looked at field by field.
    return typeof value === 'object' && value !== null ? (value as StoredDocument) : undefined
  } catch {
    return undefined
  }
}
