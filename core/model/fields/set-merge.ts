/**
 * Rule M3: three-way merge of two lists taken as sets. What either side added stays, what either side took away goes, the
 * order is the newer side's. Never combines anything but lists.
 */
import { canonicalJson } from '../canonical.ts'
import type { Value } from '../record.ts'

/** undefined when one side is not a list: then only a person can tell. null counts as the empty list. */
export function mergeSets(
  base: Value | undefined,
  older: Value,
  newer: Value,
  identify: (item: Value) => string = canonicalJson,
): Value | undefined {
  const [before, first, second] = [base ?? [], older ?? [], newer ?? []]
  if (!Array.isArray(before) || !Array.isArray(first) || !Array.isArray(second)) return undefined
  const [was, had, has] = [indexBy(before, identify), indexBy(first, identify), indexBy(second, identify)]
  const merged: Value[] = []
  for (const [key, item] of has) {
    const other = had.get(key)
    if (other === undefined) {
      if (!was.has(key)) merged.push(item)
    } else {
      // The same item with different particulars (a file renamed): whichever side changed it, else the newer.
      merged.push(canonicalJson(item) === canonicalJson(was.get(key)) ? other : item)
    }
  }
  for (const [key, item] of had) {
    if (!has.has(key) && !was.has(key)) merged.push(item)
  }
  return merged
}

function indexBy(items: readonly Value[], identify: (item: Value) => string): ReadonlyMap<string, Value> {
  return new Map(items.map(item => [identify(item), item]))
}
