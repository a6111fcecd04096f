/** Where a device's name is in its state: the cell `name`. */
import type { Cell } from '../model/record.ts'

export const NAME_SLOT = 'name'

export function deviceName(state: { readonly cells: { readonly [slot: string]: Cell } }): string | undefined {
  const value = state.cells[NAME_SLOT]?.value
  return typeof value === 'string' && value !== '' ? value : undefined
}
