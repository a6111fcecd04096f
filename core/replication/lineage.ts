/**
 * Finds what two states of one record had in common when nobody remembers it (first meeting, a parked document, a provider
 * restored from an old copy). History tells: a value that was replaced here is an ancestor of what shows here (rule M13).
 */
import type { Tables } from '../database/context.ts'
import type { RecordDocument, StateDocument } from '../database/documents.ts'
import { cellOf } from '../model/merge.ts'
import type { Cell, Stamp, Version } from '../model/record.ts'

/** Edits of one field that the provider may have taken in one exchange with it. */
const MAX_HOPS = 100

/** undefined when the two have nothing in common (rule M7). Order does not matter. */
export async function findBase<D extends RecordDocument | StateDocument>(
  { history }: Pick<Tables, 'history'>,
  a: D,
  b: D,
): Promise<D | undefined> {
  const slots = [...new Set([...Object.keys(a.cells), ...Object.keys(b.cells)])]
  const apart = slots.filter(slot => cellOf(a, slot)?.stamp !== cellOf(b, slot)?.stamp)
  const key = (slot: string, stamp: string): string => `${a.id}|${slot}|${stamp}`
  const wanted = apart.flatMap(slot => [a, b].map(state => key(slot, cellOf(state, slot)?.stamp ?? '')))
  const lone = [...missing(a.versions, b.versions), ...missing(b.versions, a.versions)]
  const known = await history.get([...wanted, ...lone.map(({ field, stamp }) => key(field, stamp))])

  const cells: [string, Cell][] = []
  for (const slot of slots) {
    const [left, right] = [cellOf(a, slot), cellOf(b, slot)]
    if (left === undefined || right === undefined) continue
    if (left.stamp === right.stamp) cells.push([slot, left])
    else {
      // What a record was created with is an ancestor of whatever came later.
      const isRoot = (stamp: Stamp): boolean => stamp === a.created && stamp === b.created
      const ancestors = [left, right].filter(({ stamp }) => isRoot(stamp) || known.has(key(slot, stamp)))
      const oldest = ancestors.sort((x, y) => (x.stamp < y.stamp ? -1 : 1))[0]
      if (oldest !== undefined) cells.push([slot, oldest])
    }
  }
  const shared = a.versions.filter(version => !missing([version], b.versions).length)
  const closed = lone.filter(({ field, stamp }) => known.has(key(field, stamp)))
  if (cells.length === 0 && shared.length + closed.length === 0) return undefined
  return { ...a, cells: Object.fromEntries(cells), versions: [...shared, ...closed] }
}

/**
 * A base that knows more: where both sides have moved on from it in one slot, and history shows that one of them was made
 * from the other, the earlier one is what they have in common. So it is when this device's own earlier edit comes back to
 * it from the provider, which took it without the answer getting through: nobody must be asked about that.
 */
export async function refineBase<D extends RecordDocument | StateDocument>(
  { history }: Pick<Tables, 'history'>,
  base: D,
  ours: D,
  theirs: D,
): Promise<D> {
  const cells: { [slot: string]: Cell } = { ...base.cells }
  for (const slot of Object.keys(ours.cells)) {
    const [before, left, right] = [cellOf(base, slot), cellOf(ours, slot), cellOf(theirs, slot)]
    if (left === undefined || right === undefined || left.stamp === right.stamp) continue
    if (left.stamp === before?.stamp || right.stamp === before?.stamp) continue
    if (await leadsTo(history, `${ours.id}|${slot}|`, right.stamp, left.stamp)) cells[slot] = right
    else if (await leadsTo(history, `${ours.id}|${slot}|`, left.stamp, right.stamp)) cells[slot] = left
  }
  return { ...base, cells }
}

/** Whether what was stamped `from` was replaced by what was replaced by ... what is stamped `to`. */
async function leadsTo(history: Tables['history'], prefix: string, from: Stamp, to: Stamp): Promise<boolean> {
  let stamp = from
  // A replacement is always later than what it replaces.
  for (let hop = 0; hop < MAX_HOPS && stamp < to; hop += 1) {
    const next = (await history.get([prefix + stamp])).get(prefix + stamp)?.replacedBy
    if (next === undefined) return false
    stamp = next
  }
  return stamp === to
}

/** A state that shows, in some cell, an older stamp than the other: it goes back behind what the other has seen. */
export function isBehind(state: Pick<StateDocument, 'cells'>, other: Pick<StateDocument, 'cells'>): boolean {
  return Object.keys(other.cells).some(slot => {
    const [here, there] = [cellOf(state, slot), cellOf(other, slot)]
    return there !== undefined && (here === undefined || here.stamp < there.stamp)
  })
}

function missing(versions: readonly Version[], others: readonly Version[]): readonly Version[] {
  return versions.filter(({ field, stamp }) => !others.some(other => other.field === field && other.stamp === stamp))
}
