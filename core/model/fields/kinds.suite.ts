/** Valid values of every kind that can be typed, for properties: of the kinds themselves and of whatever carries them. */
import fc from 'fast-check'
import type { Value } from '../record.ts'
import type { Field, FieldKind } from '../record-type.ts'

export const CHOICES = ['Low', 'Medium, or so', 'High; very', 'Été', 'twin', 'Twin'].map((label, index) => ({
  id: `id${index}`,
  label,
}))
export const fieldOf = (kind: FieldKind): Field => ({
  id: 'f',
  kind,
  label: 'F',
  choices: CHOICES,
  unit: 'mm',
  decimals: 1,
})

const hex = fc.stringMatching(/^[0-9a-f]{64}$/)
const file = fc.record({
  hash: hex,
  name: fc.string({ minLength: 1 }),
  bytes: fc.nat(),
  type: fc.constant('image/png'),
})
const day = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map(date => date.toISOString())
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => value + 0)
const id = fc.stringMatching(/^[a-z2-7]{26}$/)
const someChoices = fc.subarray(
  CHOICES.map(choice => choice.id),
  { minLength: 1 },
)
const line = fc
  .string()
  .map(text => text.trim().toWellFormed())
  .filter(text => text !== '' && !/[\r\n]/.test(text))
export const VALID: { readonly [kind in FieldKind]?: fc.Arbitrary<Value> } = {
  text: line,
  longText: fc.string({ unit: 'grapheme', minLength: 1 }).filter(text => text.trim() !== '' && !text.includes('\r')),
  number,
  date: day.map(text => text.slice(0, 10)),
  dateTime: fc.tuple(day, fc.constantFrom('Z', '', '+02:00', '-11:30')).map(([text, zone]) => text.slice(0, 23) + zone),
  checkbox: fc.boolean(),
  choice: fc.constantFrom(...CHOICES.map(choice => choice.id)),
  choices: someChoices,
  link: fc.oneof(id, fc.uniqueArray(id, { minLength: 1 })),
  files: fc.uniqueArray(file, { minLength: 1, selector: one => one.hash }) as fc.Arbitrary<Value>,
  location: fc.record(
    {
      latitude: fc.double({ min: -90, max: 90, noNaN: true }).map(plain),
      longitude: fc.double({ min: -180, max: 180, noNaN: true }).map(plain),
      accuracy: fc.nat(5000),
    },
    { requiredKeys: ['latitude', 'longitude'] },
  ) as fc.Arbitrary<Value>,
  email: fc.constantFrom('ada@example.org', 'a.b+c@sub.example.co.uk', 'müller@exämple.de'),
  phone: fc.constantFrom('+49 30 5550 1234', '(030) 555-0123', '555 0123 ext 12'),
  url: fc.webUrl().filter(url => /^https?:/.test(url)),
}

function plain(value: number): number {
  return Number(value.toFixed(6)) + 0
}
