/**
 * What goes over the wire, per collection: the hash of a state, the check of a state that comes from outside, and the merge
 * of two. Everything here is total: a document that does not fit is answered with a reason, never with an exception.
 */
import type { Context } from '../database/context.ts'
import { LENGTHS } from '../database/documents.ts'
import type { AnyDocument, HistoryDocument, RecordDocument, StateDocument } from '../database/documents.ts'
import { hashedText, type Sending, toAnyState, toDocument, toHistoryEntry, toState } from '../database/states.ts'
import { toTypeState } from '../database/states.ts'
import { canonicalJson } from '../model/canonical.ts'
import { isStamp } from '../model/clock.ts'
import { letGoOfValue } from '../model/history-keeping.ts'
import { mergeRecords, mergeStates } from '../model/merge.ts'
import type { CollectionName, WireDocument } from '../model/protocol.ts'
import type { HistoryEntry, RecordState } from '../model/record.ts'
import type { TypeState } from '../model/record-type.ts'
import { mergeTypes } from '../model/record-types.ts'
import { isRecordState, isState } from '../model/schema.ts'

/** HMAC-SHA256 with the workspace's hash key, in hex (protocol.ts). */
export type Hash = (text: string) => string

export type Taken =
  { readonly ok: true; readonly document: AnyDocument } | { readonly ok: false; readonly reason: string }

export interface Merged {
  readonly document: AnyDocument
  readonly replaced: readonly HistoryEntry[]
}

export interface Content {
  hashOf(document: AnyDocument): string
  /** The hash, and the text it is of: as long as what goes over the wire. */
  describe(document: AnyDocument): { readonly h: string; readonly text: string }
  bodyOf(document: AnyDocument): unknown
  /** A document from the provider, as it is stored here; refused unless it is exactly what its hash says. */
  take(wire: WireDocument): Taken
  /** Deterministic and symmetric; how it stands with the provider is the caller's to say. */
  merge(base: AnyDocument | undefined, a: AnyDocument, b: AnyDocument, sending: Sending): Merged
}

const LET_GO_KEYS = ['cause', 'field', 'id', 'record', 'replacedBy', 'stamp']
const HISTORY_KEYS = [...LET_GO_KEYS, 'value']
const STATE_KEYS = ['cells', 'created', 'id', 'versions']
const RECORD_KEYS = [...STATE_KEYS, 'type'].sort()
const CAUSES: readonly string[] = ['edit', 'sync', 'merge', 'settle']

export function createContent(
  collection: CollectionName,
  context: Pick<Context, 'typeOf' | 'nameOf'>,
  hash: Hash,
): Content {
  const document = (state: unknown, sending: Sending): AnyDocument => {
    if (collection === 'records') {
      const record = state as RecordState
      return toDocument(record, context.typeOf(record.type), sending)
    }
    return { ...(state as TypeState | HistoryEntry), unsent: sending.unsent, sent: sending.sent }
  }

  return {
    hashOf: stored => hash(hashedText(toAnyState(collection, stored))),
    describe(stored) {
      const text = hashedText(toAnyState(collection, stored))
      return { h: hash(text), text }
    },
    bodyOf: stored => toAnyState(collection, stored),
    take({ id, h, body }) {
      if (!fits(collection, body)) return { ok: false, reason: 'malformed' }
      if (body.id !== id) return { ok: false, reason: 'otherId' }
      if (hash(canonicalJson(body)) !== h) return { ok: false, reason: 'hash' }
      return { ok: true, document: document(body, { unsent: 0, sent: h }) }
    },
    merge(base, a, b, sending) {
      if (collection === 'history') {
        // The same replacement seen by two devices: one entry, whichever reads first as text. Where one of them no longer
        // keeps the value, neither does.
        const both = [toHistoryEntry(a as HistoryDocument), toHistoryEntry(b as HistoryDocument)] as const
        const isKept = both.every(({ value }) => value !== undefined)
        const [left, right] = isKept ? both : [letGoOfValue(both[0]), letGoOfValue(both[1])]
        const first = canonicalJson(left) <= canonicalJson(right) ? left : right
        return { document: document(first, sending), replaced: [] }
      }
      if (collection === 'records') {
        const ours = a as RecordDocument
        const fields = context.typeOf(ours.type)?.fields
        const { merged, replaced } = mergeRecords(
          base === undefined ? undefined : toState(base as RecordDocument),
          toState(ours),
          toState(b as RecordDocument),
          id => fields?.find(field => field.id === id),
          context.nameOf,
        )
        return { document: document(merged, sending), replaced }
      }
      const states = [base, a, b].map(each => (each === undefined ? undefined : toTypeState(each as StateDocument)))
      const [before, left, right] = states as [TypeState | undefined, TypeState, TypeState]
      const { merged, replaced } =
        collection === 'types' ? mergeTypes(before, left, right) : mergeStates(before, left, right, () => ({}))
      return { document: document(merged, sending), replaced }
    },
  }
}

/** Exactly the keys of a state: one more would be lost on the way through the database, and the hash with it. */
function fits(collection: CollectionName, body: unknown): body is { readonly id: string } {
  if (typeof body !== 'object' || body === null) return false
  const keys = Object.keys(body).sort().join()
  if (collection === 'history')
    return (keys === HISTORY_KEYS.join() || keys === LET_GO_KEYS.join()) && isHistoryEntry(body)
  const known = collection === 'records' ? RECORD_KEYS : STATE_KEYS
  if (keys !== known.join() || !isState(body) || (collection === 'records' && !isRecordState(body))) return false
  const longest = Math.max(body.id.length, 'type' in body && typeof body.type === 'string' ? body.type.length : 0)
  return longest <= LENGTHS.id && body.created.length <= LENGTHS.stamp
}

function isHistoryEntry(body: object): body is HistoryEntry {
  const entry = body as { readonly [key in keyof HistoryEntry]: unknown }
  const text = (value: unknown, longest: number) => typeof value === 'string' && value !== '' && value.length <= longest
  return (
    text(entry.id, LENGTHS.historyId) &&
    text(entry.record, LENGTHS.id) &&
    text(entry.field, LENGTHS.id + 2) &&
    isStamp(entry.stamp) &&
    isStamp(entry.replacedBy) &&
    entry.id === `${String(entry.record)}|${String(entry.field)}|${entry.stamp}` &&
    CAUSES.includes(String(entry.cause))
  )
}
