/**
 * The failures of a database file that a caller can act on, as one typed error. SQLite's result codes are mapped here and
 * nowhere else; message text never decides.
 */

/**
 * wrongKey: the file is fine as far as can be told, the key is not its key. damaged: the key is right, the content is not.
 * diskFull: nothing was written and a later attempt may succeed. busy: another process holds the file. closed: used after
 * close() or remove().
 */
export type StorageErrorCode = 'wrongKey' | 'damaged' | 'diskFull' | 'busy' | 'closed'

export class StorageError extends Error {
  readonly code: StorageErrorCode

  constructor(code: StorageErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'StorageError'
    this.code = code
  }
}

/** SQLite's own code (such as SQLITE_CORRUPT_INDEX) of a thrown value, if it is one of the driver's errors. */
export function readSqliteCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' && thrown.code.startsWith('SQLITE_') ? thrown.code : undefined
}

/** The system's own code (such as ENOSPC) of a failed call to the file system. */
export function readDiskCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !('syscall' in thrown) || !('code' in thrown)) return undefined
  return typeof thrown.code === 'string' ? thrown.code : undefined
}

/** No room on the disk, none in the user's quota, or the largest size a file may have. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** Returns the typed error for a failure of the file; everything else comes back as it was, because it is a bug. */
export function toStorageError(thrown: unknown, path: string): unknown {
  const diskCode = readDiskCode(thrown)
  if (diskCode !== undefined && FULL.has(diskCode))
    return new StorageError('diskFull', `There is no room left for ${path}.`, thrown)
  if (diskCode === 'EIO') return new StorageError('damaged', `The disk cannot read ${path}.`, thrown)
  const code = readSqliteCode(thrown)
  if (code === undefined) return thrown
  if (code.startsWith('SQLITE_CORRUPT') || code === 'SQLITE_NOTADB' || code === 'SQLITE_IOERR_SHORT_READ')
    return new StorageError('damaged', `The database file ${path} is damaged (${code}).`, thrown)
  if (code === 'SQLITE_FULL') return new StorageError('diskFull', `There is no room left for ${path}.`, thrown)
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED'))
    return new StorageError('busy', `Another process is using ${path}.`, thrown)
  return thrown
}

/** Whether what went wrong is that something cannot be read as it was written. */
export function isDamage(thrown: unknown): boolean {
  const error = toStorageError(thrown, '')
  return error instanceof StorageError && error.code === 'damaged'
}

/** Runs `work` and throws what toStorageError makes of its failure. */
export function withStorageErrors<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    throw toStorageError(thrown, path)
  }
}
