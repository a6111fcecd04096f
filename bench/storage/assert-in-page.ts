/** What RxDB's benchmark uses of Node's assert, for the page. */
function assert(value: unknown, message?: string): void {
  if (!value) throw new Error(message ?? 'assertion failed')
}
assert.ok = assert
assert.strictEqual = (actual: unknown, expected: unknown, message?: string) =>
  assert(Object.is(actual, expected), `${message ?? ''}: ${String(actual)} is not ${String(expected)}`)

export default assert
