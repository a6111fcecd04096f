/**
 * One import from the first byte to the last: decode, split, check, write in small batches with the event loop let go
 * between them. Rows that do not fit are reported and left out; a cancelled or broken import leaves nothing behind. The
 * file's text is never written anywhere but into the database.
 */
import type { ImportPlan, ImportProgress, RefusedRow } from '../../core/model/api.ts'
import type { RecordStore } from '../../core/database/database.ts'
import type { Failure } from '../../core/model/failure.ts'
import type { RecordId, TypeId } from '../../core/model/record.ts'
import type { RecordType } from '../../core/model/record-type.ts'
import type { BulkLoad } from '../storage/sqlite-file.ts'
import { createCsvReader, type CsvItem } from './csv-reader.ts'
import { createDecoder } from './decode.ts'
import { readRow, refuseBroken, type Cells, type Column } from './rows.ts'

export interface ImportDeps {
  readonly records: Pick<RecordStore, 'importRows' | 'removeImported'>
  readonly typeOf: (type: TypeId) => RecordType | undefined
  readonly beginBulk: () => BulkLoad
  readonly now: () => number
  readonly report: (error: unknown) => void
  /** A failure that a person can do something about, such as a full disk. */
  readonly toFailure?: (error: unknown) => Failure | undefined
  /** The app ends: nothing more is waited for. */
  readonly closing?: AbortSignal
}

const BATCH = 200
const SHOWN_EVERY_MS = 150
const REFUSED_SHOWN = 1000
/** Removing is dearer than writing; small pieces keep the page smooth. */
const REMOVED_AT_ONCE = 200
const RETRY_MS = 1000

export async function runImport(
  deps: ImportDeps,
  plan: ImportPlan,
  columns: readonly Column[],
  bytes: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  show: (progress: ImportProgress) => void,
): Promise<ImportProgress> {
  const written: RecordId[] = []
  const refusedRows: RefusedRow[] = []
  let refused = 0
  let taken = 0
  let received = 0
  let shownAt = -Infinity
  let width: number | undefined
  let batch: Cells[] = []
  const bulk = deps.beginBulk()

  const progress = (state: ImportProgress['state'], failure?: Failure): ImportProgress => ({
    state,
    bytes: received,
    fileBytes: plan.fileBytes,
    imported: written.length,
    refused,
    refusedRows: [...refusedRows],
    ...(failure === undefined ? {} : { failure }),
  })
  const showNow = () => {
    shownAt = deps.now()
    show(progress('running'))
  }
  const refuse = (row: RefusedRow) => {
    refused++
    if (refusedRows.length < REFUSED_SHOWN) refusedRows.push(row)
  }
  const write = async () => {
    const rows = batch
    batch = []
    if (rows.length > 0) {
      const answer = await deps.records.importRows(plan.type, rows)
      if (!answer.ok) throw new ImportStopped(answer.failure)
      for (const id of answer.value) written.push(id)
    }
    if (deps.now() - shownAt >= SHOWN_EVERY_MS) showNow()
    await bulk.breathe()
    if (signal.aborted) throw new ImportStopped({ code: 'importCancelled' })
  }
  const take = async (item: CsvItem) => {
    if (item.kind === 'bad') refuse(refuseBroken(item.line, item.reason, item.excerpt))
    else if (width === undefined) width = item.cells.length
    else {
      const row = readRow(item.line, item.cells, width, columns)
      if (row.ok) batch.push(row.cells)
      else refuse(row.refused)
    }
    // Refused rows take time as well.
    if (++taken % BATCH === 0) await write()
  }

  try {
    showNow()
    const decoder = createDecoder(plan.encoding)
    const reader = createCsvReader(plan.delimiter)
    const drain = async () => {
      for (let item = reader.next(); item !== undefined; item = reader.next()) await take(item)
    }
    for await (const chunk of bytes) {
      received += chunk.byteLength
      reader.push(decoder.push(chunk))
      await drain()
      if (signal.aborted) throw new ImportStopped({ code: 'importCancelled' })
    }
    // The page went away.
    if (received < plan.fileBytes) throw new ImportStopped({ code: 'importCancelled' })
    reader.push(decoder.end())
    reader.end()
    await drain()
    await write()
    const done = progress('done')
    show(done)
    return done
  } catch (error) {
    const failure: Failure =
      error instanceof ImportStopped ? error.failure : (deps.toFailure?.(error) ?? { code: 'internal' })
    if (failure.code === 'internal') deps.report(error)
    const imported = [...written]
    written.length = 0
    const cancelled = failure.code === 'importCancelled'
    const ended = cancelled ? progress('cancelled') : progress('failed', failure)
    // Taking back writes too: with a full disk it is said first, and done as soon as there is room.
    if (failure.code === 'diskFull') show(ended)
    await takeBack(deps, bulk, imported)
    if (failure.code !== 'diskFull') show(ended)
    return ended
  } finally {
    bulk.end()
  }
}

class ImportStopped extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.code)
    this.failure = failure
  }
}

async function takeBack(deps: ImportDeps, bulk: BulkLoad, imported: readonly RecordId[]): Promise<void> {
  for (let from = 0; from < imported.length; from += REMOVED_AT_ONCE) {
    const some = imported.slice(from, from + REMOVED_AT_ONCE)
    while (!(await removeOrWait(deps, some)));
    await bulk.breathe()
  }
}

/** False when it is to be tried again, after a while without room on the disk. */
async function removeOrWait(deps: ImportDeps, ids: readonly RecordId[]): Promise<boolean> {
  try {
    await deps.records.removeImported(ids)
    return true
  } catch (error) {
    if (deps.toFailure?.(error)?.code !== 'diskFull' || deps.closing?.aborted === true) throw error
    await new Promise<void>(resolve => {
      const timer = setTimeout(done, RETRY_MS)
      function done() {
        clearTimeout(timer)
        deps.closing?.removeEventListener('abort', done)
        resolve()
      }
      deps.closing?.addEventListener('abort', done)
    })
    return false
  }
}
