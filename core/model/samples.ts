/** Makes believable sample records for any type, from a source of random bytes; the same bytes give the same samples. */
import type { FieldId, Value } from './record.ts'
import type { Field, RecordType } from './record-type.ts'

const PLACES = [
  'North weir',
  'Old mill',
  'Harbour gate',
  'Station 4',
  'Quarry road',
  'East pier',
  'Hill farm',
  'Lock 12',
]
const PEOPLE = ['Ada Brook', 'Jonas Keller', 'Mina Okafor', 'Tomás Rivera', 'Lea Novak', 'Sam Whitfield']
const NOTES = [
  'Nothing unusual.',
  'Access road flooded; walked the last kilometre.',
  'Seal worn on the left side.\nReplace it at the next visit.',
  'Reading taken twice, both the same.',
  'Owner was present and signed.',
]

/** `random(n)` answers n bytes. `today` is `YYYY-MM-DD`; dates lie in the 200 days before it. */
export function sampleCells(
  type: Pick<RecordType, 'fields'>,
  random: (bytes: number) => Uint8Array,
  count = 8,
  today = '2026-11-20',
): readonly { readonly [field: FieldId]: Value }[] {
  const below = (limit: number): number => {
    const [high = 0, low = 0] = random(2)
    return Math.floor(((high * 256 + low) / 65536) * limit)
  }
  return Array.from({ length: count }, (_, index) => {
    const cells: [FieldId, Value][] = []
    for (const field of type.fields) {
      // A few cells stay empty, as they do in life; required ones do not.
      const skipped = field.required !== true && below(8) === 0
      const value = skipped ? null : sample(field, index, below, today)
      if (value !== null) cells.push([field.id, value])
    }
    return Object.fromEntries(cells)
  })
}

/** null for kinds that need something outside the record: files, links, computed values. */
function sample(field: Field, index: number, below: (limit: number) => number, today: string): Value {
  const pick = <T>(items: readonly T[]): T | undefined => items[below(items.length)]
  switch (field.kind) {
    case 'text':
      return sampleText(field.label, index, pick)
    case 'longText':
      return pick(NOTES) ?? null
    case 'number':
      return Number((below(10_000) / 100).toFixed(Math.min(field.decimals ?? 0, 2)))
    case 'date':
      return daysBefore(today, below(200))
    case 'dateTime':
      return `${daysBefore(today, below(200))}T${two(7 + below(11))}:${two(below(60))}`
    case 'checkbox':
      return below(2) === 1
    case 'choice':
      return pick(field.choices ?? [])?.id ?? null
    case 'choices': {
      const ids = (field.choices ?? []).filter(() => below(3) === 0).map(choice => choice.id)
      return ids.length > 0 ? ids : null
    }
    case 'location':
      return { latitude: 47 + below(80_000) / 10_000, longitude: 6 + below(90_000) / 10_000, accuracy: 3 + below(20) }
    case 'email':
      return `${
        (pick(PEOPLE) ?? '')
          .split(' ')[0]
          ?.toLowerCase()
          .normalize('NFKD')
          .replace(/[^a-z]/g, '') ?? ''
      }@example.org`
    case 'phone':
      return `+49 30 5550 ${String(below(10_000)).padStart(4, '0')}`
    case 'url':
      return `https://example.org/manuals/${1 + below(90)}`
    default:
      return null
  }
}

function sampleText(label: string, index: number, pick: <T>(items: readonly T[]) => T | undefined): string {
  if (/serial/i.test(label)) return `SN-${String(48_213 + index * 17)}`
  if (/inspector|person|owner|name of/i.test(label)) return pick(PEOPLE) ?? ''
  if (/label/i.test(label)) return `S-${String(index + 1).padStart(3, '0')}`
  return `${pick(PLACES) ?? ''}${index >= PLACES.length ? ` ${index + 1}` : ''}`
}

function daysBefore(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10)
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
