/** Folders, keys and storages for the tests of this folder; every folder is removed when its test file has ended. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { RxStorageSqlite, SqliteStorageOptions } from './rx-storage-sqlite.ts'
import { getRxStorageSQLite } from './rx-storage-sqlite.ts'

const addon = process.env['FARFIELD_SQLITE_ADDON']
export const nativeBinding = addon === undefined ? {} : { nativeBinding: addon }
export const TEST_KEY = Uint8Array.from({ length: 32 }, (_, index) => index * 7)

const folders: string[] = []
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'storage-test-'))
  folders.push(folder)
  return folder
}

export function openStorage(folder: string, options: Partial<SqliteStorageOptions> = {}): RxStorageSqlite {
  return getRxStorageSQLite({
    path: join(folder, 'test.db'),
    key: TEST_KEY,
    synchronous: 'normal',
    ...nativeBinding,
    ...options,
  })
}

/** As a bad sector or a cosmic ray would. Twice is as before. */
export function flipBit(path: string, position: number, bit = 2): void {
  const file = openSync(path, 'r+')
  const byte = Buffer.alloc(1)
  readSync(file, byte, 0, 1, position)
  byte[0] = (byte[0] ?? 0) ^ (1 << bit)
  writeSync(file, byte, 0, 1, position)
  closeSync(file)
}

/** Mulberry32: the same numbers for the same seed. */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
