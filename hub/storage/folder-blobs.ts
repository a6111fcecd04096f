/**
 * Blobs as files in a folder beside the hub's database: `<workspace>/<first two digits>/<hash>` when whole, and
 * `<workspace>/parts/<hash>.<device>` while they come. A blob gets its place by a rename, after its bytes were read back,
 * hashed and synced to the disk, so that neither a crash nor a false hash ever shows under one.
 */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { BlobStorage, Piece, Taken, Upload } from './blobs.ts'

export interface FolderBlobsOptions {
  /** Made if it is not there. */
  readonly path: string
  /** Quota of one workspace in bytes, uploads under way included; none when undefined. */
  readonly maxBytes?: number | undefined
  /** Of the disk's room so much is left for the database: records come before files. */
  readonly spareBytes?: number
  /** Milliseconds since 1970. */
  readonly now: () => number
}

const STALE_MS = 7 * 86_400_000
const HASH = /^[0-9a-f]{64}$/
const PARTS = 'parts'

export async function openFolderBlobs({
  path,
  maxBytes = Infinity,
  spareBytes = 0,
  now,
}: FolderBlobsOptions): Promise<BlobStorage> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  /** Uploads that are being written now, by the path of their part. */
  const running = new Map<string, { end(): void; readonly over: Promise<unknown> }>()
  /** Bytes used by each workspace, counted when it is first asked for. */
  const usedBy = new Map<string, Promise<{ bytes: number }>>()

  function placeOf(workspace: string, hash: string): string {
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(workspace) || !HASH.test(hash)) throw new Error('not the name of a blob')
    return join(path, workspace, hash.slice(0, 2), hash)
  }
  function partOf({ workspace, hash, device }: Upload): string {
    placeOf(workspace, hash)
    // A device chooses its own id, and some file systems take "A" for "a".
    return join(path, workspace, PARTS, `${hash}.${createHash('sha256').update(device).digest('hex').slice(0, 32)}`)
  }
  function usageOf(workspace: string): Promise<{ bytes: number }> {
    const known = usedBy.get(workspace) ?? countBytes(join(path, workspace)).then(bytes => ({ bytes }))
    usedBy.set(workspace, known)
    return known
  }
  async function endRunning(part: string): Promise<void> {
    for (let upload = running.get(part); upload !== undefined; upload = running.get(part)) {
      upload.end()
      await upload.over
    }
  }
  const size = (workspace: string, hash: string) => sizeOf(placeOf(workspace, hash))

  async function write(piece: Piece, source: AsyncIterable<Uint8Array>, isEnded: () => boolean): Promise<Taken> {
    const { workspace, hash, bytes } = piece
    const part = partOf(piece)
    const place = placeOf(workspace, hash)
    const usage = await usageOf(workspace)
    const kept = (await sizeOf(part)) ?? 0
    if (kept !== piece.offset) return { result: 'wrongOffset', offset: kept }
    if (usage.bytes - kept + bytes > maxBytes) return { result: 'full' }
    const { bavail, bsize } = await statfs(path)
    if (bavail * bsize - (bytes - kept) < spareBytes) return { result: 'full' }
    let offset = kept
    try {
      await mkdir(dirname(part), { recursive: true, mode: 0o700 })
      const file = await open(part, 'a', 0o600)
      try {
        const room = () => Math.min(bytes - offset, maxBytes - usage.bytes)
        for await (const chunk of endingQuietly(source, isEnded)) {
          const fits = chunk.subarray(0, room())
          for (let at = 0; at < fits.byteLength;) {
            const { bytesWritten } = await file.write(fits, at, fits.byteLength - at)
            at += bytesWritten
            offset += bytesWritten
            usage.bytes += bytesWritten
          }
          if (fits.byteLength < chunk.byteLength) break
        }
        if (offset < bytes) return usage.bytes >= maxBytes ? { result: 'full' } : { result: 'part', offset }
        await file.sync()
      } finally {
        await file.close()
      }
      if ((await hashOf(part)) !== hash) {
        await rm(part, { force: true })
        usage.bytes -= offset
        return { result: 'wrongHash' }
      }
      const replaced = await sizeOf(place)
      await mkdir(dirname(place), { recursive: true, mode: 0o700 })
      await rename(part, place)
      for (const folder of [dirname(place), dirname(dirname(place))]) await syncFolder(folder)
      // Another device was faster: the same bytes took their own place.
      usage.bytes -= replaced ?? 0
      return { result: 'whole' }
    } catch (thrown) {
      if (codeOf(thrown) === 'ENOSPC' || codeOf(thrown) === 'EDQUOT') return { result: 'full' }
      throw thrown
    }
  }

  return {
    async missing(workspace, hashes) {
      const sizes = await Promise.all(hashes.map(hash => size(workspace, hash)))
      return hashes.filter((_, index) => sizes[index] === undefined)
    },
    size,
    async offset(upload) {
      const part = partOf(upload)
      await endRunning(part)
      return (await sizeOf(part)) ?? 0
    },
    async take(piece, source) {
      const part = partOf(piece)
      await endRunning(part)
      if ((await size(piece.workspace, piece.hash)) !== undefined) return { result: 'whole' }
      let ended = false
      const work = write(piece, source, () => ended)
      const upload = {
        end() {
          ended = true
          const { destroy } = source as { destroy?: () => void }
          destroy?.call(source)
        },
        over: work.then(
          () => undefined,
          () => undefined,
        ),
      }
      running.set(part, upload)
      try {
        return await work
      } finally {
        if (running.get(part) === upload) running.delete(part)
      }
    },
    async open(workspace, hash) {
      let file: FileHandle
      try {
        file = await open(placeOf(workspace, hash), 'r')
      } catch (thrown) {
        if (codeOf(thrown) === 'ENOENT') return undefined
        throw thrown
      }
      const { size: bytes } = await file.stat()
      return {
        bytes,
        read: (from, to) => file.createReadStream({ start: from, end: to - 1, highWaterMark: 256 * 1024 }),
        close: () => file.close(),
      }
    },
    async dropStale() {
      for (const workspace of await namesIn(path)) {
        const folder = join(path, workspace, PARTS)
        for (const name of await namesIn(folder)) {
          const part = join(folder, name)
          const found = await statIfThere(part)
          if (found === undefined || running.has(part) || now() - found.mtimeMs < STALE_MS) continue
          const usage = await usageOf(workspace)
          await rm(part, { force: true })
          usage.bytes -= found.size
        }
      }
    },
    async close() {
      for (const part of [...running.keys()]) await endRunning(part)
    },
  }
}

/** A connection that broke, or was ended for a newer one: what came until then counts. */
async function* endingQuietly(
  source: AsyncIterable<Uint8Array>,
  isEnded: () => boolean,
): AsyncGenerator<Uint8Array, void> {
  const chunks = source[Symbol.asyncIterator]()
  for (;;) {
    let next: IteratorResult<Uint8Array>
    try {
      next = await chunks.next()
    } catch {
      return
    }
    if (next.done === true || isEnded()) return
    yield next.value
  }
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

async function countBytes(folder: string): Promise<number> {
  let bytes = 0
  for (const name of await namesIn(folder)) {
    for (const file of await namesIn(join(folder, name))) bytes += (await sizeOf(join(folder, name, file))) ?? 0
  }
  return bytes
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (thrown) {
    const code = codeOf(thrown)
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw thrown
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await statIfThere(path))?.size
}

async function statIfThere(path: string) {
  try {
    return await stat(path)
  } catch (thrown) {
    if (codeOf(thrown) === 'ENOENT') return undefined
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

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
