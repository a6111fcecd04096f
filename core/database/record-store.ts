/**
 * Records as the rest of Farfield sees them: every call of a person, and what is watched. It decides nothing about merging
 * or validity (core/model does); it sees to it that every write is stamped, kept in history and marked as unsent.
 */
import { auditTime, filter, map, merge, distinctUntilChanged, share, type Observable } from 'rxjs'
import type { CellEdit, Clash, RecordView, Undo } from '../model/api.ts'
import { readStamp } from '../model/clock.ts'
import { createRecord, deleteRecord, duplicateRecord, editRecord, restoreRecord } from '../model/edit.ts'
import type { CellUndo, Edit } from '../model/edit.ts'
import { type Failure, fail, type Result, succeed } from '../model/failure.ts'
import { kindRules } from '../model/fields/kinds.ts'
import { newRecordId } from '../model/id.ts'
import type { FieldId, RecordId, RecordState, Stamp, TypeId, Value } from '../model/record.ts'
import { sampleCells } from '../model/samples.ts'
import { editSeen } from '../model/seen-edit.ts'
import { settle } from '../model/settle.ts'
import { isTooLarge } from '../model/sizes.ts'
import { undoCell, undoSettle } from '../model/undo.ts'
import type { Context } from './context.ts'
import type { RecordReader, RecordStore } from './database.ts'
import { importRows, removeImported } from './imports.ts'
import { live } from './live.ts'
import type { RecordCounts } from './record-counts.ts'
import { insertRecords, isReserved, writeRecords } from './record-writes.ts'
import { provenance, toView } from './states.ts'
import { watchTimeline } from './timeline.ts'
import { estimateWaiting } from './waiting.ts'

const SAMPLES = 8
const MAX_CLASHES = 1_000

export interface RecordStoreDeps {
  readonly context: Context
  readonly counts: RecordCounts
  readonly reader: RecordReader
  /** A device or a type has another name now: what is shown of records may read differently. */
  readonly names$: Observable<unknown>
  /** Records whose import was taken back; see replication/acknowledgements. */
  readonly revoked: Set<RecordId>
}

export function createRecordStore({ context, counts, reader, names$, revoked }: RecordStoreDeps): RecordStore {
  const { tables, clock, device, numbering, random, typeOf, nameOf } = context
  const changes$ = tables.records.changes$

  function refusal(type: TypeId, field: FieldId, value: Value): Failure | null {
    if (isReserved(field)) return { code: 'invalidValue', detail: 'field' }
    if (isTooLarge(value)) return { code: 'tooLarge', detail: '1 MB' }
    const known = typeOf(type)?.fields.find(each => each.id === field)
    return known !== undefined && kindRules(known.kind).readOnly ? { code: 'readOnlyField' } : null
  }

  /** Runs one edit per record and answers how to take all of them back. */
  async function editEach(
    ids: readonly RecordId[],
    edit: (record: RecordState, stamp: Stamp) => Edit<RecordState>,
  ): Promise<Result<{ undo: Undo }>> {
    const done = await writeRecords(context, ids, record => {
      const { record: next, replaced, undo } = edit(record, clock.stamp())
      return undo === undefined ? null : { record: next, replaced, outcome: undo }
    })
    return succeed({ undo: { kind: 'cells', cells: [...done.values()] } })
  }

  async function add(records: readonly { record: RecordState; undo: CellUndo }[]) {
    await insertRecords(
      context,
      records.map(({ record }) => record),
    )
    const undo: Undo = { kind: 'cells', cells: records.map(each => each.undo) }
    return { ids: records.map(({ record }) => record.id), undo }
  }

  function begin(): { readonly id: RecordId; readonly stamp: Stamp } {
    const stamp = clock.stamp()
    return { id: newRecordId(readStamp(stamp).at, random), stamp }
  }

  async function view(id: RecordId): Promise<RecordView | null> {
    const document = (await tables.records.get([id])).get(id)
    return document === undefined ? null : toView(document, nameOf)
  }

  return {
    async create(type, cells) {
      for (const [field, value] of Object.entries(cells)) {
        const failure = refusal(type, field, value)
        if (failure !== null) return { ok: false, failure }
      }
      const known = typeOf(type)
      if (known === undefined) return fail('notFound', 'type')
      const [numbers] = await numbering.draw(known, 1)
      const { undo, ids } = await add([createRecord({ ...begin(), type, cells: { ...cells, ...numbers } })])
      return succeed({ id: ids[0] ?? '', undo })
    },

    async edit(cells) {
      const byRecord = new Map<RecordId, CellEdit[]>()
      for (const cell of cells) byRecord.set(cell.record, [...(byRecord.get(cell.record) ?? []), cell])
      const current = await tables.records.get([...byRecord.keys()])
      for (const [id, edits] of byRecord) {
        const document = current.get(id)
        if (document === undefined) return fail('notFound', 'record')
        for (const { field, value } of edits) {
          const failure = refusal(document.type, field, value)
          if (failure !== null) return { ok: false, failure }
        }
      }
      const done = await writeRecords(context, [...byRecord.keys()], record => {
        const edits: Edit<RecordState>[] = []
        let next = record
        const fields = typeOf(record.type)?.fields
        const around = { device, nameOf, fieldOf: (id: FieldId) => fields?.find(each => each.id === id) }
        for (const { field, value, seen } of byRecord.get(record.id) ?? []) {
          const edit =
            seen === undefined
              ? editRecord(next, field, value, clock.stamp())
              : editSeen(next, { field, value, seen }, clock.stamp(), around)
          next = edit.record
          edits.push(edit)
        }
        const undone = edits.flatMap(({ undo }) => (undo === undefined ? [] : [undo]))
        if (undone.length === 0) return null
        return { record: next, replaced: edits.flatMap(({ replaced }) => replaced), outcome: undone }
      })
      return succeed({ undo: { kind: 'cells', cells: [...done.values()].flat() } })
    },

    async editValue(id, field, change) {
      const document = (await tables.records.get([id])).get(id)
      if (document === undefined) return fail('notFound', 'record')
      let failure: Failure | null = null
      const done = await writeRecords(context, [id], record => {
        const value = change(record.cells[field]?.value)
        failure = refusal(record.type, field, value)
        if (failure !== null) return null
        const edit = editRecord(record, field, value, clock.stamp())
        return edit.undo === undefined ? null : { record: edit.record, replaced: edit.replaced, outcome: edit.undo }
      })
      if (failure !== null) return { ok: false, failure }
      const undo = done.get(id)
      return succeed({ undo: undo === undefined ? null : { kind: 'cells', cells: [undo] } })
    },

    async duplicate(ids) {
      const found = await tables.records.get(ids)
      const copies: { record: RecordState; undo: CellUndo }[] = []
      for (const id of ids) {
        const document = found.get(id)
        if (document === undefined) continue
        const type = typeOf(document.type)
        const [numbers] = type === undefined ? [] : await numbering.draw(type, 1)
        const skip = (field: FieldId): boolean => {
          const known = type?.fields.find(each => each.id === field)
          return known !== undefined && kindRules(known.kind).readOnly
        }
        copies.push(duplicateRecord(document, { ...begin(), skip, more: numbers ?? {} }))
      }
      return copies.length === 0 ? fail('notFound', 'record') : succeed(await add(copies))
    },

    delete: ids => editEach(ids, deleteRecord),
    restore: ids => editEach(ids, restoreRecord),

    async samples(type) {
      const known = typeOf(type)
      if (known === undefined) return fail('notFound', 'type')
      const stamp = clock.stamp()
      const today = new Date(readStamp(stamp).at).toISOString().slice(0, 10)
      const rows = sampleCells(known, random, SAMPLES, today)
      const numbers = await numbering.draw(known, rows.length)
      const records = rows.map((cells, at) => createRecord({ ...begin(), type, cells: { ...cells, ...numbers[at] } }))
      return succeed(await add(records))
    },

    async settle(id, field, choice) {
      if (choice.kind === 'value' && isTooLarge(choice.value)) return fail('tooLarge', '1 MB')
      let failure: Failure = { code: 'notFound', detail: 'record' }
      const done = await writeRecords(context, [id], record => {
        const settled = settle(record, field, choice, clock.stamp())
        if (settled.ok) return { ...settled.value, outcome: settled.value.undo }
        failure = settled.failure
        return null
      })
      const undo = done.get(id)
      return undo === undefined ? { ok: false, failure } : succeed({ undo })
    },

    async undo(undo) {
      if (undo.kind === 'settle') {
        const done = await writeRecords(context, [undo.record], record => {
          const undone = undoSettle(record, undo, clock.stamp())
          return undone.ok ? { ...undone.value, outcome: undone.value.undo } : null
        })
        const redo = done.get(undo.record)
        return redo === undefined ? fail('stale') : succeed({ undo: redo })
      }
      const byRecord = new Map<RecordId, CellUndo[]>()
      for (const cell of undo.cells) byRecord.set(cell.record, [...(byRecord.get(cell.record) ?? []), cell])
      const done = await writeRecords(context, [...byRecord.keys()], record => {
        let next = record
        const undone = (byRecord.get(record.id) ?? []).flatMap(cell => {
          const result = undoCell(next, cell, clock.stamp())
          if (!result.ok) return []
          next = result.value.record
          return [result.value]
        })
        if (undone.length === 0) return null
        const replaced = undone.flatMap(each => each.replaced)
        return { record: next, replaced, outcome: undone.map(each => each.undo) }
      })
      return done.size === 0 ? fail('stale') : succeed({ undo: { kind: 'cells', cells: [...done.values()].flat() } })
    },

    importRows: (type, rows) => importRows(context, type, rows),
    removeImported: ids => removeImported(context, revoked, ids),

    read: view,
    record$: id =>
      live(merge(names$, changes$.pipe(filter(changes => changes.some(each => each.id === id)))), () => view(id)),
    history$: part => watchTimeline({ tables, names$, nameOf }, part),
    clashes$: live(
      merge(
        names$,
        changes$.pipe(
          filter(changes => changes.some(({ before, after }) => (before?.open ?? 0) + (after?.open ?? 0) > 0)),
        ),
      ).pipe(auditTime(0)),
      async () => {
        const open = await tables.records.find({
          selector: { open: { $gt: 0 } },
          sort: [{ open: 'asc' }, { id: 'asc' }],
          limit: MAX_CLASHES,
        })
        return Promise.all(open.map(async document => clashOf(toView(document, nameOf))))
      },
    ),
    counts$: counts.tally$.pipe(
      auditTime(0),
      map(({ all, deleted, needsYou }) => ({ all, deleted, needsYou })),
      distinctUntilChanged((a, b) => a.all === b.all && a.deleted === b.deleted && a.needsYou === b.needsYou),
    ),
    waiting$: estimateWaiting(tables.records, counts.tally$),
    changed$: merge(changes$, names$).pipe(
      auditTime(0),
      map(() => undefined),
      share(),
    ),
    reader,
  }

  /** How many other fields merged on their own since the clash appeared: history says so. */
  async function clashOf(record: RecordView): Promise<Clash> {
    const fields = new Set(record.versions.map(({ field }) => field))
    const since = record.versions.reduce((oldest, { at }) => Math.min(oldest, at), Number.POSITIVE_INFINITY)
    const merged = await tables.history.find({
      selector: { record: record.id },
      sort: [{ replacedBy: 'desc' }],
      limit: 200,
    })
    const combined = merged.filter(
      ({ cause, field, replacedBy }) =>
        cause === 'merge' && !fields.has(field) && provenance(replacedBy, nameOf).at >= since,
    )
    return { record, combinedFields: new Set(combined.map(({ field }) => field)).size }
  }
}
