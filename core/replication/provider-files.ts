/**
 * The part of a provider that moves the bytes of photos and files, each under the SHA-256 of its content. It keeps nothing
 * and decides nothing about when; every provider passes provider-files.suite.ts.
 */
import type { Result } from '../model/failure.ts'

export interface ProviderFiles {
  /** Which of these the provider does not have whole, and the largest file that it takes, in bytes. Any number of hashes. */
  has(
    hashes: readonly string[],
    signal: AbortSignal,
  ): Promise<Result<{ readonly missing: readonly string[]; readonly largest: number }>>
  /**
   * Sends what the provider does not have of it yet, from the byte where an earlier try ended. `source` answers bytes
   * [from, to); what it throws is thrown on. `progress` hears how much the provider has. Failures beside those of the way:
   * 'tooLarge', 'providerFull', 'fileDamaged' (what was sent is not what the hash says, and is gone there).
   */
  put(
    hash: string,
    bytes: number,
    source: (from: number, to: number) => AsyncIterable<Uint8Array>,
    signal: AbortSignal,
    progress?: (bytes: number) => void,
  ): Promise<Result<null>>
  /**
   * Gives the bytes from `from` on to `sink`, in order, each piece once the one before it was taken; what `sink` throws is
   * thrown on. `sink` hears the length of the whole too. Nothing is verified here: whoever keeps it hashes it. Failures
   * beside those of the way: 'notFound' (the provider does not have it), 'stale' (it has no byte at `from`).
   */
  get(
    hash: string,
    from: number,
    sink: (chunk: Uint8Array, bytes: number) => Promise<void>,
    signal: AbortSignal,
  ): Promise<Result<null>>
}
