/** Names and literals written into SQL text. Values from outside belong in bound parameters; these are for what cannot be bound. */

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text literal; refuses NUL, which would end the statement early. */
export function quoteText(text: string): string {
  if (text.includes('\0')) throw new RangeError('Text with NUL cannot be written as a literal')
  return `'${text.replaceAll("'", "''")}'`
}

/** A lone surrogate is lost on the way into SQL. */
const UNSAYABLE = /["\\\0\p{Surrogate}]/u

/** `cells.f_a.value` as SQLite's `$."cells"."f_a"."value"`; undefined where the two path languages could disagree. */
export function toJsonPath(path: string): string | undefined {
  const segments = path.split('.')
  if (segments.some(segment => segment === '' || UNSAYABLE.test(segment) || /^\d+$/.test(segment))) return undefined
  return '$' + segments.map(segment => `."${segment}"`).join('')
}
