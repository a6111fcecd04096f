/**
 * Spares the echo: what this device has just written need not be fetched back. A checkpoint moves over sequence numbers that
 * are known to be this device's own, and over what was there when both digests were equal; never over anything else.
 */
import type { SettingStore } from '../database/database.ts'
import { type Checkpoint, type CollectionName, COLLECTIONS } from '../model/protocol.ts'

export interface WrittenSequences {
  /** The provider gave `seq` to a write of this device. */
  add(epoch: string, seq: number): void
  /** The same checkpoint or a later one with nothing of others in between. */
  skip(collection: CollectionName, checkpoint: Checkpoint | null): Checkpoint | null
  /** A reader has come so far. */
  reached(collection: CollectionName, checkpoint: Checkpoint): void
  /** Both sides are equal now: what was reached counts from here on, also after a restart. */
  confirm(): Promise<void>
  /** Nothing is certain any more. */
  clear(): Promise<void>
}

type Checkpoints = { readonly [collection in CollectionName]?: Checkpoint }

const KEY = 'replication.reached'
/** More numbers than a first sync has; beyond it the echo is fetched, which is only a waste. */
const MAX_KNOWN = 500_000

export async function openWrittenSequences(settings: SettingStore): Promise<WrittenSequences> {
  const stored = await settings.get(KEY)
  let confirmed: Checkpoints = typeof stored === 'object' && stored !== null ? (stored as unknown as Checkpoints) : {}
  let latest: Checkpoints = {}
  let epochKnown = ''
  let own = new Set<number>()

  function skip(collection: CollectionName, checkpoint: Checkpoint | null): Checkpoint | null {
    if (checkpoint === null) return null
    const certain = confirmed[collection]
    let { seq } = checkpoint
    if (certain !== undefined && certain.epoch === checkpoint.epoch && certain.seq > seq) seq = certain.seq
    if (checkpoint.epoch === epochKnown) while (own.has(seq + 1)) seq += 1
    return seq === checkpoint.seq ? checkpoint : { epoch: checkpoint.epoch, seq }
  }

  return {
    add(epoch, seq) {
      if (epoch !== epochKnown || own.size > MAX_KNOWN) {
        own = new Set()
        epochKnown = epoch
      }
      own.add(seq)
    },
    skip,
    reached(collection, checkpoint) {
      latest = { ...latest, [collection]: checkpoint }
    },
    async confirm() {
      const next: { [collection in CollectionName]?: Checkpoint } = {}
      for (const collection of COLLECTIONS) {
        const reached = skip(collection, latest[collection] ?? confirmed[collection] ?? null)
        if (reached !== null) next[collection] = reached
      }
      if (JSON.stringify(next) === JSON.stringify(confirmed)) return
      confirmed = next
      await settings.set(KEY, JSON.parse(JSON.stringify(next)))
    },
    async clear() {
      confirmed = {}
      latest = {}
      own = new Set()
      await settings.set(KEY, null)
    },
  }
}
