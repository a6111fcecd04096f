/**
 * Files by the SHA-256 of their bytes, encrypted in a folder: the same bytes twice are one file. It must never give out
 * bytes that are not those that were added, and never remove what was added since it was opened.
 */
import { createHash } from 'node:crypto'
import { openSealedFolder, type SealedFolderOptions } from './sealed-folder.ts'
import { createSealedReader, type SealedFile, type SealedFiles, type SealedPlace } from './sealed-reader.ts'
import { StorageError, toStorageError } from './storage-error.ts'

export interface StoredFile {
  /** SHA-256 of the plain bytes, lower-case hex. */
  readonly hash: string
  readonly bytes: number
}

/** Changes nothing: any number may be open, in threads too. */
export interface FileReader {
  has(hash: string): Promise<boolean>
  /** Undefined: not here. To be closed. @throws StorageError damaged */
  open(hash: string): Promise<SealedFile | undefined>
  /** Every file that can be told; damaged ones are left out. */
  list(): AsyncGenerator<StoredFile>
  /** As list, with undefined for each of which not even the hash can be read. */
  listAll(): AsyncGenerator<StoredFile | undefined>
  /** Reads the whole file; `took` hears of its bytes as they are read, and what it throws ends the reading. */
  verify(hash: string, took?: (bytes: number) => void): Promise<'sound' | 'damaged' | 'absent'>
}

export interface FileStore extends FileReader {
  /** Reads `source` to its end; memory stays small whatever its size. What it throws is thrown on, and nothing is kept. */
  add(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<StoredFile>
  /** False: it stays, for it was added since the store was opened, and whoever added it may not have used it yet. */
  remove(hash: string): Promise<boolean>
  close(): Promise<void>
}

const PURPOSE = 'files by content'

export function createFileReader(place: Omit<SealedPlace, 'purpose'>): FileReader {
  return readFrom(createSealedReader({ ...place, purpose: PURPOSE }))
}

export async function openFileStore(options: Omit<SealedFolderOptions, 'purpose'>): Promise<FileStore> {
  const folder = await openSealedFolder({ ...options, purpose: PURPOSE })
  const added = new Set<string>()
  return {
    ...readFrom(folder),
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
    remove: hash => folder.remove(hash, () => !added.has(hash)),
    close: folder.close,
  }
}

function readFrom({ has, open, list }: SealedFiles): FileReader {
  async function* listAll() {
    for await (const { head } of list()) yield head && { hash: head.id, bytes: head.bytes }
  }
  return {
    has,
    open,
    async *list() {
      for await (const file of listAll()) if (file !== undefined) yield file
    },
    listAll,
    async verify(hash, took) {
      try {
        const file = await open(hash)
        if (file === undefined) return 'absent'
        try {
          return (await hashOf(file, took)) === hash ? 'sound' : 'damaged'
        } finally {
          await file.close()
        }
      } catch (thrown) {
        const error = toStorageError(thrown, hash)
        if (error instanceof StorageError && error.code === 'damaged') return 'damaged'
        throw error
      }
    },
  }
}

async function hashOf(file: SealedFile, took?: (bytes: number) => void): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of file.read(0, file.bytes)) {
    hash.update(piece)
    took?.(piece.byteLength)
  }
  return hash.digest('hex')
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
