/** The names and shapes inside an export of a whole workspace (docs/export.md); shared by who writes and who reads it. */
import type { CollectionName } from '../../core/model/protocol.ts'

export const FORMAT = 'farfield-workspace'
/** Grows with every change that an older Farfield would misread; what it may pass over leaves it as it is. */
export const FORMAT_VERSION = 1

export const MANIFEST = 'manifest.json'
export const COUNTS = 'counts.json'

/**
 * In this order: a record's type and the history of its values are known before it is, so that what was replaced since is
 * told from what was never seen.
 */
export const COLLECTIONS: readonly CollectionName[] = ['types', 'devices', 'history', 'records']

/** The first entry. */
export interface Manifest {
  readonly format: typeof FORMAT
  readonly version: number
  readonly app: string
  /** ISO 8601, UTC. */
  readonly exportedAt: string
}

/** The last entry: without it the export is not whole. */
export interface Counts {
  /** Lines of each collection, and files. */
  readonly lines: { readonly [collection in CollectionName]: number }
  readonly files: number
  /** Named by records or their history, and not on the laptop that made the export. */
  readonly filesMissing: readonly string[]
  /** Damaged there: their bytes are not what their names say, and are not taken. */
  readonly filesDamaged: readonly string[]
}

const PART_DIGITS = 6

export function partName(collection: CollectionName, part: number): string {
  return `${collection}/${String(part).padStart(PART_DIGITS, '0')}.jsonl`
}

/** Undefined: no lines of documents. */
export function collectionOf(entry: string): CollectionName | undefined {
  const [, collection] = /^([a-z]+)\/[^/]+\.jsonl$/.exec(entry) ?? []
  return COLLECTIONS.find(each => each === collection)
}

export function fileName(hash: string): string {
  return `files/${hash}`
}

export function hashOf(entry: string): string | undefined {
  return /^files\/([0-9a-f]{64})$/.exec(entry)?.[1]
}
