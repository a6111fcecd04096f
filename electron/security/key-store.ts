/**
 * Keeps the database's 32-byte key: made once, wrapped by the system's keychain where a real one exists, otherwise in a
 * file only this user may read. It must never overwrite a key, nor make a new one for a database that already exists.
 */
import { link, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The system's keychain, or what stands for it. `wrap` and `unwrap` may reject. */
export interface Keychain {
  /** True only where secrets are really guarded by the user's login. */
  isReal(): Promise<boolean>
  wrap(secret: string): Promise<Uint8Array>
  unwrap(wrapped: Uint8Array): Promise<string>
}

export type Protection = 'keychain' | 'file'

export type OpenedKey =
  | { readonly ok: true; readonly key: Uint8Array; readonly protection: Protection }
  /**
   * missing: a database is there but no key. locked: the keychain that wrapped the key does not give it back.
   * unreadable: the key file is not one of ours.
   */
  | { readonly ok: false; readonly problem: 'missing' | 'locked' | 'unreadable' }

const KEY_BYTES = 32

/** `databaseExists` says whether something is encrypted with a key already. */
export async function openKey(deps: {
  readonly file: string
  readonly databaseExists: boolean
  readonly keychain: Keychain
  readonly random: (bytes: number) => Uint8Array
}): Promise<OpenedKey> {
  const text = await readText(deps.file)
  if (text !== undefined) return readKey(text, deps.keychain)
  if (deps.databaseExists) return { ok: false, problem: 'missing' }

  const key = deps.random(KEY_BYTES)
  const protection: Protection = (await deps.keychain.isReal()) ? 'keychain' : 'file'
  const encoded = Buffer.from(key).toString('base64')
  const kept = protection === 'keychain' ? Buffer.from(await deps.keychain.wrap(encoded)).toString('base64') : encoded
  const draftName = Buffer.from(deps.random(8)).toString('hex')
  const written = await writeOnce(deps.file, `${JSON.stringify({ version: 1, protection, key: kept })}\n`, draftName)
  // Another start was quicker: its key is the one.
  if (!written) return readKey((await readText(deps.file)) ?? '', deps.keychain)
  return { ok: true, key, protection }
}

async function readKey(text: string, keychain: Keychain): Promise<OpenedKey> {
  const stored = parse(text)
  if (stored === undefined) return { ok: false, problem: 'unreadable' }
  let encoded = stored.key
  if (stored.protection === 'keychain') {
    try {
      encoded = await keychain.unwrap(Buffer.from(stored.key, 'base64'))
    } catch {
      return { ok: false, problem: 'locked' }
    }
  }
  const key = new Uint8Array(Buffer.from(encoded, 'base64'))
  return key.length === KEY_BYTES
    ? { ok: true, key, protection: stored.protection }
    : { ok: false, problem: 'unreadable' }
}

function parse(text: string): { readonly protection: Protection; readonly key: string } | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null) return undefined
  const { version, protection, key } = value as Record<string, unknown>
  if (version !== 1 || typeof key !== 'string' || (protection !== 'keychain' && protection !== 'file')) return undefined
  return { protection, key }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** Whole and on disk, or not at all; false when the file was there already, which a rename would have replaced. */
async function writeOnce(file: string, text: string, draftName: string): Promise<boolean> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const draft = `${file}.${draftName}`
  try {
    const handle = await open(draft, 'w', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await link(draft, file)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
  await syncFolder(dirname(file))
  return true
}

async function syncFolder(folder: string): Promise<void> {
  // Windows cannot open a folder; NTFS journals the entry itself.
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
