/**
 * Reads a folder of encrypted files (sealed-folder.ts) and changes nothing in it: any number may be open, in threads too,
 * while one folder writes. It must never give out a byte that was not authenticated.
 */
import { createHmac, hkdfSync } from 'node:crypto'
import { type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { CHUNK_BYTES, countChunks, type FileHead, HEAD_BYTES, openHead, sealedSize, TAG_BYTES } from './file-cipher.ts'
import { readDiskCode, StorageError, toStorageError } from './storage-error.ts'

export interface SealedPlace {
  /** The folder. */
  readonly path: string
  /** 32 random bytes; may serve several folders, whose `purpose` then differs. */
  readonly key: Uint8Array
  readonly purpose: string
}

export interface SealedFile extends FileHead {
  /** Bytes [from, to), in pieces, each authenticated before it is given out. @throws StorageError damaged */
  read(from: number, to: number): AsyncGenerator<Buffer>
  close(): Promise<void>
}

export interface SealedFiles {
  /** Undefined: no file of that id. To be closed. @throws StorageError damaged */
  open(id: string): Promise<SealedFile | undefined>
  has(id: string): Promise<boolean>
  /** Every file, in no order; `head` is undefined where it cannot be read. */
  list(): AsyncGenerator<{ readonly name: string; readonly head: FileHead | undefined }>
}

export interface SealedReader extends SealedFiles {
  readonly contentsKey: Uint8Array
  /** The path of the file of that id, whether it is there or not. */
  placeOf(id: string): string
}

/** Chunks that are read or written at once: 1 MB, so that a large file costs few turns and little memory. */
export const AT_ONCE = 16
const SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES
const NAME = /^[0-9a-f]{64}$/

export function createSealedReader(place: SealedPlace): SealedReader {
  const { path } = place
  const contentsKey = derive(place, 'contents')
  const namesKey = derive(place, 'names')
  const placeOf = (id: string) => join(path, createHmac('sha256', namesKey).update(id, 'hex').digest('hex'))

  async function readHead(file: FileHandle, name: string) {
    const bytes = await readFully(file, 0, HEAD_BYTES)
    const opened = bytes && openHead(contentsKey, bytes)
    if (opened === undefined) throw new StorageError('damaged', `The head of ${name} is damaged.`)
    return opened
  }

  return {
    contentsKey,
    placeOf,

    async open(id) {
      const place = placeOf(id)
      const file = await openIfThere(place)
      if (file === undefined) return undefined
      try {
        const { head, cipher } = await readHead(file, place)
        const { size } = await file.stat()
        // Another file's bytes under this name, or a tail that is cut off.
        if (head.id !== id || size !== sealedSize(head.bytes))
          throw new StorageError('damaged', `The file ${place} is not what was written there.`)
        return {
          ...head,
          read: (from, to) => readChunks(file, place, head.bytes, from, to, cipher.openChunk),
          close: () => file.close(),
        }
      } catch (thrown) {
        await file.close()
        throw toStorageError(thrown, place)
      }
    },

    has: async id => (await statIfThere(placeOf(id))) !== undefined,

    async *list() {
      for (const name of (await unlessAbsent(readdir(path))) ?? []) {
        if (!NAME.test(name)) continue
        const file = await openIfThere(join(path, name))
        if (file === undefined) continue
        try {
          const { head } = await readHead(file, name)
          yield { name, head: placeOf(head.id) === join(path, name) ? head : undefined }
        } catch (thrown) {
          const error = toStorageError(thrown, name)
          if (!(error instanceof StorageError) || error.code !== 'damaged') throw error
          yield { name, head: undefined }
        } finally {
          await file.close()
        }
      }
    },
  }
}

function derive({ key, purpose }: SealedPlace, part: 'contents' | 'names'): Uint8Array {
  if (key.byteLength !== 32) throw new RangeError('A key has 32 bytes')
  return new Uint8Array(hkdfSync('sha256', key, '', `sealed folder, ${part}: ${purpose}`, 32))
}

async function* readChunks(
  file: FileHandle,
  name: string,
  bytes: number,
  from: number,
  to: number,
  unseal: (index: number, sealed: Uint8Array) => Buffer | undefined,
): AsyncGenerator<Buffer> {
  const start = Math.max(0, from)
  const stop = Math.min(to, bytes)
  if (start >= stop) return
  const end = Math.ceil(stop / CHUNK_BYTES)
  for (let first = Math.floor(start / CHUNK_BYTES); first < end; first += AT_ONCE) {
    const beyond = Math.min(first + AT_ONCE, end)
    const isTail = beyond === countChunks(bytes)
    const length = isTail ? sealedSize(bytes) - HEAD_BYTES - first * SEALED_CHUNK : (beyond - first) * SEALED_CHUNK
    const sealed = await readFully(file, HEAD_BYTES + first * SEALED_CHUNK, length)
    for (let index = first; index < beyond; index++) {
      const at = (index - first) * SEALED_CHUNK
      const plain = sealed && unseal(index, sealed.subarray(at, at + SEALED_CHUNK))
      if (plain === undefined) throw new StorageError('damaged', `Chunk ${index} of ${name} is damaged.`)
      const offset = index * CHUNK_BYTES
      yield plain.subarray(Math.max(0, start - offset), Math.min(plain.length, stop - offset))
    }
  }
}

/** Undefined: the file ends before. */
async function readFully(file: FileHandle, position: number, length: number): Promise<Buffer | undefined> {
  const bytes = Buffer.allocUnsafe(length)
  for (let at = 0; at < length;) {
    const { bytesRead } = await file.read(bytes, at, length - at, position + at)
    if (bytesRead === 0) return undefined
    at += bytesRead
  }
  return bytes
}

async function openIfThere(place: string): Promise<FileHandle | undefined> {
  return unlessAbsent(open(place, 'r'))
}

export async function statIfThere(place: string): Promise<unknown> {
  return unlessAbsent(stat(place))
}

async function unlessAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (thrown) {
    if (readDiskCode(thrown) === 'ENOENT') return undefined
    throw thrown
  }
}
