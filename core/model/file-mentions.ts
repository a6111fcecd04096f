/**
 * Which files a JSON value names. Pure: it looks at shapes and not at what a field's kind says, so that a list of an older
 * field, or one in a version or in history, counts like any other.
 */
import { type FileRef, isFileRef } from './fields/files.ts'

/** Tells of every file that is written anywhere in `value` as an item of a field of files is. */
export function gatherFiles(value: unknown, found: (file: FileRef) => void): void {
  if (typeof value !== 'object' || value === null) return
  if (isFileRef(value)) found(value)
  for (const item of Object.values(value)) gatherFiles(item, found)
}
