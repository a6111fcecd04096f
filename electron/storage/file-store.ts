/**
 * Files by the SHA-256 of their bytes, encrypted in a folder: the same bytes twice are one file. It must never give out
 * bytes that are not those that were added, and never remove what was added since it was opened.
 */
import { createHash } from 'node:crypto'
import { openSealedFolder, type SealedFile, type SealedFolderOptions } from './sealed-folder.ts'
import { StorageError } from './storage-error.ts'

export interface StoredFile {
  /** SHA-256 of the plain bytes, lower-case hex. */
  readonly hash: string
  readonly bytes: number
}

export interface FileStore {
  /** Reads `source` to its end; memory stays small whatever its size. What it throws is thrown on, and nothing is kept. */
  add(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<StoredFile>
  has(hash: string): Promise<boolean>
  /** Undefined: not here. To be closed. @throws StorageError damaged */
  open(hash: string): Promise<SealedFile | undefined>
  /** Every file that can be told; damaged ones are left out. */
  list(): AsyncGenerator<StoredFile>
  /** Reads the whole file. */
  verify(hash: string): Promise<'sound' | 'damaged' | 'absent'>
  /** False: it stays, for it was added since the store was opened, and whoever added it may not have used it yet. */
  remove(hash: string): Promise<boolean>
  close(): Promise<void>
}

export async function openFileStore(options: Omit<SealedFolderOptions, 'purpose'>): Promise<FileStore> {
  const folder = await openSealedFolder({ ...options, purpose: 'files by content' })
  const added = new Set<string>()

  async function hashOf(file: SealedFile): Promise<string> {
    const hash = createHash('sha256')
    for await (const piece of file.read(0, file.bytes)) hash.update(piece)
    return hash.digest('hex')
  }

  return {
    async add(source) {
      const hash = createHash('sha256')
      // A file that is here is written anew: that costs what was paid already, and heals one that is damaged.
      const { id, bytes } = await folder.write(hashing(source, hash), () => {
        const id = hash.digest('hex')
        added.add(id)
        return id
      })
      return { hash: id, bytes }
    },
    has: folder.has,
    open: folder.open,
    async *list() {
      for await (const { head } of folder.list()) if (head !== undefined) yield { hash: head.id, bytes: head.bytes }
    },
    async verify(hash) {
      try {
        const file = await folder.open(hash)
        if (file === undefined) return 'absent'
        try {
          return (await hashOf(file)) === hash ? 'sound' : 'damaged'
        } finally {
          await file.close()
        }
      } catch (thrown) {
        if (thrown instanceof StorageError && thrown.code === 'damaged') return 'damaged'
        throw thrown
      }
    },
    remove: hash => folder.remove(hash, () => !added.has(hash)),
    close: folder.close,
  }
}

async function* hashing(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  hash: ReturnType<typeof createHash>,
): AsyncGenerator<Uint8Array> {
  for await (const piece of source) {
    hash.update(piece)
    yield piece
  }
}
