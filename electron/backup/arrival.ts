/**
 * A file on its way from the page to the disk: pieces in order, each written before the next one is asked for. The page is
 * not trusted to keep to that, and a file that did not come whole is told as such.
 */
import { open } from 'node:fs/promises'
import { toStorageError } from '../storage/storage-error.ts'

export interface Arrival {
  /** Resolves once it has ended and is closed: whether it came whole. @throws StorageError diskFull */
  readonly whole: Promise<boolean>
  /**
   * `from` is where `piece` begins in the file. Resolves to true once it is written; to false when it is not what comes
   * next, when the one before it is not written yet, or when no more is wanted.
   */
  push(from: number, piece: Uint8Array): Promise<boolean>
  /** No more will come. */
  end(): void
}

/** What is at `path` is replaced; whoever asked removes it. `taken` hears of the bytes that are written. */
export function createArrival(path: string, fileBytes: number, taken: (bytes: number) => void): Arrival {
  const opening = open(path, 'w', 0o600)
  let received = 0
  let ended = false
  let writing: Promise<boolean> | undefined
  let settle: (end: Promise<boolean>) => void = () => undefined
  const whole = new Promise<boolean>(resolve => {
    settle = resolve
  })
  // Nobody may be waiting for it yet.
  whole.catch(() => undefined)
  opening.catch((error: unknown) => end(error))

  function end(error?: unknown): void {
    if (ended) return
    ended = true
    const close = async () => {
      await writing
      if (error !== undefined) {
        await opening.then(file => file.close()).catch(() => undefined)
        throw toStorageError(error, path)
      }
      await (await opening).close()
      return received === fileBytes
    }
    settle(close())
  }

  async function write(piece: Uint8Array): Promise<boolean> {
    try {
      const file = await opening
      for (let at = 0; at < piece.byteLength;) at += (await file.write(piece, at)).bytesWritten
      received += piece.byteLength
      taken(received)
      return true
    } catch (error) {
      end(error)
      return false
    }
  }

  return {
    whole,
    async push(from, piece) {
      if (ended || writing !== undefined || from !== received || received + piece.byteLength > fileBytes) return false
      writing = write(piece)
      const isWritten = await writing
      writing = undefined
      if (received === fileBytes) end()
      return isWritten
    },
    end: () => end(),
  }
}
