/**
 * What the hub needs of a place for the bytes of photos and files: one interface, so that a folder today and an object
 * store later are interchangeable. An implementation must never give out a blob that is not whole or not what its hash
 * says, and never look into one: what comes is kept as it comes, which will be ciphertext once laptops encrypt.
 */

import type { Readable } from 'node:stream'

/** One device's upload of one blob. Devices do not share what they have sent: none can spoil another's. */
export interface Upload {
  readonly workspace: string
  readonly device: string
  /** SHA-256 of the bytes, lower-case hex. */
  readonly hash: string
}

export interface Piece extends Upload {
  /** Where it begins in the whole. */
  readonly offset: number
  /** Of the whole. */
  readonly bytes: number
}

/**
 * `whole`: it is here now. `part`: what came was kept, as far as it came; the next piece begins at `offset`. `wrongOffset`:
 * nothing was taken, for something else than `offset` is here. `wrongHash`: everything of the upload was thrown away. `full`:
 * the disk or the quota; what was kept before stays.
 */
export type Taken =
  | { readonly result: 'whole' }
  | { readonly result: 'part' | 'wrongOffset'; readonly offset: number }
  | { readonly result: 'wrongHash' | 'full' }

export interface OpenBlob {
  readonly bytes: number
  /** Bytes [from, to), from < to. To be read to its end or destroyed, which closes the blob. */
  read(from: number, to: number): Readable
  close(): Promise<void>
}

export interface BlobStorage {
  /** Those that are not here whole, in order. */
  missing(workspace: string, hashes: readonly string[]): Promise<readonly string[]>
  /** Bytes of a whole blob; undefined when there is none. */
  size(workspace: string, hash: string): Promise<number | undefined>
  /** Bytes kept of an upload. One of the same device that is still on its way is ended first: it may be dead. */
  offset(upload: Upload): Promise<number>
  /** Takes `source` to its end, or for as long as it lasts; its breaking is no error. Whole only when on the disk for good. */
  take(piece: Piece, source: AsyncIterable<Uint8Array>): Promise<Taken>
  open(workspace: string, hash: string): Promise<OpenBlob | undefined>
  /** Throws away uploads that nobody has gone on with for a week. */
  dropStale(): Promise<void>
  close(): Promise<void>
}
