/** What a person can choose for one clash, and what the result would be. Pure; opening a clash chooses nothing. */
import type { Choice, Clash, RecordView, VersionView } from '../../../core/model/api.ts'
import type { FieldId, Stamp, Value } from '../../../core/model/record.ts'
import { DELETION } from '../../../core/model/record.ts'
import type { Field } from '../../../core/model/record-type.ts'
import { newestCell } from '../record/newest-cell.ts'

export interface OpenClash {
  readonly record: RecordView
  readonly field: FieldId
  readonly versions: readonly VersionView[]
  readonly combinedFields: number
  /** Identifies the clash while it is on screen. */
  readonly key: string
}

/** Every clash of every record, one per field, in the list's order. */
export function openClashes(clashes: readonly Clash[]): readonly OpenClash[] {
  return clashes.flatMap(({ record, combinedFields }) => {
    const fields = [...new Set(record.versions.map(version => version.field))]
    return fields.map(field => ({
      record,
      field,
      versions: record.versions.filter(version => version.field === field),
      combinedFields,
      key: `${record.id} ${field}`,
    }))
  })
}

/** The clashes of one record; never empty. */
export type Group = readonly [OpenClash, ...OpenClash[]]

/** One group per record, in the list's order: the list counts records, as the sidebar does. */
export function recordsOf(clashes: readonly OpenClash[]): readonly Group[] {
  const groupsById = new Map<string, [OpenClash, ...OpenClash[]]>()
  for (const clash of clashes) {
    const group = groupsById.get(clash.record.id)
    if (group === undefined) groupsById.set(clash.record.id, [clash])
    else group.push(clash)
  }
  return [...groupsById.values()]
}

export interface Card {
  /** The key that chooses it: '1' what shows, '0' before, '2' and up the other devices. */
  readonly digit: string
  readonly kind: 'shown' | 'before' | 'version'
  readonly value: Value | undefined
  readonly written: { readonly device: string; readonly deviceName: string | undefined; readonly at: number } | null
  /** Null: it cannot be chosen (what it was before is not known). */
  readonly choice: Choice | null
}

/** Left device, Before, right device(s). */
export function cardsOf({ record, field, versions }: OpenClash): readonly Card[] {
  const cell = field === DELETION ? newestCell(record) : record.cells[field]
  const first = versions[0]
  const shown: Card = {
    digit: '1',
    kind: 'shown',
    value: field === DELETION ? false : cell?.value,
    written: cell ?? null,
    choice: { kind: 'shown' },
  }
  const before: Card = {
    digit: '0',
    kind: 'before',
    value: first?.before,
    written: null,
    choice: first?.before === undefined ? null : { kind: 'before', stamp: first.stamp },
  }
  const others = versions.map((version, index): Card => ({
    digit: String(index + 2),
    kind: 'version',
    value: version.value,
    written: version,
    choice: { kind: 'version', stamp: version.stamp },
  }))
  // A deletion has no "before" worth a card: the record was there.
  return field === DELETION ? [shown, ...others] : [shown, before, ...others]
}

/** Both values in one, only where that means something: text after text, choices together. */
export function bothValue(field: Field | undefined, cards: readonly Card[]): Value | undefined {
  const values = cards.filter(card => card.kind !== 'before').map(card => card.value)
  const texts = values.filter((value): value is string => typeof value === 'string' && value !== '')
  if (field?.kind === 'longText' && texts.length === values.length) return texts.join('\n\n')
  if (field?.kind === 'choices' && values.every(value => Array.isArray(value))) {
    const ids = new Set<Value>()
    for (const value of values) if (Array.isArray(value)) for (const id of value as readonly Value[]) ids.add(id)
    return [...ids]
  }
  return undefined
}

/** Further in the future than this, a time says that two clocks disagree. */
const CLOCKS_APART = 2 * 60_000

/** A card of a device whose clock is ahead of this one's: which of the two is later, nobody can say. */
export function writtenAhead(cards: readonly Card[], now: number): NonNullable<Card['written']> | undefined {
  return cards.find(({ written }) => written !== null && written.at - now > CLOCKS_APART)?.written ?? undefined
}

/** What a clash was made of, to notice that it changed while being looked at. */
export function fingerprint(clash: OpenClash): string {
  const stamps: (Stamp | undefined)[] = clash.versions.map(version => version.stamp)
  return [clash.record.cells[clash.field]?.stamp, ...stamps].join(' ')
}
