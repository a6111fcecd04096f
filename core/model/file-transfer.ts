/**
 * Which photo or file moves next, what waits and why: decided from what is known of every file, with no clock and nothing
 * remembered. Asked-for ones first, then small ones (LARGE_BYTES), then the newest; rule S10 in docs/schedule-rules.md.
 */
import type { FileAmount, FileTrouble } from './api.ts'

/** Above this a file waits for all smaller ones: ten photos are of more use than a part of a film. */
export const LARGE_BYTES = 4 * 1024 * 1024

export interface FileFacts {
  readonly bytes: number
  /** When it was added to its record, in milliseconds since the epoch; 0 when no record shows it now. */
  readonly at: number
  readonly photo: boolean
}

export interface TransferFacts {
  /** Files of this laptop. */
  readonly here: ReadonlyMap<string, FileFacts>
  /** What records that are not deleted show, here or not. */
  readonly named: ReadonlyMap<string, FileFacts>
  /** What the provider is known to have. */
  readonly there: ReadonlySet<string>
  /** What the provider was asked for and does not have. */
  readonly absent: ReadonlySet<string>
  /** Asked for by a person, the latest last. */
  readonly asked: ReadonlySet<string>
  /** Nothing but what was asked for. */
  readonly onlyAsked: boolean
  readonly troubles: ReadonlyMap<string, FileTrouble>
  /** The largest file that the provider takes. */
  readonly largest: number
  /** The provider has no room, this laptop has none: a whole direction waits. */
  readonly full: { readonly send: boolean; readonly fetch: boolean }
}

export type Direction = 'send' | 'fetch'

export interface Transfer extends FileFacts {
  readonly hash: string
  readonly direction: Direction
}

export interface TransferPlan {
  readonly next: Transfer | null
  /** What waits for its turn in each direction, `next` included and what is in trouble left out. */
  readonly send: FileAmount
  readonly fetch: FileAmount
  readonly troubles: readonly (FileAmount & { readonly trouble: FileTrouble })[]
}

export const NO_FILES: FileAmount = { files: 0, photos: 0, bytes: 0 }

export function planTransfers(facts: TransferFacts): TransferPlan {
  let next: Transfer | null = null
  const amounts = { send: NO_FILES, fetch: NO_FILES }
  const troubles = new Map<FileTrouble, FileAmount>()
  // A set keeps the order of adding.
  const ranks = new Map([...facts.asked].map((hash, index) => [hash, index + 1]))
  const weigh = (hash: string, file: FileFacts, direction: Direction) => {
    const trouble = troubleOf(facts, hash, file, direction)
    if (trouble !== null) {
      troubles.set(trouble, add(troubles.get(trouble) ?? NO_FILES, file))
      return
    }
    if (facts.onlyAsked && !ranks.has(hash)) return
    amounts[direction] = add(amounts[direction], file)
    const candidate: Transfer = { ...file, hash, direction }
    if (next === null || compare(candidate, next, ranks) < 0) next = candidate
  }
  for (const [hash, file] of facts.here) {
    if (!facts.there.has(hash)) weigh(hash, facts.named.get(hash) ?? file, 'send')
  }
  for (const [hash, file] of facts.named) if (!facts.here.has(hash)) weigh(hash, file, 'fetch')
  return { next, ...amounts, troubles: [...troubles].map(([trouble, amount]) => ({ trouble, ...amount })) }
}

/** Why it does not move although it should; null: it does. */
export function troubleOf(
  facts: Pick<TransferFacts, 'troubles' | 'largest' | 'full' | 'absent'>,
  hash: string,
  file: FileFacts,
  direction: Direction,
): FileTrouble | null {
  const known = facts.troubles.get(hash)
  if (known !== undefined) return known
  if (direction === 'send') {
    if (file.bytes > facts.largest) return 'tooLarge'
    return facts.full.send ? 'providerFull' : null
  }
  if (facts.absent.has(hash)) return 'notThere'
  return facts.full.fetch ? 'diskFull' : null
}

function add(amount: FileAmount, file: FileFacts): FileAmount {
  return {
    files: amount.files + 1,
    photos: amount.photos + (file.photo ? 1 : 0),
    bytes: amount.bytes + file.bytes,
  }
}

/** Below 0: `a` goes first. A total order, so that every look at the same facts names the same file. */
function compare(a: Transfer, b: Transfer, ranks: ReadonlyMap<string, number>): number {
  const asked = (ranks.get(b.hash) ?? 0) - (ranks.get(a.hash) ?? 0)
  if (asked !== 0) return asked
  const large = Number(a.bytes > LARGE_BYTES) - Number(b.bytes > LARGE_BYTES)
  if (large !== 0) return large
  if (a.at !== b.at) return b.at - a.at
  if (a.bytes !== b.bytes) return a.bytes - b.bytes
  return a.hash < b.hash ? -1 : 1
}
