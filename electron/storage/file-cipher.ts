/**
 * One file as encrypted pieces, each of which can be read and checked without the others: AES-256-GCM under a key of the
 * file's own. Pure; it must never give out a byte that was not authenticated at its place in its file.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'

/** Plain bytes in a chunk; only the last one is shorter. */
export const CHUNK_BYTES = 64 * 1024
export const TAG_BYTES = 16
export const SALT_BYTES = 32
/** Magic 8, salt 32, then encrypted: id 32, length 8, and their tag. */
export const HEAD_BYTES = 8 + SALT_BYTES + 40 + TAG_BYTES

const MAGIC = Buffer.from('SEALED01', 'latin1')
const ID_BYTES = 32
/** No chunk has this number. */
const HEAD_NUMBER = 0xff_ff_ff_ff

export interface FileHead {
  /** What the file is kept as: 64 hex digits. */
  readonly id: string
  /** Plain bytes. */
  readonly bytes: number
}

export interface FileCipher {
  sealHead(head: FileHead): Buffer
  sealChunk(index: number, plain: Uint8Array): Buffer
  /** Undefined: not what was written there. */
  openChunk(index: number, sealed: Uint8Array): Buffer | undefined
}

/** `key` belongs to a folder, `salt` to one file; a salt must never be used twice with one key. */
export function createFileCipher(key: Uint8Array, salt: Uint8Array): FileCipher {
  const own = Buffer.from(hkdfSync('sha256', key, salt, 'sealed file', 32))
  return {
    sealHead({ id, bytes }) {
      const plain = Buffer.alloc(ID_BYTES + 8)
      plain.write(id, 'hex')
      plain.writeBigUInt64BE(BigInt(bytes), ID_BYTES)
      return Buffer.concat([MAGIC, salt, seal(own, HEAD_NUMBER, plain)])
    },
    sealChunk: (index, plain) => seal(own, index, plain),
    openChunk: (index, sealed) => unseal(own, index, sealed),
  }
}

/** Undefined: these bytes are no head that was made with this key. */
export function openHead(
  key: Uint8Array,
  bytes: Uint8Array,
): { readonly head: FileHead; readonly cipher: FileCipher } | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (head.length !== HEAD_BYTES || !head.subarray(0, MAGIC.length).equals(MAGIC)) return undefined
  const salt = head.subarray(MAGIC.length, MAGIC.length + SALT_BYTES)
  const cipher = createFileCipher(key, salt)
  const plain = cipher.openChunk(HEAD_NUMBER, head.subarray(MAGIC.length + SALT_BYTES))
  if (plain === undefined) return undefined
  return {
    head: { id: plain.toString('hex', 0, ID_BYTES), bytes: Number(plain.readBigUInt64BE(ID_BYTES)) },
    cipher,
  }
}

export function countChunks(bytes: number): number {
  return Math.ceil(bytes / CHUNK_BYTES)
}

/** The size on disk of a file of so many plain bytes. */
export function sealedSize(bytes: number): number {
  return HEAD_BYTES + bytes + countChunks(bytes) * TAG_BYTES
}

/** The chunk's number is its nonce: the key is used for one file only, so no nonce comes twice, and none fits elsewhere. */
function nonceOf(index: number): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUInt32BE(index, 8)
  return nonce
}

function seal(key: Uint8Array, index: number, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(index))
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
}

function unseal(key: Uint8Array, index: number, sealed: Uint8Array): Buffer | undefined {
  const end = sealed.byteLength - TAG_BYTES
  if (end < 0) return undefined
  const decipher = createDecipheriv('aes-256-gcm', key, nonceOf(index), { authTagLength: TAG_BYTES })
  decipher.setAuthTag(sealed.subarray(end))
  const plain = decipher.update(sealed.subarray(0, end))
  try {
    return Buffer.concat([plain, decipher.final()])
  } catch {
    return undefined
  }
}
