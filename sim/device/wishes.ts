/** The record type that everybody in the simulation works with, and the values that people type into it. */
import type { FileRef } from '../../core/model/fields/files.ts'
import type { Field, RecordType } from '../../core/model/record-type.ts'
import type { Value } from '../../core/model/record.ts'

const LETTERS = ['a', 'b', 'c', 'd', 'e']

export const TYPE: RecordType = {
  id: 'pump',
  name: 'Pump',
  icon: 'gauge',
  fields: [
    { id: 'site', kind: 'text', label: 'Site' },
    { id: 'notes', kind: 'longText', label: 'Notes' },
    { id: 'depth', kind: 'number', label: 'Depth' },
    { id: 'tags', kind: 'choices', label: 'Tags', choices: LETTERS.map(id => ({ id, label: id.toUpperCase() })) },
    { id: 'photos', kind: 'files', label: 'Photos' },
    { id: 'result', kind: 'choice', label: 'Result', choices: LETTERS.map(id => ({ id, label: id.toUpperCase() })) },
    { id: 'place', kind: 'location', label: 'Place' },
  ],
}

/** `mark` is different with every wish, so that most values are written only once; a few are the same on purpose (M1). */
export function newValue(field: Field, mark: number, pick: number, old: Value | undefined): Value {
  if (pick % 13 === 0 && old !== undefined) return null
  switch (field.kind) {
    case 'longText':
      return writeNotes(typeof old === 'string' ? old : '', mark, pick)
    case 'number':
      return pick % 7 === 0 ? pick % 3 : 1000 + mark
    case 'choices':
      return LETTERS.filter((_, index) => (((pick >> 2) ^ mark) >> index) & 1)
    case 'choice':
      return LETTERS[(pick + mark) % LETTERS.length] ?? 'a'
    case 'files':
      return changeFiles(Array.isArray(old) ? old : [], mark, pick)
    case 'location':
      return { latitude: (mark % 180) - 90, longitude: mark % 180, accuracy: 3 }
    default:
      return pick % 7 === 0 ? `common ${pick % 3}` : `${field.id} ${mark}`
  }
}

/** More than the simulated hub takes in one document. */
const LONG = 25_000

/** Whether a text written with this number is one that the hub refuses. */
export function isLong(pick: number): boolean {
  return pick % 61 === 60
}

const OPENING =
  'The pump stands behind the weir and runs day and night. Its oil was changed in spring. Nobody heard it knock.'

/** Puts a word in, takes one out or replaces one, somewhere in the text. */
function writeNotes(old: string, mark: number, pick: number): string {
  if (old.length > LONG) return `short again ${mark}`
  if (isLong(pick)) return `note${mark} ${'long '.repeat(LONG / 5)}`
  const words = (old === '' ? OPENING : old).split(' ')
  const at = (pick >> 3) % words.length
  words.splice(at, pick % 3 === 0 ? 0 : 1, ...(pick % 5 === 4 && words.length > 5 ? [] : [`note${mark}`]))
  return words.join(' ')
}

function changeFiles(old: readonly FileRef[], mark: number, pick: number): Value {
  const kept = pick % 4 === 0 ? old.slice(1) : old
  const added: FileRef = {
    hash: mark.toString(16).padStart(64, '0'),
    name: `photo ${pick % 3}.jpg`,
    bytes: mark,
    type: 'image/jpeg',
  }
  return [...kept, added].map(file => ({ ...file }))
}
