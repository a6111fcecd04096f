/** What the stores of one workspace share: its tables, its clock and who it is. Made once, in workspace.ts. */
import type { Clock } from '../model/clock.ts'
import type { DeviceId, HistoryEntry, TypeId } from '../model/record.ts'
import type { RecordType } from '../model/record-type.ts'
import type { HistoryDocument, RecordDocument, StateDocument } from './documents.ts'
import type { Numbering } from './numbering.ts'
import { UNSENT } from './states.ts'
import type { Table } from './table.ts'

export interface Tables {
  readonly records: Table<RecordDocument>
  readonly types: Table<StateDocument>
  readonly devices: Table<StateDocument>
  readonly history: Table<HistoryDocument>
}

export interface Context {
  readonly tables: Tables
  readonly clock: Clock
  readonly device: DeviceId
  readonly numbering: Numbering
  /** Bytes from a cryptographic source. */
  readonly random: (bytes: number) => Uint8Array
  /** Known without waiting: types and devices are few and kept in memory. */
  typeOf(type: TypeId): RecordType | undefined
  nameOf(device: DeviceId): string | undefined
  /** Where a bug in the background ends. */
  report(error: unknown): void
}

/**
 * Keeps replaced values (rule M13). Always before the write that replaces them: a crash in between leaves a harmless
 * extra entry, never a lost value. The same entry twice is one entry.
 */
export async function keepHistory(tables: Pick<Tables, 'history'>, entries: readonly HistoryEntry[]): Promise<void> {
  if (entries.length === 0) return
  const unique = new Map(entries.map(entry => [entry.id, { ...entry, ...UNSENT }]))
  await tables.history.insert([...unique.values()])
}
