/**
 * Between a record type as the app uses it and the stamped state that is merged and sent (rule M10): which slots an edit
 * changes, and how two states meet. What a newer version of the app put there is carried, never dropped.
 */
import { canonicalJson, equalValues } from './canonical.ts'
import { editRecord } from './edit.ts'
import { mergeSets } from './fields/set-merge.ts'
import { cellOf, type Merge, mergeStates, type SlotRules } from './merge.ts'
import { DELETION, type FieldId, type HistoryEntry, type Stamp, type Value } from './record.ts'
import type { Field, RecordType, TypeState } from './record-type.ts'

const FIELD_SLOT = 'f:'
/** What this version knows of a field; anything else in a stored field is a newer version's and stays. */
const KNOWN = ['id', 'kind', 'label', 'required', 'unit', 'decimals', 'choices', 'target', 'policy']

export function createTypeState(type: RecordType, stamp: Stamp): TypeState {
  const cells = slotsOf(type).map(([slot, value]) => [slot, { value, stamp }] as const)
  return { id: type.id, created: stamp, cells: Object.fromEntries(cells), versions: [] }
}

/** undefined for a deleted type. Fields missing from `order` come last, by id; damaged fields are left out. */
export function readTypeState(state: TypeState): RecordType | undefined {
  if (cellOf(state, DELETION)?.value === true) return undefined
  const fields = new Map<FieldId, Field>()
  for (const slot of Object.keys(state.cells).sort()) {
    const field = slot.startsWith(FIELD_SLOT) ? readField(cellOf(state, slot)?.value) : undefined
    if (field !== undefined) fields.set(field.id, field)
  }
  const order = cellOf(state, 'order')?.value
  const listed = Array.isArray(order) ? order.filter(id => typeof id === 'string' && fields.has(id)) : []
  const ids = new Set([...listed, ...fields.keys()] as FieldId[])
  return {
    id: state.id,
    name: readText(cellOf(state, 'name')?.value),
    icon: readText(cellOf(state, 'icon')?.value) || 'file-text',
    fields: [...ids].flatMap(id => fields.get(id) ?? []),
  }
}

/** Writes only the slots in which `next` differs; a field that `next` lacks is removed (null). Restores a deleted type. */
export function editTypeState(
  state: TypeState,
  next: RecordType,
  stamp: Stamp,
): { readonly state: TypeState; readonly replaced: readonly HistoryEntry[] } {
  const wanted = new Map(slotsOf(next))
  for (const slot of Object.keys(state.cells)) {
    if (slot.startsWith(FIELD_SLOT) && !wanted.has(slot)) wanted.set(slot, null)
  }
  if (cellOf(state, DELETION)?.value === true) wanted.set(DELETION, false)
  const replaced: HistoryEntry[] = []
  let current = state
  for (const [slot, value] of wanted) {
    const edit = editRecord(current, slot, withUnknown(cellOf(state, slot)?.value, value), stamp)
    current = edit.record
    replaced.push(...edit.replaced)
  }
  return { state: current, replaced }
}

/** Records of one type and fields by id, order as a list, name and icon as ordinary values. */
export function mergeTypes(base: TypeState | undefined, a: TypeState, b: TypeState): Merge<TypeState> {
  return mergeStates(base, a, b, slotRules)
}

function slotRules(slot: string): SlotRules {
  if (slot === 'order') return { merge3: (base, older, newer) => mergeSets(base, older, newer) }
  return slot.startsWith(FIELD_SLOT) ? { merge3: mergeField } : {}
}

/**
 * Two people changed different things of one field (its label here, its unit there): both stand. The same thing changed
 * differently is for a person, except choices that were added or removed.
 */
function mergeField(base: Value | undefined, older: Value, newer: Value): Value | undefined {
  if (!isObject(base) || !isObject(older) || !isObject(newer)) return undefined
  const merged: [string, Value][] = []
  for (const key of new Set([...Object.keys(older), ...Object.keys(newer)])) {
    const [was, had, has] = [base[key], older[key], newer[key]]
    const value = equalValues(had, has) || equalValues(was, had) ? has : equalValues(was, has) ? had : undefined
    if (value !== undefined) merged.push([key, value])
    else if (!equalValues(had, has) && !equalValues(was, had) && !equalValues(was, has)) {
      const choices = key === 'choices' ? mergeSets(was, had ?? null, has ?? null, choiceId) : undefined
      if (choices === undefined) return undefined
      merged.push([key, choices])
    }
  }
  return Object.fromEntries(merged)
}

function choiceId(choice: Value): string {
  return isObject(choice) && typeof choice['id'] === 'string' ? choice['id'] : canonicalJson(choice)
}

function slotsOf(type: RecordType): [string, Value][] {
  return [
    ['name', type.name],
    ['icon', type.icon],
    ['order', type.fields.map(field => field.id)],
    ...type.fields.map((field): [string, Value] => [FIELD_SLOT + field.id, writeField(field)]),
  ]
}

function writeField(field: Field): Value {
  const { choices, ...rest } = field
  return choices === undefined ? rest : { ...rest, choices: choices.map(choice => ({ ...choice })) }
}

function withUnknown(stored: Value | undefined, next: Value): Value {
  if (!isObject(stored) || !isObject(next)) return next
  const carried = Object.entries(stored).filter(([key]) => !KNOWN.includes(key))
  return { ...Object.fromEntries(carried), ...next }
}

/** A kind of a newer version passes: the table of kinds knows what to do with it. */
function readField(value: Value | undefined): Field | undefined {
  if (!isObject(value) || typeof value['id'] !== 'string' || typeof value['kind'] !== 'string') return undefined
  const field: { [key: string]: Value } = { ...value, label: readText(value['label']) }
  if (!Array.isArray(value['choices']) || !value['choices'].every(isChoiceShape)) delete field['choices']
  return field as unknown as Field
}

function isChoiceShape(value: Value): boolean {
  return isObject(value) && typeof value['id'] === 'string' && typeof value['label'] === 'string'
}

function readText(value: Value | undefined): string {
  return typeof value === 'string' ? value : ''
}

function isObject(value: Value | undefined): value is { readonly [key: string]: Value } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
