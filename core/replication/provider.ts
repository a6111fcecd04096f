/**
 * The one interface behind which a workspace is synced: a hub today, CouchDB, NATS and others later. A provider moves
 * documents and tells when there may be news; it never merges, never touches the database and never throws for a single
 * document (rule P3). Every provider passes the same acceptance suite (provider.suite.ts).
 */
import type { Observable } from 'rxjs'
import type { Failure, Result } from '../model/failure.ts'
import type {
  ChangesResponse,
  Checkpoint,
  CollectionDigest,
  CollectionName,
  PushAnswer,
  PushRow,
} from '../model/protocol.ts'
import type { ProviderFiles } from './provider-files.ts'

export interface Provider {
  /**
   * Documents after `checkpoint` (null: from the start), at most `limit`; full pages until the source is exhausted (P2).
   * A checkpoint of another epoch is answered from 0 with the new epoch (P5).
   */
  pull(
    collection: CollectionName,
    checkpoint: Checkpoint | null,
    limit: number,
    signal: AbortSignal,
  ): Promise<Result<ChangesResponse>>
  /** Compare-and-set by content hash; one answer per row, in order. Splits on 413 down to one row (P6). Idempotent (P4). */
  push(
    collection: CollectionName,
    rows: readonly PushRow[],
    signal: AbortSignal,
  ): Promise<Result<{ epoch: string; answers: readonly PushAnswer[] }>>
  digest(
    signal: AbortSignal,
  ): Promise<Result<{ epoch: string; digests: { readonly [c in CollectionName]: CollectionDigest } }>>
  /** The bytes of photos and files, by hash. */
  readonly files: ProviderFiles
  /** Ticks only: "there may be news". Errors never end it; it reconnects by itself while subscribed (P1). */
  readonly ticks$: Observable<void>
  /** What the last exchange told about the way there: null after a success, else why not. Drives `reach`. */
  readonly trouble$: Observable<Failure | null>
  /** Totals really sent and received on the wire, TLS included where the transport can tell (P8). */
  readonly bytes$: Observable<{ readonly sent: number; readonly received: number }>
  /** Security facts for the screen. */
  describe(): {
    readonly name: string
    readonly host: string
    readonly port: number
    readonly tls: string | undefined
    readonly verified: boolean
  }
  /** Asks once whether the provider answers and accepts this device. */
  test(signal: AbortSignal): Promise<Result<null>>
  close(): Promise<void>
}
