/**
 * Between what is stored and what is merged, hashed and sent. Pure functions: `toState` drops every column that is
 * derived or local, `toDocument` computes them again. Whatever is added here must keep `toState(toDocument(s))` equal to s.
 */
import type { CellView, RecordView, Row, VersionView } from '../model/api.ts'
import { canonicalJson } from '../model/canonical.ts'
import { readStamp } from '../model/clock.ts'
import type { CollectionName } from '../model/protocol.ts'
import { DELETION, isDeleted } from '../model/record.ts'
import type { DeviceId, HistoryEntry, RecordState, Stamp, Value } from '../model/record.ts'
import type { RecordType, TypeState } from '../model/record-type.ts'
import { titleOf } from '../model/title.ts'
import { LENGTHS } from './documents.ts'
import type { AnyDocument, HistoryDocument, RecordDocument, Sendable, StateDocument } from './documents.ts'

/** Where a document stands with the provider. */
export type Sending = Pick<Sendable, 'unsent' | 'sent'>
/** Made or changed here and never sent. */
export const UNSENT: Sending = { unsent: 1, sent: '' }

/** What is hashed and sent of a document of any collection. */
export type AnyState = RecordState | TypeState | HistoryEntry

export function toState(document: Omit<RecordDocument, 'title'>): RecordState {
  const { id, type, created, cells, versions } = document
  return { id, type, created, cells, versions }
}

export function toTypeState(document: Omit<StateDocument, never>): TypeState {
  const { id, created, cells, versions } = document
  return { id, created, cells, versions }
}

export function toHistoryEntry(document: HistoryDocument): HistoryEntry {
  const { id, record, field, value, stamp, replacedBy, cause } = document
  const entry = { id, record, field, stamp, replacedBy, cause }
  return value === undefined ? entry : { ...entry, value }
}

export function toAnyState(collection: CollectionName, document: AnyDocument): AnyState {
  if (collection === 'records') return toState(document as RecordDocument)
  if (collection === 'history') return toHistoryEntry(document as HistoryDocument)
  return toTypeState(document as StateDocument)
}

/** Equal in everything that is sent. */
export function sameState(collection: CollectionName, a: AnyDocument, b: AnyDocument): boolean {
  return equalJson(toAnyState(collection, a), toAnyState(collection, b))
}

export function toDocument(state: RecordState, type: RecordType | undefined, sending: Sending): RecordDocument {
  const title = clip(type === undefined ? '' : titleOf(type, state), LENGTHS.title)
  return {
    id: state.id,
    type: state.type,
    title,
    sortKey: clip(fold(title), LENGTHS.sortKey),
    createdAt: timeOf(state.created),
    updatedAt: newestTime(state),
    open: state.versions.length,
    deleted: isDeleted(state) ? 1 : 0,
    unsent: sending.unsent,
    sent: sending.sent,
    created: state.created,
    cells: state.cells,
    versions: state.versions,
  }
}

export function toRow(document: RecordDocument & { readonly _rev: string }): Row {
  const cells: { [field: string]: Value } = {}
  for (const [field, cell] of Object.entries(document.cells)) if (field !== DELETION) cells[field] = cell.value
  return {
    id: document.id,
    rev: document._rev,
    type: document.type,
    title: document.title,
    cells,
    open: document.open,
    unsent: document.unsent === 1,
    updatedAt: document.updatedAt,
    deleted: document.deleted === 1,
  }
}

export function toView(
  document: RecordDocument & { readonly _rev: string },
  nameOf: (device: DeviceId) => string | undefined,
): RecordView {
  const cells: { [field: string]: CellView } = {}
  for (const [field, cell] of Object.entries(document.cells)) {
    cells[field] = { value: cell.value, stamp: cell.stamp, ...provenance(cell.stamp, nameOf) }
  }
  const versions = document.versions.map((version): VersionView => ({
    ...version,
    ...provenance(version.stamp, nameOf),
  }))
  return {
    id: document.id,
    rev: document._rev,
    type: document.type,
    title: document.title,
    deleted: document.deleted === 1,
    unsent: document.unsent === 1,
    created: provenance(document.created, nameOf),
    cells,
    versions,
  }
}

export function provenance(stamp: Stamp, nameOf: (device: DeviceId) => string | undefined) {
  const { at, device } = readStamp(stamp)
  return { at, device, deviceName: nameOf(device) }
}

/** The text under which search finds a record: every value of it that reads as text. */
export function searchText(document: Pick<RecordDocument, 'title' | 'cells'>): string {
  const words: string[] = [document.title]
  for (const [field, cell] of Object.entries(document.cells)) {
    if (field !== DELETION) gather(cell.value, words)
  }
  return words.join('\n')
}

/** Lower case without accents, so that "Édith" sorts and is found as "edith". */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
}

export function hashedText(state: AnyState): string {
  return canonicalJson(state)
}

/** Structural equality of JSON values; the order of keys does not matter. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const left = Object.entries(a).filter(([, value]) => value !== undefined)
  const right = new Map(Object.entries(b).filter(([, value]) => value !== undefined))
  return left.length === right.size && left.every(([key, value]) => right.has(key) && equalJson(value, right.get(key)))
}

function gather(value: Value, words: string[]): void {
  if (typeof value === 'string') words.push(value)
  else if (typeof value === 'number') words.push(String(value))
  else if (Array.isArray(value)) for (const item of value as readonly Value[]) gather(item, words)
}

function newestTime(state: RecordState): number {
  let newest = state.created
  for (const cell of Object.values(state.cells)) if (cell.stamp > newest) newest = cell.stamp
  return timeOf(newest)
}

function timeOf(stamp: Stamp): number {
  const { at } = readStamp(stamp)
  return Number.isFinite(at) ? Math.max(0, Math.floor(at)) : 0
}

/** Cuts at a length in UTF-16 units without leaving half a character. */
function clip(text: string, length: number): string {
  if (text.length <= length) return text
  const cut = text.slice(0, length)
  return /[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut
}
