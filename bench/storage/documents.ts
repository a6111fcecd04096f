/**
 * The records that every storage of the bench holds: made from a number, so that each run and each process has the same
 * ones. As JSON a record has 862 bytes, like one of Farfield's with six fields and a note.
 */
import type { RxJsonSchema } from 'rxdb'
import { type RecordDocument, SCHEMAS } from '../../core/database/documents.ts'

export const DOCUMENT_BYTES = 862
export const TYPES = ['t_pump', 't_well', 't_visit', 't_sample', 't_site'] as const
/** A word that one record in 5,000 has, and one that every third has. */
export const RARE_WORD = 'quartzite'
export const COMMON_WORD = 'inspected'

/** A record for RxDB's documents, which have a property `deleted` of their own. */
export interface BenchDocument extends Omit<RecordDocument, 'deleted'> {
  readonly removed: 0 | 1
}

const { deleted: removed, ...properties } = SCHEMAS.records.properties
/** Three indexes for every peer; Farfield's own schema has one more. */
export const THREE_INDEXES: RxJsonSchema<BenchDocument> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  additionalProperties: false,
  properties: { ...properties, removed },
  required: ['id', 'type', 'sortKey', 'createdAt', 'updatedAt'],
  indexes: [['type', 'sortKey'], ['updatedAt'], ['createdAt']],
}
export const OWN_SCHEMA: RxJsonSchema<RecordDocument> = SCHEMAS.records

const EPOCH = Date.UTC(2026, 0, 1)
const SYLLABLES = [
  'ba',
  'lo',
  'mi',
  'ter',
  'non',
  'ka',
  'ro',
  'ves',
  'du',
  'shi',
  'pel',
  'or',
  'an',
  'gri',
  'tu',
  'zem',
]
const DEVICE = 'd7Kq2mXw4Rt9'

/** Ids begin with their time, as Farfield's do; with `only`, every record is of that type. */
export function makeRecord(index: number, only?: string): RecordDocument {
  const random = createRandom(index)
  const at = EPOCH + index * 7
  const stamp = `${at.toString(36).padStart(9, '0')}-0000-${DEVICE}`
  const title = `${name(random)} ${name(random)} ${index}`
  const cell = (value: string | number) => ({ value, stamp })
  const cells: { [field: string]: { readonly value: string | number; readonly stamp: string } } = {
    f_name: cell(title),
    f_region: cell(name(random)),
    f_depth: cell(Math.floor(random() * 100_000) / 10),
    f_day: cell(new Date(EPOCH + Math.floor(random() * 3e10)).toISOString().slice(0, 10)),
    f_mail: cell(`${name(random).toLowerCase()}@example.org`),
  }
  const record: RecordDocument = {
    id: recordId(index),
    type: only ?? TYPES[index % TYPES.length] ?? '',
    title,
    sortKey: title.toLowerCase(),
    createdAt: at,
    updatedAt: at + Math.floor(random() * 1e9),
    open: 0,
    deleted: 0,
    unsent: index % 50 === 0 ? 1 : 0,
    sent: '',
    created: stamp,
    cells: { ...cells, f_note: cell('') },
    versions: [],
  }
  const words: string[] = []
  if (index % 5000 === 17) words.push(RARE_WORD)
  if (index % 3 === 0) words.push(COMMON_WORD)
  while (words.length < 60) words.push(name(random).toLowerCase())
  const room = DOCUMENT_BYTES - JSON.stringify(record).length
  return { ...record, cells: { ...cells, f_note: cell(words.join(' ').slice(0, room)) } }
}

export function makeDocument(index: number): BenchDocument {
  const { deleted, ...rest } = makeRecord(index)
  return { ...rest, removed: deleted }
}

export function recordId(index: number): string {
  return `${(EPOCH + index * 7).toString(36).padStart(9, '0')}${((index * 2_654_435_761) % 2 ** 32).toString(36).padStart(7, '0')}`
}

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed + 0x6d2b79f5
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

function name(random: () => number): string {
  let text = ''
  const length = 2 + Math.floor(random() * 3)
  for (let count = 0; count < length; count++) text += SYLLABLES[Math.floor(random() * SYLLABLES.length)] ?? ''
  return text.charAt(0).toUpperCase() + text.slice(1)
}
