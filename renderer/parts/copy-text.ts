/** Puts text on the clipboard through a copy event, which needs no permission (all permissions are refused). */
export function copyText(text: string): boolean {
  let done = false
  const put = (event: ClipboardEvent) => {
    event.preventDefault()
    event.stopImmediatePropagation()
    event.clipboardData?.setData('text/plain', text)
    done = true
  }
  document.addEventListener('copy', put, { capture: true, once: true })
  document.execCommand('copy')
  document.removeEventListener('copy', put, { capture: true })
  return done
}
