/**
 * The table of field kinds. The one place that maps a kind's name to its rules; a kind of a newer version gets rules that
 * carry its values untouched and read-only (M10).
 */
import type { FieldKind } from '../record-type.ts'
import { autoNumberRules } from './auto-number.ts'
import { checkboxRules } from './checkbox.ts'
import { choiceRules } from './choice.ts'
import { choicesRules } from './choices.ts'
import { dateTimeRules } from './date-time.ts'
import { dateRules } from './date.ts'
import { emailRules } from './email.ts'
import { filesRules } from './files.ts'
import { lastEditedAtRules, lastEditedByRules } from './last-edited.ts'
import { linkRules } from './link.ts'
import { locationRules } from './location.ts'
import { longTextRules } from './long-text.ts'
import { numberRules } from './number.ts'
import { phoneRules } from './phone.ts'
import type { FieldKindRules } from './rules.ts'
import { textRules } from './text.ts'
import { unknownRules } from './unknown.ts'
import { urlRules } from './url.ts'

export const FIELD_KIND_RULES: { readonly [kind in FieldKind]: FieldKindRules } = {
  text: textRules,
  longText: longTextRules,
  number: numberRules,
  date: dateRules,
  dateTime: dateTimeRules,
  checkbox: checkboxRules,
  choice: choiceRules,
  choices: choicesRules,
  link: linkRules,
  files: filesRules,
  location: locationRules,
  email: emailRules,
  phone: phoneRules,
  url: urlRules,
  autoNumber: autoNumberRules,
  lastEditedBy: lastEditedByRules,
  lastEditedAt: lastEditedAtRules,
}

/** `kind` is outside data: types travel between versions of the app. */
export function kindRules(kind: string): FieldKindRules {
  return Object.hasOwn(FIELD_KIND_RULES, kind) ? FIELD_KIND_RULES[kind as FieldKind] : unknownRules
}
