/**
 * The automatic numbers this device gives to new records, counted per field. A number is kept as given before its record
 * is written: after a crash one may be missing, but none is given twice.
 */
import { autoNumber } from '../model/fields/auto-number.ts'
import type { DeviceId, FieldId, Value } from '../model/record.ts'
import type { RecordType } from '../model/record-type.ts'
import type { SettingStore } from './database.ts'

export interface Numbering {
  /** For each of `count` new records of a type the cells that hold its numbers; empty where the type has none. */
  draw(type: RecordType, count: number): Promise<readonly { readonly [field: FieldId]: Value }[]>
}

/** Where they are kept: what was given once must not be given again, whatever becomes of the database. */
export const GIVEN_NUMBERS = 'workspace.numbers'

export function createNumbering(settings: SettingStore, device: DeviceId): Numbering {
  let last: Promise<unknown> = Promise.resolve()
  let given: { [field: string]: Value } | undefined

  async function drawNow(type: RecordType, fields: readonly FieldId[], count: number) {
    const before = (given ??= readGiven(await settings.get(GIVEN_NUMBERS)))
    const after = { ...before }
    const starts = fields.map(field => {
      const key = `${type.id}/${field}`
      const start = Number(before[key] ?? 0)
      after[key] = start + count
      return [field, start] as const
    })
    await settings.set(GIVEN_NUMBERS, after)
    given = after
    return Array.from({ length: count }, (_, index) =>
      Object.fromEntries(starts.map(([field, start]) => [field, autoNumber(device, start + index + 1)])),
    )
  }

  return {
    draw(type, count) {
      const fields = type.fields.filter(({ kind }) => kind === 'autoNumber').map(({ id }) => id)
      if (fields.length === 0) return Promise.resolve(Array.from({ length: count }, () => ({})))
      // One after the other: two draws at a time would give the same numbers.
      const drawn = last.then(() => drawNow(type, fields, count))
      last = drawn.catch(() => undefined)
      return drawn
    },
  }
}

function readGiven(kept: Value | undefined): { [field: string]: Value } {
  if (typeof kept !== 'object' || kept === null || Array.isArray(kept)) return {}
  return Object.fromEntries(Object.entries(kept))
}
