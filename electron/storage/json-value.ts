/**
 * A value of a document whose JSON SQLite refuses to read, for it is nested deeper than 1,000. It is registered in SQLite
 * as json_value and used in indexes: it must give what json_extract would, and never throw.
 */

/** `path` as in `cells.f_a.value`. Objects and arrays come as JSON, truth as 1 and 0; null where there is nothing. */
export function readJsonValue(json: unknown, path: unknown): string | number | null {
  if (typeof json !== 'string' || typeof path !== 'string') return null
  let value = parse(json)
  for (const segment of path.split('.')) {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || !Object.hasOwn(value, segment))
      return null
    value = (value as { readonly [name: string]: unknown })[segment]
  }
  if (typeof value === 'string' || typeof value === 'number') return value
  if (typeof value === 'boolean') return Number(value)
  return value === null || value === undefined ? null : JSON.stringify(value)
}

/** What is no JSON at all holds no value; verify tells it. */
function parse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
