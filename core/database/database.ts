/**
 * What the rest of Farfield sees of a workspace's data. Implementations live beside this file; handlers and replication
 * ask only for the stores they use. Every write of a person goes through here, gets a stamp and leaves history (M13).
 */
import type { Observable } from 'rxjs'
import type {
  CellEdit,
  Choice,
  Clash,
  Counts,
  HistoryFrame,
  HistoryWindow,
  RecordView,
  Row,
  TypeSummary,
  Undo,
  View,
} from '../model/api.ts'
import type { Result } from '../model/failure.ts'
import type { Device, DeviceId, FieldId, RecordId, TypeId, Value } from '../model/record.ts'
import type { RecordType } from '../model/record-type.ts'

/** A stored record as windows of rows are read: straight from the storage, outside RxDB's query engine. */
export interface RecordReader {
  /** Resolves once the view can be read in its order, where that takes a while; undefined where it can be now. */
  prepare?(view: View): Promise<void> | undefined
  count(view: View): number | Promise<number>
  /** Ids and revs of rows [from, to) of the view. */
  page(
    view: View,
    from: number,
    to: number,
  ): readonly { id: RecordId; rev: string }[] | Promise<readonly { id: RecordId; rev: string }[]>
  rows(ids: readonly RecordId[]): readonly Row[] | Promise<readonly Row[]>
  position(view: View, id: RecordId): number | null | Promise<number | null>
  /** Up to `limit` records that a typed search finds, best first; deleted ones are left out. */
  best(text: string, limit: number): Promise<readonly Row[]>
}

export interface RecordStore {
  create(type: TypeId, cells: { readonly [field: FieldId]: Value }): Promise<Result<{ id: RecordId; undo: Undo }>>
  edit(cells: readonly CellEdit[]): Promise<Result<{ undo: Undo }>>
  /** Changes one value as it stands at that moment, whoever wrote it last; `undo` is null when nothing changed. */
  editValue(
    record: RecordId,
    field: FieldId,
    change: (value: Value | undefined) => Value,
  ): Promise<Result<{ undo: Undo | null }>>
  duplicate(ids: readonly RecordId[]): Promise<Result<{ ids: readonly RecordId[]; undo: Undo }>>
  delete(ids: readonly RecordId[]): Promise<Result<{ undo: Undo }>>
  restore(ids: readonly RecordId[]): Promise<Result<{ undo: Undo }>>
  samples(type: TypeId): Promise<Result<{ ids: readonly RecordId[]; undo: Undo }>>
  settle(record: RecordId, field: FieldId, choice: Choice): Promise<Result<{ undo: Undo }>>
  undo(undo: Undo): Promise<Result<{ undo: Undo }>>
  /**
   * Writes one batch (<= 200) of imported rows already validated against the type; answers the new ids. The caller
   * yields to the event loop between batches.
   */
  importRows(type: TypeId, rows: readonly { readonly [field: FieldId]: Value }[]): Promise<Result<readonly RecordId[]>>
  /** Takes imported records away again, entirely (a cancelled import leaves nothing behind). */
  removeImported(ids: readonly RecordId[]): Promise<Result<null>>
  read(id: RecordId): Promise<RecordView | null>
  record$(id: RecordId): Observable<RecordView | null>
  history$(part: HistoryWindow): Observable<HistoryFrame>
  clashes$: Observable<readonly Clash[]>
  counts$: Observable<Counts>
  /** Records and estimated bytes that the provider has not acknowledged. */
  waiting$: Observable<{ readonly records: number; readonly bytes: number }>
  /** Something in records changed; at most one emission a tick. Windows re-read on it. */
  changed$: Observable<void>
  readonly reader: RecordReader
}

export interface TypeStore {
  save(type: RecordType): Promise<Result<null>>
  delete(type: TypeId): Promise<Result<null>>
  get(type: TypeId): RecordType | undefined
  /** Every type there is now, in no order. */
  list(): readonly RecordType[]
  all$: Observable<readonly TypeSummary[]>
}

export interface DeviceStore {
  /** This installation; null until named. */
  readonly own$: Observable<Device | null>
  name(name: string): Promise<Result<Device>>
  nameOf(device: DeviceId): string | undefined
}

/** Settings of this laptop; never replicated. */
export interface SettingStore {
  get(key: string): Promise<Value | undefined>
  set(key: string, value: Value): Promise<void>
}
