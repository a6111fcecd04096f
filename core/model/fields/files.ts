/**
 * Photos and files, as a list of what they are; the bytes live elsewhere under their hash. A file is its hash: the same
 * photo added on two laptops is one photo (M1, M3); two photos under one name are two (M9).
 */
import { canonicalJson } from '../canonical.ts'
import { succeed } from '../failure.ts'
import type { Value } from '../record.ts'
import { mergeSets } from './set-merge.ts'
import { defineKind, formatStray, refuse } from './shared.ts'

export interface FileRef {
  /** SHA-256 of the bytes, lower-case hex. */
  readonly hash: string
  readonly name: string
  readonly bytes: number
  /** MIME type, e.g. "image/jpeg". */
  readonly type: string
}

export function isFileRef(value: unknown): value is FileRef {
  if (typeof value !== 'object' || value === null) return false
  const file = value as Partial<Record<keyof FileRef, unknown>>
  if (typeof file.hash !== 'string' || !/^[0-9a-f]{64}$/.test(file.hash)) return false
  if (typeof file.name !== 'string' || file.name === '' || typeof file.type !== 'string') return false
  return typeof file.bytes === 'number' && Number.isSafeInteger(file.bytes) && file.bytes >= 0
}

/** Longest name of a file that is kept. */
const NAME_CHARS = 200
/** What a file's name says of the device it is from, at most. */
const DEVICE_CHARS = 60

/** A name as it is shown: one line, not longer than NAME_CHARS; what follows its last dot is kept. */
export function cleanFileName(name: string): string {
  const line = name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '').trim()
  if (line === '') return 'file'
  if (line.length <= NAME_CHARS) return line
  const [ending = ''] = /\.[^.]{1,20}$/u.exec(line) ?? []
  // Not half of a character that takes two units.
  const start = line.slice(0, NAME_CHARS - ending.length).replace(/[\uD800-\uDBFF]$/, '')
  return start + ending
}

/** The list with the file at its end; the very list where it has the file already. */
export function withFile(value: Value | undefined, file: FileRef): Value {
  const files = Array.isArray(value) ? (value as readonly Value[]) : []
  return files.some(each => identify(each) === file.hash) ? files : [...files, { ...file }]
}

/** The list without the file; null when none is left. */
export function withoutFile(value: Value | undefined, hash: string): Value {
  const files = Array.isArray(value) ? (value as readonly Value[]) : []
  const left = files.filter(each => identify(each) !== hash)
  return left.length === 0 ? null : left
}

function identify(item: unknown): string {
  return isFileRef(item) ? item.hash : canonicalJson(item)
}

/** Rule M9: of two different files that both sides added under one name, the older side's says where it is from. */
function tellApart(
  merged: readonly Value[],
  base: Value | undefined,
  older: Value,
  newer: Value,
  olderDevice = 'another device',
): Value {
  const [before, theirs, others] = [hashesOf(base), hashesOf(older), hashesOf(newer)]
  const files = (merged as readonly unknown[]).filter(isFileRef)
  const lower = (file: FileRef): string => file.name.toLowerCase()
  const taken = new Set(files.map(lower))
  const byOthers = new Set(files.filter(({ hash }) => !theirs.has(hash) && !before.has(hash)).map(lower))
  return merged.map((item): Value => {
    const file: unknown = item
    if (!isFileRef(file) || before.has(file.hash) || others.has(file.hash) || !byOthers.has(lower(file))) return item
    const name = freeName(file.name, olderDevice, taken)
    taken.add(name.toLowerCase())
    return { ...file, name }
  })
}

function hashesOf(list: Value | undefined): ReadonlySet<string> {
  return new Set(Array.isArray(list) ? list.map(identify) : [])
}

function freeName(name: string, device: string, taken: ReadonlySet<string>): string {
  const [ending = ''] = /\.[^.]{1,20}$/u.exec(name) ?? []
  const stem = ending === name ? name : name.slice(0, name.length - ending.length)
  const end = ending === name ? '' : ending
  const from = device.slice(0, DEVICE_CHARS)
  for (let count = 1; ; count += 1) {
    const mark = ` (from ${count === 1 ? from : `${from} ${count}`})`
    // Its beginning is cut rather than the mark, or two long names would be one again.
    const room = Math.max(0, NAME_CHARS - mark.length - end.length)
    const made = cleanFileName(stem.slice(0, room).replace(/[\uD800-\uDBFF]$/, '') + mark + end)
    if (!taken.has(made.toLowerCase())) return made
  }
}

function readFiles(text: string): Value | undefined {
  try {
    return JSON.parse(text) as Value
  } catch {
    return undefined
  }
}

export const filesRules = defineKind({
  mergeKind: 'set',
  merge3: (base, older, newer, olderDevice) => {
    const merged = mergeSets(base, older, newer, identify)
    return Array.isArray(merged) ? tellApart(merged, base, older, newer, olderDevice) : merged
  },
  validate: value => {
    if (!Array.isArray(value) || !value.every(isFileRef)) return 'notFiles'
    return new Set(value.map(identify)).size === value.length ? null : 'notFiles'
  },
  // There is no text for bytes; the list itself as JSON can be copied between records.
  parse: (text, field) => {
    const value = readFiles(text)
    return value !== undefined && filesRules.validate(value, field) === null ? succeed(value) : refuse('notFiles')
  },
  format: canonicalJson,
  summarise: value =>
    Array.isArray(value)
      ? value.map(item => (isFileRef(item) ? item.name : formatStray(item))).join(', ')
      : formatStray(value),
})
