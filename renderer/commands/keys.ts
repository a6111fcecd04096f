/** Key names as the registry writes them ("Mod+Shift+Z"), matched against events and shown per platform. Pure. */

export interface KeyPress {
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly shiftKey: boolean
  readonly altKey: boolean
}

/** "Mod" is Ctrl, or Cmd on macOS. For letters Shift counts; for signs ("?") it is part of typing them. */
export function matchesKey(keys: string, press: KeyPress, mac: boolean): boolean {
  const parts = keys.split('+')
  const name = parts.pop() ?? ''
  const mod = mac ? press.metaKey : press.ctrlKey
  const other = mac ? press.ctrlKey : press.metaKey
  if (mod !== parts.includes('Mod') || other || press.altKey !== parts.includes('Alt')) return false
  const isSign = name.length === 1 && !/[a-z0-9]/i.test(name)
  if (!isSign && press.shiftKey !== parts.includes('Shift')) return false
  return press.key.toLowerCase() === name.toLowerCase()
}

const SIGNS: { readonly [name: string]: string } = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  ' ': 'Space',
}

/** "Ctrl Shift Z", or "⌘ ⇧ Z" on macOS. */
export function showKeys(keys: string, mac: boolean): string {
  return keys
    .split('+')
    .map(part => {
      if (part === 'Mod') return mac ? '⌘' : 'Ctrl'
      if (part === 'Shift') return mac ? '⇧' : 'Shift'
      return SIGNS[part] ?? part
    })
    .join(' ')
}
