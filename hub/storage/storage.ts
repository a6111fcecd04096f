/**
 * What the hub needs of a database: one interface, so that a SQLite file and PostgreSQL are interchangeable. An
 * implementation takes a workspace's sequence number under that workspace's write lock (commit order is then number
 * order) and must never look into a body.
 */
import type { Checkpoint, CollectionName, DigestResponse, PushAnswer } from '../../core/model/protocol.ts'

/** A document at rest: `body` is JSON text that is spliced into answers without being parsed again. */
export interface StoredDocument {
  readonly id: string
  readonly h: string
  readonly body: string
}

export interface StoredRow extends StoredDocument {
  readonly base: string | null
}

/** As `PushAnswer`, with the current document as stored text. */
export type StoredAnswer =
  | Extract<PushAnswer, { result: 'ok' | 'dup' }>
  | { readonly id: string; readonly result: 'conflict'; readonly current: StoredDocument | null }

export interface Pushed {
  readonly epoch: string
  readonly answers: readonly StoredAnswer[]
  /** The workspace's sequence number after the push; undefined when nothing was written. */
  readonly written: number | undefined
}

export interface Page {
  readonly documents: readonly StoredDocument[]
  readonly checkpoint: Checkpoint
  readonly more: boolean
  /** True when a reader came from a future this database does not have: it was restored, so its epoch was changed. */
  readonly restored: boolean
}

/**
 * `full`: the disk or the quota. `busy`: another process holds the write lock. `away`: the database cannot be reached, and
 * whether what was asked has been done is not known. `tooLarge`: the answer would be.
 */
export type StorageFault = 'full' | 'busy' | 'away' | 'tooLarge'
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: StorageFault }

/** The value of something that must have worked; throws a sentence for the log or the console otherwise. */
export function done<T>(outcome: Outcome<T>): T {
  if (!outcome.ok) throw new Error(`the database is ${outcome.fault}`)
  return outcome.value
}

export interface PairedDevice {
  readonly workspace: string
  readonly device: string
}

export interface KnownDevice extends PairedDevice {
  readonly name: string
  /** Milliseconds since 1970. */
  readonly pairedAt: number
  /** The last `markSeen`, or when it was paired. */
  readonly seenAt: number
}

export interface Invite {
  readonly workspace: string
  readonly tokenHash: Uint8Array
  readonly expiresAt: number
}

export interface Acceptance {
  readonly inviteHash: Uint8Array
  readonly tokenHash: Uint8Array
  readonly device: string
  readonly name: string
  readonly now: number
}

export interface ChangesRequest {
  readonly workspace: string
  readonly collection: CollectionName
  /** Undefined, or of another epoch: from the beginning. */
  readonly since: Checkpoint | undefined
  readonly rows: number
  /** A page ends early, with `more`, before its bodies exceed this; it always holds at least one document. */
  readonly bytes: number
}

export interface HubStorage {
  /** The workspace that pairing codes of this hub invite to; made on the first start. */
  readonly workspace: string

  /** All rows in one transaction, in order. A batch whose conflicts exceed `conflictBytes` is undone as a whole (`tooLarge`). */
  push(push: {
    readonly workspace: string
    readonly device: string
    readonly collection: CollectionName
    readonly rows: readonly StoredRow[]
    readonly conflictBytes: number
  }): Promise<Outcome<Pushed>>
  changes(request: ChangesRequest): Promise<Outcome<Page>>
  digest(workspace: string): Promise<Outcome<DigestResponse>>
  /** Tells every reader to start again from 0 (rule P5): for a database that was restored from a copy. */
  renewEpochs(): Promise<Outcome<void>>

  addInvite(invite: Invite): Promise<Outcome<void>>
  /** Uses an invite up and pairs the device, replacing its former token. Undefined: unknown, used or expired. */
  acceptInvite(acceptance: Acceptance): Promise<Outcome<{ workspace: string; hashKey: string } | undefined>>
  findDevice(tokenHash: Uint8Array): Promise<Outcome<PairedDevice | undefined>>
  /** Those that may come in, of every workspace or of one, in the order they were paired. */
  listDevices(workspace?: string): Promise<Outcome<readonly KnownDevice[]>>
  /** Notes that the device was here. `at`: milliseconds since 1970. */
  markSeen(device: string, at: number): Promise<Outcome<void>>
  /** Forgets the device's token; its documents stay. False when there is no such device (in that workspace). */
  revokeDevice(device: string, workspace?: string): Promise<Outcome<boolean>>

  /** Small facts about this hub, e.g. the address it was last reached by. */
  readSetting(name: string): Promise<Outcome<string | undefined>>
  writeSetting(name: string, value: string): Promise<Outcome<void>>

  /**
   * Calls back with a workspace that another process has written to, or with undefined when that may have been missed for
   * any of them. The returned function stops it.
   */
  onElsewhere(listener: (workspace: string | undefined) => void): () => void

  close(): Promise<void>
}
