import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openKey, type Keychain } from './key-store.ts'

const random = (bytes: number) => new Uint8Array(randomBytes(bytes))
const none: Keychain = {
  isReal: () => Promise.resolve(false),
  wrap: () => Promise.reject(new Error('none')),
  unwrap: () => Promise.reject(new Error('none')),
}
/** Reversible, and visibly not the plain text. */
const real: Keychain = {
  isReal: () => Promise.resolve(true),
  wrap: secret => Promise.resolve(Buffer.from(secret).map(byte => byte ^ 0x5a)),
  unwrap: wrapped => Promise.resolve(Buffer.from(wrapped.map(byte => byte ^ 0x5a)).toString()),
}

describe('the database key', () => {
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'farfield-key-'))
    file = join(folder, 'workspace', 'key.json')
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('is made once, survives a restart and is readable by this user only', async () => {
    const first = await openKey({ file, databaseExists: false, keychain: none, random })
    const second = await openKey({ file, databaseExists: true, keychain: none, random })
    expect(first).toMatchObject({ ok: true, protection: 'file' })
    expect(second).toEqual(first)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await readdir(join(folder, 'workspace'))).toEqual(['key.json'])
  })

  it('is wrapped where a real keychain exists', async () => {
    const first = await openKey({ file, databaseExists: false, keychain: real, random })
    expect(first).toMatchObject({ ok: true, protection: 'keychain' })
    if (!first.ok) return
    expect(await readFile(file, 'utf8')).not.toContain(Buffer.from(first.key).toString('base64'))
    expect(await openKey({ file, databaseExists: true, keychain: real, random })).toEqual(first)
  })

  it('stays untouched when the keychain that wrapped it does not answer', async () => {
    await openKey({ file, databaseExists: false, keychain: real, random })
    const before = await readFile(file)
    expect(await openKey({ file, databaseExists: true, keychain: none, random })).toEqual({
      ok: false,
      problem: 'locked',
    })
    expect(await readFile(file)).toEqual(before)
  })

  it('is never made anew for a database that exists', async () => {
    expect(await openKey({ file, databaseExists: true, keychain: none, random })).toEqual({
      ok: false,
      problem: 'missing',
    })
    await expect(stat(file)).rejects.toThrow('ENOENT')
  })

  it('is never overwritten, even when the file makes no sense', async () => {
    await openKey({ file, databaseExists: false, keychain: none, random })
    for (const text of ['', 'null', '{"version":2}', '{"version":1,"protection":"file","key":"AAAA"}', '[]']) {
      await writeFile(file, text)
      const opened = await openKey({ file, databaseExists: false, keychain: none, random })
      expect(opened, text).toEqual({ ok: false, problem: 'unreadable' })
      expect(await readFile(file, 'utf8')).toBe(text)
    }
  })

  it('is one key when two starts race for it', async () => {
    const opened = await Promise.all(
      Array.from({ length: 8 }, () => openKey({ file, databaseExists: false, keychain: none, random })),
    )
    const keys = new Set(opened.map(one => (one.ok ? Buffer.from(one.key).toString('hex') : one.problem)))
    expect(keys.size).toBe(1)
  })
})
