/**
 * Photos and files, as a list of what they are; the bytes live elsewhere under their hash. A file is its hash: the same
 * photo added on two laptops is one photo (M1, M3).
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

function readFiles(text: string): Value | undefined {
  try {
    return JSON.parse(text) as Value
  } catch {
    return undefined
  }
}

export const filesRules = defineKind({
  mergeKind: 'set',
  merge3: (base, older, newer) => mergeSets(base, older, newer, identify),
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
