/** Which column of a CSV file goes into which field: the first guess, and the type and plan that follow from it. Pure. */
import type { CsvInspection, ImportPlan } from '../../../core/model/api.ts'
import { kindRules } from '../../../core/model/fields/kinds.ts'
import type { Field, RecordType } from '../../../core/model/record-type.ts'
import { fold } from '../../commands/registry.ts'

export const NEW_KINDS = ['text', 'longText', 'number', 'date', 'checkbox'] as const
export type NewKind = (typeof NEW_KINDS)[number]

export type Target =
  | { readonly to: 'out' }
  | { readonly to: 'field'; readonly id: string }
  | { readonly to: 'new'; readonly kind: NewKind }

/** As text, for lists of options: "out", "field:<id>", "new:<kind>". */
export function targetKey(target: Target): string {
  if (target.to === 'field') return `field:${target.id}`
  return target.to === 'new' ? `new:${target.kind}` : 'out'
}

export function readTarget(key: string): Target {
  if (key.startsWith('field:')) return { to: 'field', id: key.slice(6) }
  const kind = NEW_KINDS.find(each => key === `new:${each}`)
  return kind === undefined ? { to: 'out' } : { to: 'new', kind }
}

/** Fields by their label, but for those that fill themselves in; what has none becomes a new field of a new type, and is left out of an existing one. */
export function guessTargets(inspection: CsvInspection, fields: readonly Field[] | null): readonly Target[] {
  const taken = new Set<string>()
  return inspection.columns.map((column, index): Target => {
    if (fields === null) return { to: 'new', kind: inspection.kinds[index] ?? 'text' }
    const field = fields.find(
      each => !taken.has(each.id) && !kindRules(each.kind).readOnly && plain(each.label) === plain(column),
    )
    if (field === undefined) return { to: 'out' }
    taken.add(field.id)
    return { to: 'field', id: field.id }
  })
}

function plain(label: string): string {
  return fold(label)
    .replace(/[\s_-]+/g, ' ')
    .trim()
}

/** A column taken by one field cannot be taken by another: the later choice wins, the earlier column is left out. */
export function setTarget(targets: readonly Target[], at: number, target: Target): readonly Target[] {
  return targets.map((each, index) => {
    if (index === at) return target
    const clashes = target.to === 'field' && each.to === 'field' && each.id === target.id
    return clashes ? { to: 'out' } : each
  })
}

export interface Planned {
  readonly type: RecordType
  readonly mapping: ImportPlan['mapping']
}

/** The type with its new fields, and the field of each column. */
export function planImport(
  type: RecordType,
  columns: readonly string[],
  targets: readonly Target[],
  freshId: () => string,
): Planned {
  const added: Field[] = []
  const mapping = columns.map((column, index) => {
    const target = targets[index]
    if (target === undefined || target.to === 'out') return null
    if (target.to === 'field') return target.id
    const field: Field = { id: freshId(), kind: target.kind, label: column.trim() || `Column ${index + 1}` }
    added.push(field)
    return field.id
  })
  return { type: added.length === 0 ? type : { ...type, fields: [...type.fields, ...added] }, mapping }
}

/** "sites_2026.csv" makes a type named "Sites 2026". */
export function nameFromFile(fileName: string): string {
  const stem = fileName
    .replace(/\.[^.]*$/, '')
    .replace(/[_-]+/g, ' ')
    .trim()
  return stem.charAt(0).toUpperCase() + stem.slice(1)
}
