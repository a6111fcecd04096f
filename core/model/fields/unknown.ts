/** A kind this version does not know: whatever it holds is carried, shown as it is, and never typed into (M10). */
import { defineKind, formatStray, refuse } from './shared.ts'

export const unknownRules = defineKind({
  readOnly: true,
  validate: () => null,
  parse: () => refuse('readOnly'),
  format: formatStray,
})
