/** A place: latitude and longitude in degrees (WGS 84), accuracy in metres where it is known. */
import { type Result, succeed } from '../failure.ts'
import type { Value } from '../record.ts'
import { parseNumber } from './number.ts'
import { defineKind, formatStray, refuse } from './shared.ts'

export interface Location {
  readonly latitude: number
  readonly longitude: number
  /** Metres. */
  readonly accuracy?: number
}

export function isLocation(value: unknown): value is Location {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const place = value as Partial<Record<keyof Location, unknown>>
  if (!isWithin(place.latitude, -90, 90) || !isWithin(place.longitude, -180, 180)) return false
  return place.accuracy === undefined || isWithin(place.accuracy, 0, 1e7)
}

/** "52.52, 13.405", "52,52; 13,405 ±12 m", "52.52 N 13.405 E", "geo:52.52,13.405;u=12". */
export function parseLocation(text: string): Result<Value> {
  const plain = text.trim().replace(/^geo:/i, '').replace(/;u=/i, ' ±')
  const [place = '', spread] = plain.split('±')
  const parts = splitPair(place.trim())
  if (parts === undefined) return refuse('notLocation')
  const latitude = readDegrees(parts[0], 'N', 'S')
  const longitude = readDegrees(parts[1], 'E', 'W')
  if (latitude === undefined || longitude === undefined) return refuse('notLocation')
  const accuracy = spread === undefined ? undefined : parseNumber(spread.replace(/m\s*$/i, ''))
  if (accuracy !== undefined && !accuracy.ok) return refuse('notLocation')
  const value = { latitude, longitude, ...(accuracy === undefined ? {} : { accuracy: accuracy.value }) }
  return isLocation(value) ? succeed({ ...value }) : refuse('notLocation')
}

/** At a semicolon, else at a comma that a space follows or that is the only one, else at the space between. */
function splitPair(text: string): readonly [string, string] | undefined {
  const separator = text.includes(';')
    ? /\s*;\s*/
    : /,\s/.test(text)
      ? /,\s+/
      : /^[^,]*,[^,]*$/.test(text)
        ? ','
        : /\s+(?=[-+\d])/
  const parts = text.split(separator).filter(part => part !== '')
  const [first, second] = parts
  return parts.length === 2 && first !== undefined && second !== undefined ? [first, second] : undefined
}

/** Degrees are never thousands, so a single comma is a decimal comma here. */
function readDegrees(text: string, positive: string, negative: string): number | undefined {
  const match = /^([+\-−]?\d{1,3}(?:[.,]\d+)?(?:e[+-]?\d{1,3})?)\s*°?\s*([NSEW])?$/i.exec(text.trim())
  const side = match?.[2]?.toUpperCase()
  if (match === null || (side !== undefined && side !== positive && side !== negative)) return undefined
  const degrees = Number((match[1] ?? '').replace(',', '.').replace('−', '-'))
  return (side === negative ? -degrees : degrees) + 0
}

function isWithin(value: unknown, low: number, high: number): boolean {
  return typeof value === 'number' && value >= low && value <= high
}

function writeLocation(value: Value): string {
  if (!isLocation(value)) return formatStray(value)
  const spread = value.accuracy === undefined ? '' : ` ±${value.accuracy} m`
  return `${value.latitude}, ${value.longitude}${spread}`
}

export const locationRules = defineKind({
  validate: value => (isLocation(value) ? null : 'notLocation'),
  parse: parseLocation,
  format: writeLocation,
  summarise: value => {
    if (!isLocation(value)) return formatStray(value)
    const spread = value.accuracy === undefined ? '' : ` ±${Math.round(value.accuracy)} m`
    return `${value.latitude.toFixed(5)}, ${value.longitude.toFixed(5)}${spread}`
  },
})
