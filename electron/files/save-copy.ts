/** Writes a plain copy of a file where a person finds it. A file that is there already is never replaced, nor a half one left. */
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { fail, succeed, type Result } from '../../core/model/failure.ts'
import { freePath } from '../security/free-path.ts'
import { downloadName } from '../security/hardening.ts'
import type { FileStore } from '../storage/file-store.ts'
import { StorageError, toStorageError } from '../storage/storage-error.ts'

/** Resolves to the name the copy got in `folder`. */
export async function saveCopy(
  store: Pick<FileStore, 'open'>,
  folder: string,
  hash: string,
  name: string,
): Promise<Result<{ name: string }>> {
  let draft: string | undefined
  try {
    const file = await store.open(hash)
    if (file === undefined) return fail('fileNotHere')
    try {
      await mkdir(folder, { recursive: true })
      draft = freePath(folder, `${downloadName(name)}.part`)
      const copy = await open(draft, 'wx')
      try {
        for await (const piece of file.read(0, file.bytes)) await copy.writeFile(piece)
        await copy.sync()
      } finally {
        await copy.close()
      }
    } finally {
      await file.close()
    }
    const target = freePath(folder, downloadName(name))
    await rename(draft, target)
    return succeed({ name: basename(target) })
  } catch (thrown) {
    if (draft !== undefined) await rm(draft, { force: true })
    const error = toStorageError(thrown, folder)
    if (error instanceof StorageError && error.code === 'damaged') return fail('fileDamaged')
    if (error instanceof StorageError && error.code === 'diskFull') return fail('diskFull')
    throw error
  }
}
