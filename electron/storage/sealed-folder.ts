/**
 * A folder of encrypted files, each kept under an id that the folder does not show: a file's name is a keyed hash of its
 * id. A file is there whole or not at all, after a crash and on a full disk too, and nothing plain ever reaches the disk.
 */
import { createHmac, hkdfSync } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CHUNK_BYTES,
  countChunks,
  createFileCipher,
  type FileHead,
  HEAD_BYTES,
  openHead,
  SALT_BYTES,
  sealedSize,
  TAG_BYTES,
} from './file-cipher.ts'
import { readDiskCode, StorageError, toStorageError } from './storage-error.ts'

export interface SealedFolderOptions {
  /** Made if it is not there; one process and one opening at a time, for it removes what a crash left. */
  readonly path: string
  /** 32 random bytes; may serve several folders, whose `purpose` then differs. */
  readonly key: Uint8Array
  readonly purpose: string
  /** Bytes from a cryptographic source. */
  readonly random: (bytes: number) => Uint8Array
}

export interface SealedFile extends FileHead {
  /** Bytes [from, to), in pieces, each authenticated before it is given out. @throws StorageError damaged */
  read(from: number, to: number): AsyncGenerator<Buffer>
  close(): Promise<void>
}

export interface SealedFolder {
  /**
   * Keeps what `source` gives, under the id that is known once it has ended; a file of that id is replaced. What `source`
   * throws is thrown on, and nothing is kept. @throws StorageError diskFull
   */
  write(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, idOf: () => string): Promise<FileHead>
  /** Undefined: no file of that id. To be closed. @throws StorageError damaged */
  open(id: string): Promise<SealedFile | undefined>
  has(id: string): Promise<boolean>
  /** Every file, in no order; `head` is undefined where it cannot be read. */
  list(): AsyncGenerator<{ readonly name: string; readonly head: FileHead | undefined }>
  /** False: `mayGo` says no, asked when its turn has come. One that is not there is gone. */
  remove(id: string, mayGo?: () => boolean): Promise<boolean>
  /** Waits for what is under way. */
  close(): Promise<void>
}

/** Chunks that are read or written at once: 1 MB, so that a large file costs few turns and little memory. */
const AT_ONCE = 16
const SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES
const NAME = /^[0-9a-f]{64}$/
/** A file on its way in; whatever a crash left of one is removed at the next opening. */
const DRAFT = /^\.[0-9a-f]{32}\.part$/

export async function openSealedFolder(options: SealedFolderOptions): Promise<SealedFolder> {
  const { path, random } = options
  const contentsKey = derive(options, 'contents')
  const namesKey = derive(options, 'names')
  await mkdir(path, { recursive: true, mode: 0o700 })
  for (const name of await readdir(path)) if (DRAFT.test(name)) await rm(join(path, name), { force: true })

  const placeOf = (id: string) => join(path, createHmac('sha256', namesKey).update(id, 'hex').digest('hex'))

  /** One after another: that a file is put in place and that one is removed never overlap. */
  let last: Promise<unknown> = Promise.resolve()
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = last.then(work)
    last = run.catch(() => undefined)
    return run
  }

  async function readHead(file: FileHandle, name: string) {
    const bytes = await readFully(file, 0, HEAD_BYTES)
    const opened = bytes && openHead(contentsKey, bytes)
    if (opened === undefined) throw new StorageError('damaged', `The head of ${name} is damaged.`)
    return opened
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
      for (const name of await readdir(path)) {
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

function derive({ key, purpose }: SealedFolderOptions, part: 'contents' | 'names'): Uint8Array {
  if (key.byteLength !== 32) throw new RangeError('A key has 32 bytes')
  return new Uint8Array(hkdfSync('sha256', key, '', `sealed folder, ${part}: ${purpose}`, 32))
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

async function writeFully(file: FileHandle, position: number, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, at, bytes.length - at, position + at)
    at += bytesWritten
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

async function openIfThere(place: string): Promise<FileHandle | undefined> {
  return unlessAbsent(open(place, 'r'))
}

async function statIfThere(place: string): Promise<unknown> {
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
