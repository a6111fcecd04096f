/**
 * Files on their way from the provider: kept encrypted in pieces, so that a fetch goes on where it was, also after a
 * restart. A file gets into the store only when its bytes are those of its hash; pieces that nobody goes on with are removed.
 */
import { createHash } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { SettingStore } from '../../core/database/database.ts'
import type { FileStore } from '../storage/file-store.ts'
import { openSealedFolder, type SealedFolder } from '../storage/sealed-folder.ts'

export interface Incoming {
  arriving(): Promise<readonly string[]>
  arrived(hash: string): Promise<number>
  arrive(hash: string, from: number, chunk: Uint8Array): Promise<void>
  pause(hash: string): Promise<void>
  finish(hash: string): Promise<boolean>
  drop(hash: string): Promise<void>
  close(): Promise<void>
}

export interface IncomingDeps {
  /** Made if it is not there. */
  readonly path: string
  readonly key: Uint8Array
  readonly random: (bytes: number) => Uint8Array
  readonly settings: SettingStore
  readonly store: Pick<FileStore, 'add'>
}

/** Held in memory before it is a piece on the disk; a crash costs so much at most. */
const PIECE_BYTES = 1024 * 1024
const ARRIVING = 'files.arriving'

export async function openIncoming({ path, key, random, settings, store }: IncomingDeps): Promise<Incoming> {
  const stored = await settings.get(ARRIVING)
  const arriving = new Set(Array.isArray(stored) ? (stored as readonly string[]) : [])
  // Nothing is on its way: whatever a crash or damage left is nobody's.
  if (arriving.size === 0) await rm(path, { recursive: true, force: true })
  const folder = await openSealedFolder({ path, key, purpose: 'incoming pieces', random })
  /** Where the pieces on the disk end, and what follows them in memory. */
  const tails = new Map<string, { end: number; chunks: Uint8Array[]; bytes: number }>()
  const remember = () => settings.set(ARRIVING, [...arriving])

  async function tailOf(hash: string) {
    const known = tails.get(hash)
    if (known !== undefined) return known
    let end = 0
    if (arriving.has(hash)) for await (const piece of piecesOf(folder, hash)) end = piece.from + piece.bytes
    const tail = { end, chunks: [], bytes: 0 }
    tails.set(hash, tail)
    return tail
  }

  async function write(hash: string): Promise<void> {
    const tail = await tailOf(hash)
    if (tail.bytes === 0) return
    // Before the first piece, so that none is ever without its name here.
    if (!arriving.has(hash)) {
      arriving.add(hash)
      await remember()
    }
    const { bytes } = await folder.write(tail.chunks, () => pieceId(hash, tail.end))
    tail.end += bytes
    tail.chunks = []
    tail.bytes = 0
  }

  async function drop(hash: string): Promise<void> {
    tails.delete(hash)
    if (!arriving.has(hash)) return
    const places: number[] = []
    try {
      for await (const { from } of piecesOf(folder, hash)) places.push(from)
    } finally {
      // From the end on: what a crash leaves is still a row without gaps.
      for (const from of places.reverse()) await folder.remove(pieceId(hash, from))
      arriving.delete(hash)
      await remember()
    }
  }

  return {
    arriving: async () => [...arriving],
    async arrived(hash) {
      const { end, bytes } = await tailOf(hash)
      return end + bytes
    },
    async arrive(hash, from, chunk) {
      const tail = await tailOf(hash)
      if (from !== tail.end + tail.bytes) throw new Error('bytes out of order')
      // A copy: whoever gave it may use its memory again.
      tail.chunks.push(Uint8Array.from(chunk))
      tail.bytes += chunk.byteLength
      if (tail.bytes >= PIECE_BYTES) await write(hash)
    },
    pause: write,
    async finish(hash) {
      await write(hash)
      try {
        await store.add(checked(folder, hash))
      } catch (error) {
        if (!(error instanceof WrongContent)) throw error
        await drop(hash)
        return false
      }
      await drop(hash)
      return true
    },
    drop,
    close: folder.close,
  }
}

class WrongContent extends Error {
  override readonly name = 'WrongContent'
}

function pieceId(hash: string, from: number): string {
  return createHash('sha256').update(`${hash} ${from}`).digest('hex')
}

/** In order, as far as they follow on one another. */
async function* piecesOf(folder: SealedFolder, hash: string) {
  for (let from = 0; ;) {
    const piece = await folder.open(pieceId(hash, from))
    if (piece === undefined) return
    try {
      yield { from, bytes: piece.bytes, read: () => piece.read(0, piece.bytes) }
    } finally {
      await piece.close()
    }
    from += piece.bytes
  }
}

/** Throws at its end, so that nothing is kept of it, when the bytes are not those of the hash. */
async function* checked(folder: SealedFolder, expected: string): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  for await (const piece of piecesOf(folder, expected)) {
    for await (const chunk of piece.read()) {
      hash.update(chunk)
      yield chunk
    }
  }
  if (hash.digest('hex') !== expected) throw new WrongContent()
}
