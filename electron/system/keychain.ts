/**
 * Electron's safeStorage behind one shape, whichever half of its API this version has: synchronous in 33, asynchronous in
 * 45. It must never count Chromium's fixed password ("basic text") as protection.
 */
import { safeStorage } from 'electron'
import type { Keychain } from '../security/key-store.ts'

/** What this file uses of either version's safeStorage. */
interface EitherStorage {
  isEncryptionAvailable?(): boolean
  isAsyncEncryptionAvailable?(): Promise<boolean>
  encryptString?(text: string): Buffer
  encryptStringAsync?(text: string): Promise<Buffer>
  decryptString?(wrapped: Buffer): string
  decryptStringAsync?(wrapped: Buffer): Promise<{ result: string }>
  getSelectedStorageBackend?(): string
}

export function createKeychain(storage: EitherStorage = safeStorage): Keychain {
  return {
    async isReal() {
      const available = storage.isAsyncEncryptionAvailable
        ? await storage.isAsyncEncryptionAvailable()
        : (storage.isEncryptionAvailable?.() ?? false)
      if (!available || process.platform !== 'linux') return available
      const backend = storage.getSelectedStorageBackend?.() ?? 'unknown'
      return backend !== 'basic_text' && backend !== 'unknown'
    },
    async wrap(secret) {
      if (storage.encryptStringAsync) return storage.encryptStringAsync(secret)
      if (storage.encryptString) return storage.encryptString(secret)
      throw new Error('This Electron cannot use the keychain')
    },
    async unwrap(wrapped) {
      const bytes = Buffer.from(wrapped)
      if (storage.decryptStringAsync) return (await storage.decryptStringAsync(bytes)).result
      if (storage.decryptString) return storage.decryptString(bytes)
      throw new Error('This Electron cannot use the keychain')
    },
  }
}
