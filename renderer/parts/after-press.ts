/**
 * For what leaving a field shows or hides. While a mouse button is down it waits for the click: what moves from under the
 * pointer between press and release is not clicked, and the person has to try again.
 */
export function afterPress(run: () => void): void {
  // Set before the press takes the focus away.
  if (document.querySelector(':active') === null) return run()
  const ends = new AbortController()
  const end = () => {
    ends.abort()
    // The click comes right after the release.
    setTimeout(run)
  }
  for (const name of ['pointerup', 'pointercancel', 'keyup'])
    window.addEventListener(name, end, { capture: true, signal: ends.signal })
}
