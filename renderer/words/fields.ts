/**
 * Names of field kinds, and what to say when a value or an imported row does not fit; the compiler refuses a kind without
 * a name and a reason without a sentence.
 */
import type { RowReason } from '../../core/model/api.ts'
import type { InvalidReason } from '../../core/model/fields/rules.ts'
import type { FieldKind } from '../../core/model/record-type.ts'

export const KIND_WORDS: { readonly [kind in FieldKind]: string } = {
  text: 'Text',
  longText: 'Long text',
  number: 'Number',
  date: 'Date',
  dateTime: 'Date and time',
  checkbox: 'Checkbox',
  choice: 'Choice',
  choices: 'Several choices',
  link: 'Link to a record',
  files: 'Photos and files',
  location: 'Location',
  email: 'E-mail',
  phone: 'Phone',
  url: 'Web address',
  autoNumber: 'Automatic number',
  lastEditedBy: 'Last edited by',
  lastEditedAt: 'Last edited at',
}

const REASONS: { readonly [reason in InvalidReason | RowReason]: string } = {
  required: 'Still needed.',
  readOnly: 'This field fills itself in.',
  tooLarge: 'This is more than a field can hold (1 MB).',
  notText: 'This is not text.',
  lineBreak: 'This field holds one line.',
  notNumber: 'This is not a number.',
  tooPrecise: 'This has more decimals than the field keeps.',
  notDate: 'This is not a date. Try 2026-12-04.',
  notDateTime: 'This is not a date and time. Try 2026-12-04 09:30.',
  ambiguous: 'This can be read in two ways. Try 2026-12-04, or 1234.5.',
  notYesNo: 'This is neither yes nor no.',
  notChoice: 'This is not one of the choices.',
  notLink: 'This is not a link to a record.',
  notFiles: 'This is not a file.',
  notLocation: 'This is not a place. Try 47.37, 8.54.',
  notEmail: 'This does not look like an e-mail address.',
  notPhone: 'This does not look like a phone number.',
  notUrl: 'This does not look like a web address.',
  notAutoNumber: 'This is not an automatic number.',
  tooFewCells: 'This row has fewer cells than there are columns.',
  tooManyCells: 'This row has more cells than there are columns.',
  textAfterQuote: 'There is text right after a closing quote.',
  openQuote: 'A quote is opened and never closed.',
  rowTooLarge: 'This row is too large to read.',
  unreadable: 'This is not readable in the file’s encoding.',
}

/** A sentence for why a value or an imported row does not fit; codes this version does not know get a general one. */
export function reasonOf(reason: string): string {
  return Object.hasOwn(REASONS, reason) ? REASONS[reason as keyof typeof REASONS] : 'This does not fit the field.'
}
