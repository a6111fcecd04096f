/**
 * What a user defines: a record type with its ordered fields, as plain data. A type is merged field by field (rule M10),
 * so every part that two people may change apart carries its own stamp in the replicated state (see TypeState).
 */
import type { Cell, FieldId, Stamp, TypeId, Version } from './record.ts'

/** The closed list of field kinds. A kind this version does not know is carried, shown read-only and never dropped. */
export const FIELD_KINDS = [
  'text',
  'longText',
  'number',
  'date',
  'dateTime',
  'checkbox',
  'choice',
  'choices',
  'link',
  'files',
  'location',
  'email',
  'phone',
  'url',
  'autoNumber',
  'lastEditedBy',
  'lastEditedAt',
] as const
export type FieldKind = (typeof FIELD_KINDS)[number]

/** How a field answers two different edits by itself (fields/policies.ts). */
export const POLICIES = ['newest', 'largest', 'smallest', 'sum', 'append'] as const
export type Policy = (typeof POLICIES)[number]

/** One choice of a choice field; the id is stored in cells, so that a label can be renamed freely. */
export interface Choice {
  readonly id: string
  readonly label: string
}

/** A typed slot of a record type; the id never changes, the label may. */
export interface Field {
  readonly id: FieldId
  readonly kind: FieldKind
  readonly label: string
  readonly required?: boolean
  /** number: shown after the value, e.g. "mm". */
  readonly unit?: string
  /** number: digits after the decimal point, 0-9; absent means as typed. */
  readonly decimals?: number
  /** choice and choices. */
  readonly choices?: readonly Choice[]
  /** link: the record type it points to. */
  readonly target?: TypeId
  /** What becomes of two different edits (rule M5); absent: a person is asked. One this version does not know is carried. */
  readonly policy?: Policy
}

/** A record type as the app uses it. */
export interface RecordType {
  readonly id: TypeId
  readonly name: string
  /** Name of a lucide icon, kebab-case. */
  readonly icon: string
  readonly fields: readonly Field[]
}

/**
 * A record type as it is merged, hashed and sent: the same shape as a record's state, so that rules M1-M12 apply as they
 * are. Cells: `name`, `icon`, `order` (list of field ids), `f:<fieldId>` (the Field, or null once removed), DELETION.
 */
export interface TypeState {
  readonly id: TypeId
  readonly created: Stamp
  readonly cells: { readonly [slot: string]: Cell }
  readonly versions: readonly Version[]
}
