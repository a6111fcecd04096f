/** Settings of this laptop, kept as RxDB local documents: in the encrypted database, and never replicated. */
import type { RxDatabase } from 'rxdb'
import type { Value } from '../model/record.ts'
import type { SettingStore } from './database.ts'

export function createSettingStore(database: RxDatabase): SettingStore {
  return {
    async get(key) {
      const document = await database.getLocal<{ value: Value }>(key)
      return document?.get('value') as Value | undefined
    },
    async set(key, value) {
      await database.upsertLocal(key, { value })
    },
  }
}
