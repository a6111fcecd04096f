/** A record type while it is being edited: pure changes to a draft, and what still keeps it from being saved. */
import { kindRules } from '../../../core/model/fields/kinds.ts'
import type { Choice, Field, FieldKind, RecordType } from '../../../core/model/record-type.ts'
import { words } from '../../words/app.ts'

export type Change =
  | { readonly do: 'name'; readonly name: string }
  | { readonly do: 'icon'; readonly icon: string }
  | { readonly do: 'add'; readonly field: Field }
  | { readonly do: 'remove'; readonly id: string }
  | { readonly do: 'move'; readonly id: string; readonly by: number }
  | { readonly do: 'field'; readonly field: Field }

export function changeType(type: RecordType, change: Change): RecordType {
  switch (change.do) {
    case 'name':
      return { ...type, name: change.name }
    case 'icon':
      return { ...type, icon: change.icon }
    case 'add':
      return { ...type, fields: [...type.fields, change.field] }
    case 'remove':
      return { ...type, fields: type.fields.filter(field => field.id !== change.id) }
    case 'field':
      return { ...type, fields: type.fields.map(field => (field.id === change.field.id ? change.field : field)) }
    case 'move': {
      const at = type.fields.findIndex(field => field.id === change.id)
      const to = Math.max(0, Math.min(type.fields.length - 1, at + change.by))
      const field = type.fields[at]
      if (field === undefined || to === at) return type
      const rest = type.fields.filter(each => each.id !== change.id)
      return { ...type, fields: [...rest.slice(0, to), field, ...rest.slice(to)] }
    }
  }
}

/** The same field as another kind; options that the new kind does not have are let go. */
export function withKind(field: Field, kind: FieldKind, firstChoices: () => readonly Choice[]): Field {
  const { id, label, required, policy } = field
  const base: Field = {
    id,
    kind,
    label,
    ...(required === undefined ? {} : { required }),
    ...(policy === undefined || !kindRules(kind).policies.includes(policy) ? {} : { policy }),
  }
  if (kind === 'choice' || kind === 'choices') return { ...base, choices: field.choices ?? firstChoices() }
  if (kind === 'number') {
    return {
      ...base,
      ...(field.unit === undefined ? {} : { unit: field.unit }),
      ...(field.decimals === undefined ? {} : { decimals: field.decimals }),
    }
  }
  return kind === 'link' && field.target !== undefined ? { ...base, target: field.target } : base
}

/** Why it cannot be saved yet; '' when it can. */
export function problemOf(type: RecordType): string {
  if (type.name.trim() === '') return words.typeEditor.needsName
  if (type.fields.length === 0) return words.typeEditor.needsField
  return type.fields.some(field => field.label.trim() === '') ? words.typeEditor.fieldNeedsName : ''
}

/** Names without space around them, choices without empty ones. */
export function tidy(type: RecordType): RecordType {
  return {
    ...type,
    name: type.name.trim(),
    fields: type.fields.map(field => ({
      ...field,
      label: field.label.trim(),
      ...(field.choices === undefined
        ? {}
        : {
            choices: field.choices
              .map(choice => ({ ...choice, label: choice.label.trim() }))
              .filter(choice => choice.label !== ''),
          }),
    })),
  }
}
