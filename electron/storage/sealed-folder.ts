/**
 * A folder of encrypted files, each kept under an id that the folder does not show: a file's name is a keyed hash of its
 * id. A file is there whole or not at all, after a crash and on a full disk too, and nothing plain ever reaches the disk.
 */
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { CHUNK_BYTES, createFileCipher, type FileHead, HEAD_BYTES, SALT_BYTES } from './file-cipher.ts'
import { AT_ONCE, createSealedReader, type SealedFiles, type SealedPlace, statIfThere } from './sealed-reader.ts'
import { readDiskCode, toStorageError } from './storage-error.ts'

export interface SealedFolderOptions extends SealedPlace {
  /** Made if it is not there; one process and one opening at a time, for it removes what a crash left. */
  readonly path: string
  /** Another opening is there: what it is writing is left alone. */
  readonly shared?: boolean
  /** Bytes from a cryptographic source. */
  readonly random: (bytes: number) => Uint8Array
}

export interface SealedFolder extends SealedFiles {
  /**
   * Keeps what `source` gives, under the id that is known once it has ended; a file of that id is replaced. What `source`
   * throws is thrown on, and nothing is kept. @throws StorageError diskFull
   */
  write(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, idOf: () => string): Promise<FileHead>
  /** False: `mayGo` says no, asked when its turn has come. One that is not there is gone. */
  remove(id: string, mayGo?: () => boolean): Promise<boolean>
  /** Waits for what is under way. */
  close(): Promise<void>
}

/** A file on its way in; whatever a crash left of one is removed at the next opening. */
const DRAFT = /^\.[0-9a-f]{32}\.part$/

export async function openSealedFolder(options: SealedFolderOptions): Promise<SealedFolder> {
  const { path, random } = options
  const reader = createSealedReader(options)
  const { contentsKey, placeOf } = reader
  await mkdir(path, { recursive: true, mode: 0o700 })
  if (options.shared !== true)
    for (const name of await readdir(path)) if (DRAFT.test(name)) await rm(join(path, name), { force: true })

  /** One after another: that a file is put in place and that one is removed never overlap. */
  let last: Promise<unknown> = Promise.resolve()
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = last.then(work)
    last = run.catch(() => undefined)
    return run
  }

  return {
    async write(source, idOf) {
      const draft = join(path, `.${Buffer.from(random(16)).toString('hex')}.part`)
      const salt = random(SALT_BYTES)
      const cipher = createFileCipher(contentsKey, salt)
      try {
        const file = await open(draft, 'wx', 0o600)
        let head: FileHead
        try {
          const bytes = await writeChunks(file, source, cipher.sealChunk)
          head = { id: idOf(), bytes }
          await writeFully(file, 0, cipher.sealHead(head))
          await file.sync()
        } finally {
          await file.close()
        }
        await inTurn(async () => {
          await putInPlace(draft, placeOf(head.id))
          await syncFolder(path)
        })
        return head
      } catch (thrown) {
        // What cannot be removed now is removed at the next opening; why the write failed is what must be told.
        await rm(draft, { force: true }).catch(() => undefined)
        throw toStorageError(thrown, path)
      }
    },

    open: reader.open,
    has: reader.has,
    list: reader.list,

    remove: (id, mayGo) =>
      inTurn(async () => {
        if (mayGo?.() === false) return false
        await rm(placeOf(id), { force: true })
        await syncFolder(path)
        return true
      }),

    close: async () => {
      await last
    },
  }
}

/** Resolves to the plain bytes written. */
async function writeChunks(
  file: FileHandle,
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  seal: (index: number, plain: Uint8Array) => Buffer,
): Promise<number> {
  const plain = Buffer.alloc(CHUNK_BYTES)
  let filled = 0
  let index = 0
  let position = HEAD_BYTES
  let ready: Buffer[] = []
  const flush = async () => {
    const sealed = Buffer.concat(ready)
    ready = []
    await writeFully(file, position, sealed)
    position += sealed.length
  }
  const sealOne = async () => {
    ready.push(seal(index++, plain.subarray(0, filled)))
    filled = 0
    if (ready.length === AT_ONCE) await flush()
  }
  let bytes = 0
  for await (const piece of source) {
    bytes += piece.byteLength
    for (let at = 0; at < piece.byteLength;) {
      const part = piece.subarray(at, at + CHUNK_BYTES - filled)
      plain.set(part, filled)
      filled += part.byteLength
      at += part.byteLength
      if (filled === CHUNK_BYTES) await sealOne()
    }
  }
  if (filled > 0) await sealOne()
  await flush()
  return bytes
}

async function writeFully(file: FileHandle, position: number, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at)
    at += bytesWritten
  }
}

/** Windows refuses to replace a file that somebody reads: the same content is there already, so that one stays. */
async function putInPlace(draft: string, place: string): Promise<void> {
  try {
    await rename(draft, place)
  } catch (thrown) {
    const code = readDiskCode(thrown)
    if ((code !== 'EPERM' && code !== 'EACCES' && code !== 'EBUSY') || (await statIfThere(place)) === undefined)
      throw thrown
    await rm(draft, { force: true })
  }
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder; NTFS journals the entry itself.
  if (process.platform === 'win32') return
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
