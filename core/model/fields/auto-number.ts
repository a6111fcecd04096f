/**
 * A number given to a record when it is created. Each device counts for itself and puts its tag in front ("K7QX-12"), since
 * two laptops without a network cannot share one sequence. Never typed, never changed.
 */
import type { DeviceId } from '../record.ts'
import { defineKind, formatStray, refuse } from './shared.ts'

const FORM = /^([A-Z2-7]{4})-(\d{1,9})$/

export function autoNumber(device: DeviceId, count: number): string {
  return `${device.slice(0, 4).toUpperCase()}-${count}`
}

export const autoNumberRules = defineKind({
  readOnly: true,
  textLike: true,
  validate: value => (typeof value === 'string' && FORM.test(value) ? null : 'notAutoNumber'),
  parse: () => refuse('readOnly'),
  format: formatStray,
  sortKey: value => {
    const match = FORM.exec(formatStray(value))
    return match === null ? formatStray(value) : `${match[1] ?? ''}-${(match[2] ?? '').padStart(9, '0')}`
  },
})
