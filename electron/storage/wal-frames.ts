/**
 * Reads a WAL as SQLite's recovery does (file format of SQLite, section 4), and beyond: SQLite takes the first frame that
 * does not add up for the end, whatever comes after. A torn end is ordinary after a crash; a broken frame with whole
 * transactions behind it is damage, and would take them away without a word.
 */
import { existsSync, readFileSync } from 'node:fs'

export interface WalFrame {
  /** 1-based. */
  readonly page: number
  /** Where the page's bytes begin in the WAL. */
  readonly position: number
}

export interface Wal {
  readonly pageSize: number
  /** Frames of whole transactions, oldest first, those behind a broken frame too. */
  readonly frames: readonly WalFrame[]
  /** A frame is broken and a whole transaction is behind it. */
  readonly broken: boolean
  readonly bytes: Buffer
}

const HEADER = 32
const FRAME_HEADER = 24
const MAGIC = 0x377f0682

/** Undefined: there is no WAL, or nothing in it. */
export function readWal(path: string): Wal | undefined {
  if (!existsSync(path)) return undefined
  const bytes = readFileSync(path)
  if (bytes.length < HEADER) return undefined
  const magic = bytes.readUInt32BE(0)
  const bigEndian = (magic & 1) === 1
  const pageSize = bytes.readUInt32BE(8)
  const count = Math.floor((bytes.length - HEADER) / (FRAME_HEADER + pageSize))
  const isHeaderWhole =
    (magic & ~1) === MAGIC &&
    isPageSize(pageSize) &&
    equals(checksum(bytes.subarray(0, 24), [0, 0], bigEndian), bytes, 24)
  if (!isHeaderWhole) return readHeadless(bytes)
  const salt = bytes.subarray(16, 24)
  let sum: Sum = [bytes.readUInt32BE(24), bytes.readUInt32BE(28)]
  let frames: WalFrame[] = []
  let pending: WalFrame[] = []
  let doubtful = false
  let broken = false
  for (let index = 0; index < count; index++) {
    const at = HEADER + index * (FRAME_HEADER + pageSize)
    const header = bytes.subarray(at, at + FRAME_HEADER)
    // Left over from before the WAL began anew, unless it is the salt that was hit.
    if (!header.subarray(8, 16).equals(salt)) {
      if (!followsOn(bytes, index + 1, pageSize, salt, bigEndian)) break
      doubtful = true
    }
    const own = checksum(
      bytes.subarray(at + FRAME_HEADER, at + FRAME_HEADER + pageSize),
      checksum(header.subarray(0, 8), sum, bigEndian),
      bigEndian,
    )
    const isWhole = equals(own, header, 16)
    if (!isWhole) doubtful = true
    // The next frame goes on from what this one says of itself.
    sum = [header.readUInt32BE(16), header.readUInt32BE(20)]
    if (isWhole || doubtful) pending.push({ page: header.readUInt32BE(0), position: at + FRAME_HEADER })
    const isCommit = header.readUInt32BE(4) !== 0
    if (!isWhole || !isCommit) continue
    if (doubtful) broken = true
    frames = frames.concat(pending)
    pending = []
  }
  return frames.length === 0 ? undefined : { pageSize, frames, broken, bytes }
}

/** Whether frame `index` adds up with what the one before it says. */
function followsOn(bytes: Buffer, index: number, pageSize: number, salt: Buffer, bigEndian: boolean): boolean {
  const at = HEADER + index * (FRAME_HEADER + pageSize)
  if (at + FRAME_HEADER + pageSize > bytes.length) return false
  const header = bytes.subarray(at, at + FRAME_HEADER)
  if (!header.subarray(8, 16).equals(salt)) return false
  const before = at - FRAME_HEADER - pageSize
  const sum: Sum = [bytes.readUInt32BE(before + 16), bytes.readUInt32BE(before + 20)]
  const own = checksum(
    bytes.subarray(at + FRAME_HEADER, at + FRAME_HEADER + pageSize),
    checksum(header.subarray(0, 8), sum, bigEndian),
    bigEndian,
  )
  return equals(own, header, 16)
}

/** SQLite takes a WAL whose header does not add up for an empty one. It is damage if its frames do add up. */
function readHeadless(bytes: Buffer): Wal | undefined {
  for (const pageSize of [4096, 8192, 16384, 32768, 1024, 2048, 512, 65536]) {
    const salt = bytes.subarray(HEADER + 8, HEADER + 16)
    for (const bigEndian of [false, true]) {
      if (salt.length < 8 || !followsOn(bytes, 1, pageSize, salt, bigEndian)) continue
      const header = Buffer.alloc(HEADER)
      header.writeUInt32BE(MAGIC | Number(bigEndian), 0)
      header.writeUInt32BE(3_007_000, 4)
      header.writeUInt32BE(pageSize, 8)
      salt.copy(header, 16)
      const sum = checksum(header.subarray(0, 24), [0, 0], bigEndian)
      header.writeUInt32BE(sum[0], 24)
      header.writeUInt32BE(sum[1], 28)
      const mended = Buffer.concat([header, bytes.subarray(HEADER)])
      const rest = readMended(mended)
      if (rest !== undefined) return rest
    }
  }
  return undefined
}

function readMended(bytes: Buffer): Wal | undefined {
  const pageSize = bytes.readUInt32BE(8)
  const frames: WalFrame[] = []
  const salt = bytes.subarray(16, 24)
  const size = FRAME_HEADER + pageSize
  let pending: WalFrame[] = []
  for (let at = HEADER; at + size <= bytes.length && bytes.subarray(at + 8, at + 16).equals(salt); at += size) {
    pending.push({ page: bytes.readUInt32BE(at), position: at + FRAME_HEADER })
    if (bytes.readUInt32BE(at + 4) === 0) continue
    frames.push(...pending)
    pending = []
  }
  return frames.length === 0 ? undefined : { pageSize, frames, broken: true, bytes }
}

type Sum = readonly [number, number]

function checksum(data: Buffer, start: Sum, bigEndian: boolean): Sum {
  let [one, two] = start
  if (!bigEndian && data.byteOffset % 4 === 0) {
    // The same, several times as fast; Node's machines are little-endian.
    const words = new Uint32Array(data.buffer, data.byteOffset, data.length >> 2)
    for (let at = 0; at < words.length; at += 2) {
      one = (one + (words[at] ?? 0) + two) >>> 0
      two = (two + (words[at + 1] ?? 0) + one) >>> 0
    }
    return [one, two]
  }
  for (let at = 0; at + 8 <= data.length; at += 8) {
    const left = bigEndian ? data.readUInt32BE(at) : data.readUInt32LE(at)
    const right = bigEndian ? data.readUInt32BE(at + 4) : data.readUInt32LE(at + 4)
    one = (one + left + two) >>> 0
    two = (two + right + one) >>> 0
  }
  return [one, two]
}

function equals([one, two]: Sum, header: Buffer, at: number): boolean {
  return header.readUInt32BE(at) === one && header.readUInt32BE(at + 4) === two
}

function isPageSize(size: number): boolean {
  return size >= 512 && size <= 65_536 && (size & (size - 1)) === 0
}
