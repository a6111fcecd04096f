/**
 * The stored shapes: what RxDB keeps of a record, a type, a device and a history entry, and their schemas. Columns that
 * are derived or local (title ... sent) are never part of what is merged, hashed or sent; see states.ts.
 */
import type { RxJsonSchema } from 'rxdb'
import type { Cell, HistoryEntry, Stamp, Version } from '../model/record.ts'
import type { CollectionName } from '../model/protocol.ts'

/** What every replicated document carries besides its state. */
export interface Sendable {
  readonly id: string
  /** 1: the provider has not acknowledged this state. */
  readonly unsent: 0 | 1
  /** Content hash of the state the provider is known to hold for this id; '' when it is not known to hold one. */
  readonly sent: string
}

/** A record type or a device: the same stamped cells as a record, so that one merge serves all (rule M10). */
export interface StateDocument extends Sendable {
  readonly created: Stamp
  readonly cells: { readonly [slot: string]: Cell }
  readonly versions: readonly Version[]
}

export interface RecordDocument extends StateDocument {
  readonly type: string
  readonly title: string
  /** The title folded for sorting: lower case, no accents. */
  readonly sortKey: string
  readonly createdAt: number
  readonly updatedAt: number
  /** Number of open versions. */
  readonly open: number
  readonly deleted: 0 | 1
}

export interface HistoryDocument extends HistoryEntry, Sendable {}

export interface DocumentsByCollection {
  readonly records: RecordDocument
  readonly types: StateDocument
  readonly devices: StateDocument
  readonly history: HistoryDocument
}
export type AnyDocument = DocumentsByCollection[CollectionName]

/** Longest texts the schemas accept; what arrives from a provider is held against them before it is stored. */
export const LENGTHS = { id: 64, historyId: 240, stamp: 96, title: 200, sortKey: 64, hash: 64 } as const
const LATEST = 8_640_000_000_000_000

const id = { type: 'string', maxLength: LENGTHS.id } as const
const stamp = { type: 'string', maxLength: LENGTHS.stamp } as const
const flag = { type: 'number', minimum: 0, maximum: 1, multipleOf: 1 } as const
const time = { type: 'number', minimum: 0, maximum: LATEST, multipleOf: 1 } as const
const cells = { type: 'object', additionalProperties: true } as const
const versions = { type: 'array', items: { type: 'object', additionalProperties: true } } as const
const sent = { type: 'string', maxLength: LENGTHS.hash } as const

const RECORDS: RxJsonSchema<RecordDocument> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  additionalProperties: false,
  properties: {
    id,
    type: { type: 'string', maxLength: LENGTHS.id },
    title: { type: 'string', maxLength: LENGTHS.title },
    sortKey: { type: 'string', maxLength: LENGTHS.sortKey },
    createdAt: time,
    updatedAt: time,
    open: { type: 'number', minimum: 0, maximum: 1_000_000, multipleOf: 1 },
    deleted: flag,
    unsent: flag,
    sent,
    created: stamp,
    cells,
    versions,
  },
  required: [
    'id',
    'type',
    'title',
    'sortKey',
    'createdAt',
    'updatedAt',
    'open',
    'deleted',
    'unsent',
    'sent',
    'created',
    'cells',
    'versions',
  ],
  indexes: [
    ['deleted', 'type', 'sortKey'],
    // Others that a view needs are made when it is first shown (the storage's window reader): each index that is not
    // appended to costs an import about a tenth of its speed.
    ['updatedAt'],
    ['open'],
    ['unsent'],
  ],
}

const STATES: RxJsonSchema<StateDocument> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  additionalProperties: false,
  properties: { id, unsent: flag, sent, created: stamp, cells, versions },
  required: ['id', 'unsent', 'sent', 'created', 'cells', 'versions'],
  indexes: [['unsent']],
}

const HISTORY: RxJsonSchema<HistoryDocument> = {
  version: 0,
  primaryKey: 'id',
  type: 'object',
  additionalProperties: false,
  properties: {
    id: { type: 'string', maxLength: LENGTHS.historyId },
    record: { type: 'string', maxLength: LENGTHS.id },
    field: { type: 'string', maxLength: LENGTHS.id + 2 },
    value: {},
    stamp,
    replacedBy: stamp,
    cause: { type: 'string', enum: ['edit', 'sync', 'merge', 'settle'] },
    unsent: flag,
    sent,
  },
  required: ['id', 'record', 'field', 'stamp', 'replacedBy', 'cause', 'unsent', 'sent'],
  indexes: [['record', 'replacedBy'], ['unsent']],
}

export const SCHEMAS = { records: RECORDS, types: STATES, devices: STATES, history: HISTORY } as const
