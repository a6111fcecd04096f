/** One of the field's choices. The cell keeps the choice's id, so that relabelling a choice changes no record. */
import { type Result, succeed } from '../failure.ts'
import type { Value } from '../record.ts'
import type { Choice, Field } from '../record-type.ts'
import { defineKind, foldText, formatStray, refuse } from './shared.ts'

/** By label without case and accents, else by id. Two choices with one label are 'ambiguous'. */
export function findChoice(text: string, field: Field): Result<string> {
  const choices = field.choices ?? []
  const wanted = foldText(text.trim())
  const named = choices.filter(choice => foldText(choice.label.trim()) === wanted)
  const exact = choices.find(choice => choice.id === text.trim()) ?? (named.length === 1 ? named[0] : undefined)
  if (exact !== undefined) return succeed(exact.id)
  return refuse(named.length > 1 ? 'ambiguous' : 'notChoice')
}

/** The label of a choice for showing; of a choice that is gone, its id. */
export function labelOf(id: Value, field: Field): string {
  return (field.choices ?? []).find(choice => choice.id === id)?.label ?? formatStray(id)
}

/** The label where `findChoice` leads back from it to the same choice, else the id. */
export function writeChoice(id: Value, field: Field, separators?: RegExp): string {
  const label = labelOf(id, field)
  const back = findChoice(label, field)
  return back.ok && back.value === id && !(separators?.test(label) ?? false) ? label : formatStray(id)
}

export function isChoice(value: Value, choices: readonly Choice[] | undefined): boolean {
  return typeof value === 'string' && (choices ?? []).some(choice => choice.id === value)
}

export const choiceRules = defineKind({
  validate: (value, field) => (isChoice(value, field.choices) ? null : 'notChoice'),
  parse: findChoice,
  format: (value, field) => writeChoice(value, field),
  summarise: labelOf,
  // Choices are sorted in the order the type gives them ("low, medium, high"), not by the alphabet.
  sortKind: 'number',
  sortKey: (value, field) => {
    const index = (field.choices ?? []).findIndex(choice => choice.id === value)
    return index < 0 ? null : index
  },
})
