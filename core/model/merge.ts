/**
 * Three-way merge of two states of one record (rules M1-M13; docs/merge-rules.md). Symmetric, deterministic and
 * total: either device computes the same result, and no input makes it throw or lose a value. It never asks anybody: a
 * clash is data inside the result.
 */
import { canonicalJson, equalValues } from './canonical.ts'
import { combineStamps, compareStamps, readStamp } from './clock.ts'
import { kindRules } from './fields/kinds.ts'
import { applyPolicy, policyOf } from './fields/policies.ts'
import { historyEntry } from './history.ts'
import {
  type Cell,
  type DeviceId,
  DELETION,
  type FieldId,
  type HistoryEntry,
  MAX_OPEN_VERSIONS,
  type RecordState,
  type Stamp,
  type Value,
  type Version,
} from './record.ts'
import type { Field } from './record-type.ts'
import { isTooLarge } from './sizes.ts'

/** What is merged: a record, a record type, a device. */
export interface Mergeable {
  readonly id: string
  readonly created: Stamp
  readonly cells: { readonly [slot: string]: Cell }
  readonly versions: readonly Version[]
}

export interface Merge<S> {
  readonly merged: S
  /** Values that neither show nor stay open (M13); to be written before the merged state is. */
  readonly replaced: readonly HistoryEntry[]
  /** Fields that now hold both sides' changes in one value (M3, M4, M9), or what the field's policy made of them (M5). */
  readonly combined: readonly FieldId[]
  /** Fields that came from the one side that had changed them (M2), in merges where both sides had changed something. */
  readonly taken: readonly FieldId[]
}

/** How one slot's values meet; the default is whole-value equality and no combining. */
export interface SlotRules {
  equal?(a: Value, b: Value): boolean
  merge3?(base: Value | undefined, older: Value, newer: Value, olderStamp: Stamp): Value | undefined
  /** Two edits that came to the same value are two all the same: increments (M5). */
  readonly adds?: boolean
  /** M11: whether a combined value may stand. */
  accepts?(value: Value): boolean
}

/**
 * `base` is the state both sides started from, undefined where none is known (M7). `fieldOf` answers undefined for a field
 * this device does not know (M10). `nameOf` names devices, for files that are renamed (M9).
 */
export function mergeRecords(
  base: RecordState | undefined,
  a: RecordState,
  b: RecordState,
  fieldOf: (id: FieldId) => Field | undefined,
  nameOf: (device: DeviceId) => string | undefined = () => undefined,
): Merge<RecordState> {
  return mergeStates(base, a, b, slot => {
    const field = fieldOf(slot)
    if (field === undefined) return {}
    const rules = kindRules(field.kind)
    const policy = policyOf(field, rules)
    return {
      equal: rules.equal,
      merge3: (before, older, newer, olderStamp) =>
        policy === undefined
          ? rules.merge3?.(before, older, newer, nameOf(readStamp(olderStamp).device))
          : applyPolicy(policy, rules, field, { base: before, older, newer }),
      adds: policy === 'sum',
      accepts: value => value === null || (!isTooLarge(value) && rules.validate(value, field) === null),
    }
  })
}

export function mergeStates<S extends Mergeable>(
  base: S | undefined,
  a: S,
  b: S,
  rulesOf: (slot: string) => SlotRules,
): Merge<S> {
  const cells: [string, Cell][] = []
  const opened: Version[] = []
  const replaced: HistoryEntry[] = []
  const combined: FieldId[] = []
  const taken: { readonly slot: FieldId; readonly from: 'a' | 'b' }[] = []
  const closedBy = { a: closedFields(base, a), b: closedFields(base, b) }
  const touched = { a: closedBy.a.size > 0, b: closedBy.b.size > 0 }

  for (const slot of slotsOf(base, a, b)) {
    if (slot === DELETION) continue
    const [before, left, right] = [cellOf(base, slot), cellOf(a, slot), cellOf(b, slot)]
    const rules = rulesOf(slot)
    const equal = rules.equal ?? equalValues
    // Without a base, whatever the other side does not have in the same form counts as changed (M7).
    const changed = (side: Cell | undefined, other: Cell | undefined, closed: ReadonlySet<string>): boolean => {
      if (side === undefined) return false
      if (base === undefined) return other === undefined || !equal(side.value, other.value)
      return closed.has(slot) || !equal(side.value, before?.value ?? null)
    }
    const changedA = changed(left, right, closedBy.a)
    const changedB = changed(right, left, closedBy.b)
    touched.a ||= changedA
    touched.b ||= changedB

    if (left === undefined || right === undefined) {
      // A cell is never taken away by anybody; a side without it comes from before the field was filled.
      const cell = left ?? right ?? before
      if (cell === undefined) continue
      cells.push([slot, cell])
      if (changedA || changedB) taken.push({ slot, from: changedA ? 'a' : 'b' })
    } else if (
      equal(left.value, right.value) &&
      !(rules.adds === true && changedA && changedB && areTwo(left, right))
    ) {
      cells.push([slot, laterCell(left, right)]) // M1
    } else if (changedA !== changedB) {
      cells.push([slot, changedA ? left : right]) // M2
      taken.push({ slot, from: changedA ? 'a' : 'b' })
    } else {
      const newer = laterCell(left, right)
      const older = newer === left ? right : left
      // Of two values under one stamp (damage) neither can be history of the other: an entry is named by its stamp.
      const value =
        left.stamp === right.stamp ? undefined : rules.merge3?.(before?.value, older.value, newer.value, older.stamp)
      if (value !== undefined && (rules.accepts?.(value) ?? true)) {
        const cell = combinedCell(older, newer, value)
        cells.push([slot, cell]) // M3, M4, M5, M9
        combined.push(slot)
        for (const side of [older, newer]) {
          if (side !== cell) replaced.push(historyEntry(a.id, slot, side, cell.stamp, 'merge'))
        }
      } else {
        cells.push([slot, newer]) // M6
        opened.push(openVersion(slot, older, base === undefined ? undefined : (before?.value ?? null)))
      }
    }
  }

  const deletion = mergeDeletion(base, a, b, touched)
  if (deletion.cell !== undefined) cells.push([DELETION, deletion.cell])
  if (deletion.version !== undefined) opened.push(deletion.version)

  const shown = new Map(cells)
  const kept = keepVersions(base, a, b)
  const { versions, overflow } = settleDown([...kept, ...opened], shown, rulesOf)
  for (const version of overflow) {
    replaced.push(historyEntry(a.id, version.field, version, shown.get(version.field)?.stamp ?? a.created, 'merge'))
  }
  const merged: S = { ...firstCreated(a, b), cells: Object.fromEntries(cells.sort(byName)), versions }
  const both = touched.a && touched.b
  return { merged, replaced: replaced.sort(byId), combined, taken: both ? taken.map(one => one.slot) : [] }
}

/**
 * M8: deleted on one side, changed on the other: the record lives and the deletion stays open. A deletion that meets no
 * change is an ordinary one-sided change (M2), and so is a restoration.
 */
function mergeDeletion(
  base: Mergeable | undefined,
  a: Mergeable,
  b: Mergeable,
  touched: { readonly a: boolean; readonly b: boolean },
): { readonly cell: Cell | undefined; readonly version?: Version } {
  const [left, right] = [cellOf(a, DELETION), cellOf(b, DELETION)]
  const goneA = left?.value === true
  if (goneA === (right?.value === true)) {
    return { cell: left !== undefined && right !== undefined ? laterCell(left, right) : (left ?? right) }
  }
  const [gone, lives, livesTouched] = goneA ? [left, right, touched.b] : [right, left, touched.a]
  if (cellOf(base, DELETION)?.value === true) return { cell: lives }
  if (gone === undefined || !livesTouched) return { cell: gone }
  return { cell: lives, version: openVersion(DELETION, gone, base === undefined ? undefined : false) }
}

/** M12: a version that one side had closed is closed; one that either side had opened stays. */
function keepVersions(base: Mergeable | undefined, a: Mergeable, b: Mergeable): Version[] {
  const before = keysOf(base)
  const [left, right] = [keysOf(a), keysOf(b)]
  return [
    ...a.versions.filter(version => right.has(keyOf(version)) || !before.has(keyOf(version))),
    ...b.versions.filter(version => left.has(keyOf(version)) || !before.has(keyOf(version))),
  ]
}

/**
 * Versions as a record may hold them: none that equals what shows (M1), none twice (the earliest stamp stays, since that is
 * the one others may be settling), in order, and at most MAX_OPEN_VERSIONS (M13).
 */
export function settleDown(
  versions: readonly Version[],
  shown: ReadonlyMap<string, Cell>,
  rulesOf: (slot: string) => SlotRules = () => ({}),
): { readonly versions: readonly Version[]; readonly overflow: readonly Version[] } {
  const kept: Version[] = []
  for (const version of [...versions].sort(compareVersions)) {
    const equal = rulesOf(version.field).equal ?? equalValues
    const cell = shown.get(version.field)
    const open = version.field === DELETION ? cell?.value !== version.value : !equal(version.value, cell?.value ?? null)
    if (!open || kept.some(other => other.field === version.field && equal(other.value, version.value))) continue
    kept.push(version)
  }
  if (kept.length <= MAX_OPEN_VERSIONS) return { versions: kept, overflow: [] }
  const oldestFirst = [...kept].sort((x, y) => compareStamps(x.stamp, y.stamp) || compareVersions(x, y))
  const overflow = new Set(oldestFirst.slice(0, kept.length - MAX_OPEN_VERSIONS))
  return { versions: kept.filter(version => !overflow.has(version)), overflow: [...overflow] }
}

/** Fields of which this side closed a version that the base had: its writer decided about them, even if nothing else changed. */
function closedFields(base: Mergeable | undefined, side: Mergeable): ReadonlySet<string> {
  const here = keysOf(side)
  return new Set((base?.versions ?? []).filter(version => !here.has(keyOf(version))).map(version => version.field))
}

function openVersion(field: FieldId, cell: Cell, before: Value | undefined): Version {
  const version = { field, value: cell.value, stamp: cell.stamp }
  return before === undefined ? version : { ...version, before }
}

function combinedCell(older: Cell, newer: Cell, value: Value): Cell {
  if (equalValues(value, newer.value)) return newer
  return { value, stamp: combineStamps(older.stamp, newer.stamp, canonicalJson(value)) }
}

/** Made by two edits, not one edit met again. */
function areTwo(a: Cell, b: Cell): boolean {
  return a.stamp !== b.stamp
}

/** Equal stamps with different values come only from damage; the value then decides, so that both devices agree. */
function laterCell(a: Cell, b: Cell): Cell {
  const order = compareStamps(a.stamp, b.stamp) || compareStamps(canonicalJson(a.value), canonicalJson(b.value))
  return order < 0 ? b : a
}

/** Own properties only: a field id is outside data, and `__proto__` is a possible one. */
export function cellOf(state: Pick<Mergeable, 'cells'> | undefined, slot: string): Cell | undefined {
  return state !== undefined && Object.hasOwn(state.cells, slot) ? state.cells[slot] : undefined
}

function slotsOf(...states: readonly (Mergeable | undefined)[]): readonly string[] {
  return [...new Set(states.flatMap(state => Object.keys(state?.cells ?? {})))].sort()
}

function keysOf(state: Mergeable | undefined): ReadonlySet<string> {
  return new Set((state?.versions ?? []).map(keyOf))
}

function keyOf(version: Version): string {
  return `${version.field}|${version.stamp}|${canonicalJson(version.value)}`
}

export function compareVersions(a: Version, b: Version): number {
  return (
    compareStamps(a.field, b.field) ||
    compareStamps(a.stamp, b.stamp) ||
    compareStamps(canonicalJson(a.value), canonicalJson(b.value)) ||
    compareStamps(canonicalJson(a), canonicalJson(b))
  )
}

/** Everything but cells and versions never changes; where damage made it differ, both devices still pick the same. */
function firstCreated<S extends Mergeable>(a: S, b: S): S {
  const text = (state: S): string => canonicalJson({ ...state, cells: null, versions: null })
  return (compareStamps(a.created, b.created) || compareStamps(text(a), text(b))) <= 0 ? a : b
}

function byName(a: readonly [string, Cell], b: readonly [string, Cell]): number {
  return compareStamps(a[0], b[0])
}

function byId(a: HistoryEntry, b: HistoryEntry): number {
  return compareStamps(a.id, b.id) || compareStamps(canonicalJson(a), canonicalJson(b))
}
