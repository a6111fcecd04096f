/**
 * The nouns: record, cell, stamp, version, device, history entry. Everything else in Farfield is written about these
 * shapes; they are plain JSON and hold nothing that a reader would have to compute first.
 */

/** JSON that a field can hold. `null` means "no value"; a cell that was never filled is simply absent. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value }

/** A hybrid logical clock reading as text that sorts in causal order; see clock.ts. It ends with the device's id. */
export type Stamp = string

/** Ids are 16 random bytes in lower-case base32 (26 characters) unless stated otherwise. */
export type RecordId = string
export type TypeId = string
export type FieldId = string
export type DeviceId = string

/** One installation. The name is the one its user chose ("Field laptop"). */
export interface Device {
  readonly id: DeviceId
  readonly name: string
}

/** One field's value in one record, with its stamp (when, by which device). */
export interface Cell {
  readonly value: Value
  readonly stamp: Stamp
}

/**
 * A value that lost a same-field clash and is still waiting for a person (rule M6).
 * `field` is a field id, or DELETION for "the record was deleted there" (rule M8, `value` is true).
 */
export interface Version {
  readonly field: FieldId
  readonly value: Value
  /** The stamp of the losing edit; with `field` it identifies the version. */
  readonly stamp: Stamp
  /** What both sides started from; absent where no base was known (rule M7). */
  readonly before?: Value
}

/**
 * The pseudo field under which deletion is kept: a record is deleted when `cells[DELETION].value === true`.
 * Deleting and restoring are thus ordinary, stamped, mergeable, undoable edits.
 */
export const DELETION = '$deleted'

/** One filled-in item of a type: what is merged, hashed and sent. Columns derived from it are never part of it. */
export interface RecordState {
  readonly id: RecordId
  readonly type: TypeId
  /** Stamp of the creation: gives time and device, never changes. */
  readonly created: Stamp
  readonly cells: { readonly [field: FieldId]: Cell }
  /** Open versions, sorted by field, then stamp. At most MAX_OPEN_VERSIONS. */
  readonly versions: readonly Version[]
}

/** Rule M13: more open versions than this in one record move to history, the oldest first. */
export const MAX_OPEN_VERSIONS = 20

/** Why a value was replaced (rule M13). */
export type Cause = 'edit' | 'sync' | 'merge' | 'settle'

/**
 * One replaced value (rule M13). Append-only; the id is `${record}|${field}|${stamp}` so that the same replacement seen
 * by two devices is one entry.
 */
export interface HistoryEntry {
  readonly id: string
  readonly record: RecordId
  readonly field: FieldId
  /** The value that was replaced and its stamp; absent once a person no longer wanted it kept (history-keeping.ts). */
  readonly value?: Value
  readonly stamp: Stamp
  /** The stamp of what replaced it. */
  readonly replacedBy: Stamp
  readonly cause: Cause
}

export function isDeleted(record: Pick<RecordState, 'cells'>): boolean {
  return record.cells[DELETION]?.value === true
}
