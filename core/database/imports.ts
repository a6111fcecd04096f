/**
 * Imported rows: many records at once, already validated, without history (nothing was replaced). A cancelled import is
 * taken back entirely where nobody else has seen it, and deleted like any record where the provider already has it.
 */
import { readStamp } from '../model/clock.ts'
import { createRecord, deleteRecord } from '../model/edit.ts'
import { fail, type Result, succeed } from '../model/failure.ts'
import { newRecordId } from '../model/id.ts'
import type { FieldId, RecordId, TypeId, Value } from '../model/record.ts'
import type { Context } from './context.ts'
import { writeRecords } from './record-writes.ts'
import { toDocument, UNSENT } from './states.ts'

const ID_BYTES = 16

export async function importRows(
  { tables, typeOf, clock, numbering, random }: Context,
  type: TypeId,
  rows: readonly { readonly [field: FieldId]: Value }[],
): Promise<Result<readonly RecordId[]>> {
  const known = typeOf(type)
  if (known === undefined) return fail('notFound', 'type')
  // One stamp and one draw of randomness for the batch: rows of one import have no order among themselves.
  const stamp = clock.stamp()
  const { at } = readStamp(stamp)
  const bytes = random(rows.length * ID_BYTES)
  const numbers = await numbering.draw(known, rows.length)
  const documents = rows.map((cells, index) => {
    const id = newRecordId(at, () => bytes.subarray(index * ID_BYTES, (index + 1) * ID_BYTES))
    const { record } = createRecord({ id, type, cells: { ...cells, ...numbers[index] }, stamp })
    return toDocument(record, known, UNSENT)
  })
  await tables.records.insert(documents)
  return succeed(documents.map(({ id }) => id))
}

/**
 * `revoked` remembers what was removed without a trace: a record may just be on its way to the provider, and whoever
 * learns that it arrived there deletes it the ordinary way.
 */
export async function removeImported(
  context: Context,
  revoked: Set<RecordId>,
  ids: readonly RecordId[],
): Promise<Result<null>> {
  const { tables, clock } = context
  for (let from = 0; from < ids.length; from += 500) {
    const found = await tables.records.get(ids.slice(from, from + 500))
    const known = [...found.values()]
    const here = known.filter(({ sent }) => sent === '').map(({ id }) => id)
    const elsewhere = known.filter(({ sent }) => sent !== '').map(({ id }) => id)
    for (const id of here) revoked.add(id)
    await tables.records.purge(here)
    await writeRecords(context, elsewhere, record => {
      const { record: next, replaced, undo } = deleteRecord(record, clock.stamp())
      return undo === undefined ? null : { record: next, replaced, outcome: true }
    })
  }
  return succeed(null)
}
