/** The text by which the tests' documents are searched. */

export function kindOf(document: { readonly [field: string]: unknown }): string {
  const { kind } = document
  return typeof kind === 'string' ? kind : ''
}
