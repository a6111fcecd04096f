/**
 * Opens the database of a hub: the PostgreSQL database it was given, else the SQLite file in its folder. Everything above
 * knows HubStorage only.
 */
import { join } from 'node:path'
import { openPostgresStorage } from './postgres-storage.ts'
import { openSqliteStorage } from './sqlite-storage.ts'
import type { HubStorage } from './storage.ts'

export interface StorageChoice {
  /** Holds the SQLite file. */
  readonly dataFolder: string
  /** See PostgresAddress. Holds a password: never printed. */
  readonly databaseUrl?: string | undefined
  readonly nativeBinding?: string | undefined
  /** Quota of the database, in bytes. */
  readonly maxBytes?: number | undefined
  /** Fail instead of making a new SQLite file. */
  readonly mustExist?: boolean
  readonly random: (bytes: number) => Uint8Array
  /** Takes a sentence when a database server goes and when it is back. */
  readonly report: (sentence: string) => void
}

export async function openStorage({ dataFolder, databaseUrl, ...options }: StorageChoice): Promise<HubStorage> {
  return databaseUrl === undefined
    ? openSqliteStorage({ ...options, path: join(dataFolder, 'hub.sqlite') })
    : openPostgresStorage({ ...options, url: databaseUrl })
}
