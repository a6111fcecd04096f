/** The page's way to a field kind's rules, with words where the rules only have codes. Pure. */
import { kindRules } from '../../core/model/fields/kinds.ts'
import type { FieldKindRules } from '../../core/model/fields/rules.ts'
import type { Value } from '../../core/model/record.ts'
import type { Field } from '../../core/model/record-type.ts'
import { reasonOf } from '../words/fields.ts'

export function rulesOf(field: Field): FieldKindRules {
  return kindRules(field.kind)
}

/** One line for a cell or a card; '' for no value. */
export function summarise(value: Value | undefined, field: Field): string {
  if (value === undefined || value === null) return ''
  return rulesOf(field).summarise(value, field)
}

/** What an editor shows for a value. */
export function format(value: Value | undefined, field: Field): string {
  return value === undefined || value === null ? '' : rulesOf(field).format(value, field)
}

export function isEmpty(value: Value | undefined): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
}

/** A sentence when the value does not fit, '' when it does. Never a reason not to save. */
export function validity(value: Value | undefined, field: Field): string {
  if (isEmpty(value)) return field.required === true ? reasonOf('required') : ''
  const reason = rulesOf(field).validate(value ?? null, field)
  return reason === null ? '' : reasonOf(reason)
}

export type Typed = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly message: string }

/** What typed text means for the field. */
export function readTyped(text: string, field: Field): Typed {
  const read = rulesOf(field).parse(text, field)
  return read.ok ? read : { ok: false, message: reasonOf(read.failure.detail ?? '') }
}
