/** Writes a tar archive, entry by entry, into a draft; at most one entry's piece is in memory. */
import { pack as createPack, type Pack } from 'tar-stream'
import type { Draft } from './download.ts'

export interface TarWriter {
  add(name: string, bytes: Uint8Array): Promise<void>
  /** `pieces` must come to exactly `bytes`. */
  addLarge(name: string, bytes: number, pieces: AsyncIterable<Uint8Array>): Promise<void>
}

/** @throws what `produce` throws, or what the disk does */
export async function writeTar(draft: Draft, at: Date, produce: (tar: TarWriter) => Promise<void>): Promise<void> {
  const pack = createPack()
  let diskFault: { readonly error: unknown } | undefined
  const writing = drain(pack, draft).catch((error: unknown) => {
    diskFault = { error }
    pack.destroy()
  })
  const header = (name: string, size: number) => ({ name, size, mode: 0o644, mtime: at })
  try {
    await produce({
      add: (name, bytes) =>
        new Promise((resolve, reject) => {
          pack.entry(header(name, bytes.byteLength), Buffer.from(bytes), settle(resolve, reject))
        }),
      addLarge: (name, bytes, pieces) =>
        new Promise((resolve, reject) => {
          const entry = pack.entry(header(name, bytes), settle(resolve, reject))
          feed(entry, pieces).catch((error: unknown) => {
            pack.destroy()
            reject(asError(error))
          })
        }),
    })
    pack.finalize()
    await writing
  } catch (error) {
    pack.destroy()
    await writing
    throw diskFault === undefined ? error : diskFault.error
  }
  if (diskFault !== undefined) throw diskFault.error
}

async function drain(pack: Pack, draft: Draft): Promise<void> {
  for await (const piece of pack) await draft.append(piece)
}

async function feed(entry: NodeJS.WritableStream, pieces: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const piece of pieces) {
    if (!entry.write(Buffer.from(piece))) {
      await new Promise<void>(resolve => {
        entry.once('drain', resolve)
        entry.once('close', resolve)
      })
    }
  }
  entry.end()
}

function settle(resolve: () => void, reject: (error: Error) => void) {
  return (error?: Error | null) => (error == null ? resolve() : reject(error))
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
