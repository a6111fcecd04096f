/**
 * Whether values fit their record type. A draft may break rules (a required field still empty): what is said here is a
 * message beside the field, never a reason to lose what was typed. Also the shape check for states that come from outside.
 */
import { isStamp } from './clock.ts'
import { kindRules } from './fields/kinds.ts'
import type { InvalidReason } from './fields/rules.ts'
import { cellOf, type Mergeable } from './merge.ts'
import type { RecordState, Value } from './record.ts'
import type { Field, RecordType } from './record-type.ts'
import { isTooLarge } from './sizes.ts'

export interface Invalidity {
  readonly field: string
  readonly reason: InvalidReason
}

/** null: fits. `required` is not asked here; an empty cell fits every kind. */
export function validateCell(value: Value, field: Field): InvalidReason | null {
  if (value === null) return null
  return isTooLarge(value) ? 'tooLarge' : kindRules(field.kind).validate(value, field)
}

/** Everything that does not fit, in the order of the fields. Cells of fields that the type does not have are left alone (M10). */
export function validateRecord(
  type: Pick<RecordType, 'fields'>,
  record: Pick<RecordState, 'cells'>,
): readonly Invalidity[] {
  return type.fields.flatMap(field => {
    const value = cellOf(record, field.id)?.value ?? null
    const missing = field.required === true && isEmpty(value)
    const reason = missing ? 'required' : validateCell(value, field)
    return reason === null ? [] : [{ field: field.id, reason }]
  })
}

/** Which values of a field would not fit if it were changed to `next`. */
export function countMisfits(values: readonly Value[], next: Field): number {
  return values.filter(value => validateCell(value, next) !== null).length
}

/** Whether outside data has the shape of a state (record, type or device). Values may be any JSON; stamps must be stamps. */
export function isState(data: unknown): data is Mergeable {
  if (!isObject(data) || typeof data['id'] !== 'string' || data['id'] === '' || !isStamp(data['created'])) return false
  const { cells, versions } = data
  if (!isObject(cells) || !Array.isArray(versions)) return false
  return (
    Object.values(cells).every(cell => isObject(cell) && isStamp(cell['stamp']) && isJson(cell['value'])) &&
    versions.every(
      one =>
        isObject(one) &&
        typeof one['field'] === 'string' &&
        isStamp(one['stamp']) &&
        isJson(one['value']) &&
        (one['before'] === undefined || isJson(one['before'])),
    )
  )
}

export function isRecordState(data: unknown): data is RecordState {
  return isState(data) && 'type' in data && typeof data.type === 'string' && data.type !== ''
}

/** Nesting is bounded so that a hostile document cannot exhaust the stack of whoever walks it later. */
function isJson(value: unknown, depth = 0): value is Value {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (typeof value !== 'object' || depth > 32) return false
  return Object.values(value).every(item => isJson(item, depth + 1))
}

function isObject(data: unknown): data is { readonly [key: string]: unknown } {
  return typeof data === 'object' && data !== null && !Array.isArray(data)
}

function isEmpty(value: Value): boolean {
  return value === null || value === '' || (Array.isArray(value) && value.length === 0)
}
