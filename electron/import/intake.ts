/**
 * One file's bytes on their way from the page to an import: pieces in order, each taken before the next one is asked for,
 * so that a file of any size costs the memory of a few pieces. The page is not trusted to keep to that.
 */

export interface Intake {
  /** Read once; shorter than the file when its pieces stopped coming. */
  readonly bytes: AsyncIterable<Uint8Array>
  /**
   * `from` is where `piece` begins in the file. Resolves to true once the importer has taken it; to false when it is not
   * what comes next, when the one before it was not taken yet, or when nobody reads any more.
   */
  push(from: number, piece: Uint8Array): Promise<boolean>
  /** No more will come. */
  end(): void
  /** Nobody reads: whoever waits for a piece to be taken is let go. */
  drop(): void
}

/** Decoding a large piece at once would stall everything else. */
const AT_ONCE_BYTES = 64 * 1024

export function createIntake(fileBytes: number): Intake {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  let received = 0
  let busy = false
  let ended = false

  const end = () => {
    if (ended) return
    ended = true
    writer.close().catch(() => undefined)
  }
  return {
    bytes: readPieces(readable),
    async push(from, piece) {
      if (ended || busy || from !== received || received + piece.byteLength > fileBytes) return false
      received += piece.byteLength
      busy = true
      const taken = writer.write(piece).then(
        () => true,
        // The importer ended before it: its own progress says why.
        () => false,
      )
      if (received === fileBytes) end()
      return taken.finally(() => (busy = false))
    },
    end,
    drop() {
      end()
      // A reader that has begun lets go by itself.
      if (!readable.locked) readable.cancel().catch(() => undefined)
    },
  }
}

async function* readPieces(readable: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = readable.getReader()
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      const { value } = next
      for (let at = 0; at < value.byteLength; at += AT_ONCE_BYTES) yield value.subarray(at, at + AT_ONCE_BYTES)
    }
  } finally {
    // Whoever waits for a piece to be taken is let go.
    await reader.cancel().catch(() => undefined)
  }
}
