/**
 * What every kind of field must be able to do. One file beside this per kind, one table in kinds.ts; nothing outside this
 * folder branches on a field's kind. Values are plain JSON (record.ts); null always means "no value".
 */
import type { Result } from '../failure.ts'
import type { Value } from '../record.ts'
import type { Field, Policy } from '../record-type.ts'

/** Why a value does not fit its field; the page has a sentence for each. */
export const INVALID_REASONS = [
  'required',
  'readOnly',
  'tooLarge',
  'notText',
  'lineBreak',
  'notNumber',
  'tooPrecise',
  'notDate',
  'notDateTime',
  'ambiguous',
  'notYesNo',
  'notChoice',
  'notLink',
  'notFiles',
  'notLocation',
  'notEmail',
  'notPhone',
  'notUrl',
  'notAutoNumber',
] as const
export type InvalidReason = (typeof INVALID_REASONS)[number]

export interface FieldKindRules {
  /** The value of a field that was never filled. */
  readonly empty: Value
  /** Computed by Farfield; a person cannot type into it. */
  readonly readOnly: boolean
  /** Counts as a title when it is the first such field with a value. */
  readonly textLike: boolean
  /** null: fits. Asked only for values other than null. */
  validate(value: Value, field: Field): InvalidReason | null
  /** Reads what a person typed or a CSV cell holds; '' is null. Refuses what could be read in two ways ('ambiguous'). */
  parse(text: string, field: Field): Result<Value>
  /** The text that `parse` reads back to the same value; for editing, copying and CSV. */
  format(value: Value, field: Field): string
  /** One short line for a grid cell, a title or a card; not meant to be parsed. */
  summarise(value: Value, field: Field): string
  /** What rows are ordered by; null sorts last. */
  sortKey(value: Value, field: Field): string | number | null
  readonly sortKind: 'text' | 'number'
  /** Negative when `a` sorts first; values that are empty sort last. */
  compare(a: Value, b: Value, field: Field): number
  equal(a: Value, b: Value): boolean
  /** Which policies a field of this kind may have (M5, policies.ts). */
  readonly policies: readonly Policy[]
  /** 'set': M3. 'text': M4. 'single': M5. */
  readonly mergeKind: 'set' | 'single' | 'text'
  /**
   * Both sides changed and differ: one value holding both changes, or undefined when only a person can tell (M6). It must
   * not depend on anything but its arguments. `base` is undefined where none is known (M7). `olderDevice` is the name of the
   * device that wrote `older`, where it is known.
   */
  merge3?(base: Value | undefined, older: Value, newer: Value, olderDevice?: string): Value | undefined
}
