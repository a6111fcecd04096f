/**
 * Makes one file in the folder where a person finds what is saved. Under its own name it is whole or not there at all; a
 * file that is there already is never replaced, and one that was cancelled or found no room is taken away again.
 */
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Failure } from '../../core/model/failure.ts'
import { freePath } from '../security/free-path.ts'
import { downloadName } from '../security/hardening.ts'
import { readDiskCode, StorageError, toStorageError } from '../storage/storage-error.ts'

/** A file that is being written, from its first byte on. */
export interface Draft {
  /** Written so far. */
  readonly bytes: number
  append(piece: Uint8Array): Promise<void>
  /** Writes over what was appended at `at`. */
  rewrite(piece: Uint8Array, at: number): Promise<void>
}

export interface Download {
  readonly path: string
  readonly name: string
  readonly bytes: number
}

/** @throws what `write` throws, and what the disk does; in both cases nothing is left. */
export async function writeDownload(
  folder: string,
  name: string,
  write: (draft: Draft) => Promise<void>,
): Promise<Download> {
  await mkdir(folder, { recursive: true })
  const part = freePath(folder, `${downloadName(name)}.part`)
  const file = await open(part, 'wx')
  let bytes = 0
  try {
    try {
      await write({
        get bytes() {
          return bytes
        },
        async append(piece) {
          // A write may take less than it is given, or nothing of it on a full disk.
          for (let at = 0; at < piece.byteLength;) {
            const { bytesWritten } = await file.write(piece, at, piece.byteLength - at, bytes)
            at += bytesWritten
            bytes += bytesWritten
          }
        },
        async rewrite(piece, at) {
          await file.write(piece, 0, piece.byteLength, at)
        },
      })
      await file.sync()
    } finally {
      await file.close()
    }
    const path = freePath(folder, downloadName(name))
    await rename(part, path)
    return { path, name: basename(path), bytes }
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

const NOT_WRITABLE = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST'])

/** What a person can do something about; undefined for a bug. */
export function toDownloadFailure(thrown: unknown, folder: string): Failure | undefined {
  const error = toStorageError(thrown, folder)
  if (error instanceof StorageError && error.code !== 'closed' && error.code !== 'wrongKey') return { code: error.code }
  return NOT_WRITABLE.has(readDiskCode(thrown) ?? '') ? { code: 'cannotWrite', detail: folder } : undefined
}
