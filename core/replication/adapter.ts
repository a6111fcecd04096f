/**
 * The one place where RxDB's replication is used: a channel's pull, push and merge as handlers of replicateRxCollection.
 * Its traps are answered here: the stream says only RESYNC, handlers throw only for the way, resolve() is total.
 */
import { getAssumedMasterState, type RxConflictHandler, type WithDeleted } from 'rxdb/plugins/core'
import { replicateRxCollection, type RxReplicationState } from 'rxdb/plugins/replication'
import type { Subject } from 'rxjs'
import type { AnyDocument } from '../database/documents.ts'
import { sameState } from '../database/states.ts'
import type { Checkpoint } from '../model/protocol.ts'
import type { Channel, Offer } from './channel.ts'
import type { ItemList } from './lists.ts'

export interface AdapterOptions {
  readonly channel: Channel
  readonly parked: ItemList
  /** Whom with: another provider or workspace starts from nothing. */
  readonly identity: string
  readonly pageRows: number
  readonly retryMs: number
  /** RESYNC and nothing else: RxDB throws away a RESYNC that waits behind a normal event. */
  readonly resync$: Subject<'RESYNC'>
  /** Runs one exchange with the provider, or throws when none may begin any more. */
  readonly guard: <T>(exchange: () => Promise<T>) => Promise<T>
  readonly now: () => number
  readonly report: (error: unknown) => void
}

export type Adapter = RxReplicationState<AnyDocument, Checkpoint>

const PUSH_ROWS = 200

export function replicate(options: AdapterOptions): Adapter {
  const { channel, parked, guard } = options
  const { collection } = channel.table
  collection.conflictHandler = createConflictHandler(options)

  function offer(document: WithDeleted<AnyDocument>, assumed: WithDeleted<AnyDocument> | undefined): Offer {
    const aside = parked.get(channel.collection, document.id)
    if (aside !== undefined) return { document, base: aside.trueBase === '' ? null : aside.trueBase }
    if (assumed !== undefined) return { document, base: channel.content.hashOf(assumed) }
    return { document, base: document.sent === '' ? null : document.sent }
  }

  const state: Adapter = replicateRxCollection<AnyDocument, Checkpoint>({
    replicationIdentifier: `farfield-${options.identity}`,
    collection,
    live: true,
    waitForLeadership: false,
    toggleOnDocumentVisible: false,
    retryTime: options.retryMs,
    pull: {
      batchSize: options.pageRows,
      stream$: options.resync$.asObservable(),
      handler: (checkpoint, rows) =>
        guard(async () => {
          const page = await channel.pull(checkpoint ?? null, rows)
          const documents = page.documents.map(document => ({ ...document, _deleted: false }))
          return { documents, checkpoint: page.checkpoint ?? undefined }
        }),
    },
    push: {
      batchSize: PUSH_ROWS,
      handler: rows =>
        guard(async () => {
          // What was removed without a trace was never sent, or is deleted the ordinary way once it turns out that it was.
          const offers = rows
            .filter(({ newDocumentState }) => !newDocumentState._deleted)
            .map(({ newDocumentState, assumedMasterState }) => offer(newDocumentState, assumedMasterState))
          const conflicts = await channel.push(offers)
          return conflicts.map(({ current }) => ({ ...current, _deleted: false }))
        }),
    },
  })
  return state
}

/** The states that RxDB remembers the provider to have held. */
export async function readNoted(
  { internalReplicationState }: Adapter,
  ids: readonly string[],
): Promise<ReadonlyMap<string, AnyDocument>> {
  if (internalReplicationState === undefined || ids.length === 0) return new Map()
  const found = await getAssumedMasterState(internalReplicationState, [...ids])
  return new Map(Object.entries(found).map(([id, { docData }]) => [id, docData as AnyDocument]))
}

function createConflictHandler(options: AdapterOptions): RxConflictHandler<AnyDocument> {
  const { channel, parked, report } = options
  return {
    isEqual: (a, b) => a._deleted === b._deleted && sameState(channel.collection, a, b),
    async resolve({ assumedMasterState: assumed, newDocumentState: ours, realMasterState: theirs }) {
      try {
        // For a parked document RxDB's base is not what this state was made from.
        const isParked = parked.get(channel.collection, ours.id) !== undefined
        const united = await channel.uniteFrom(isParked ? undefined : assumed, ours, theirs)
        return { ...united, _deleted: false }
      } catch (error) {
        // Thrown here, the document would never be offered again. Ours stays, and RxDB believes from now on that it was made
        // from theirs: offered like that, it would write over theirs. Parked under its true base, the two meet once more.
        report(error)
        const item = { collection: channel.collection, id: ours.id, reason: 'notMerged', at: options.now(), h: '' }
        await parked.add([{ ...item, trueBase: ours.sent }]).catch(report)
        return { ...ours, _deleted: false }
      }
    },
  }
}
