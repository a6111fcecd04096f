/**
 * Which photos and files the provider is known to have, kept over restarts so that what waits can be told with no network.
 * It may be wrong about a provider that lost some: it is compared now and then (file-transfer.ts). In 256 settings, by the
 * first two digits, so that one file more rewrites a few of them only.
 */
import type { SettingStore } from '../database/database.ts'
import type { Timer } from './timer.ts'

export interface FileLedger {
  readonly there: ReadonlySet<string>
  /** When all of it was last compared, in milliseconds since the epoch; 0: never. */
  readonly comparedAt: number
  add(hashes: Iterable<string>): void
  remove(hashes: Iterable<string>): void
  compared(at: number): void
  /** Resolves once what was said until now is kept. */
  flush(): Promise<void>
}

const KEY = 'replication.files'
/** Writes that come close together are one. */
const WRITE_MS = 2_000

export async function openFileLedger(
  settings: SettingStore,
  /** Of the provider: another one is known to have nothing. */
  identity: string,
  timer: Timer,
  report: (error: unknown) => void,
): Promise<FileLedger> {
  const stored = (await settings.get(KEY)) as { readonly identity?: unknown; readonly comparedAt?: unknown } | undefined
  const isKnown = stored?.identity === identity
  const there = new Set<string>()
  const dirty = new Set<string>()
  let comparedAt = isKnown && typeof stored.comparedAt === 'number' ? stored.comparedAt : 0
  for (const part of parts()) {
    const hashes = await settings.get(`${KEY}.${part}`)
    if (!Array.isArray(hashes) || hashes.length === 0) continue
    if (isKnown) for (const hash of hashes as readonly unknown[]) there.add(String(hash))
    // Of another provider: forgotten before this one's name stands over them.
    else await settings.set(`${KEY}.${part}`, [])
  }
  if (!isKnown) await settings.set(KEY, { identity, comparedAt: 0 })

  let saving: Promise<void> = Promise.resolve()
  let waiting: (() => void) | undefined
  function later(): void {
    waiting ??= timer(WRITE_MS, () => {
      void flush()
    })
  }
  function flush(): Promise<void> {
    waiting?.()
    waiting = undefined
    saving = saving.then(save).catch(report)
    return saving
  }
  async function save(): Promise<void> {
    for (const part of [...dirty]) {
      dirty.delete(part)
      await settings.set(part, part === KEY ? { identity, comparedAt } : inPart(part))
    }
  }
  const inPart = (part: string) => [...there].filter(hash => `${KEY}.${hash.slice(0, 2)}` === part)
  function mark(hash: string): void {
    dirty.add(`${KEY}.${hash.slice(0, 2)}`)
    later()
  }

  return {
    there,
    get comparedAt() {
      return comparedAt
    },
    add(hashes) {
      for (const hash of hashes) {
        if (there.has(hash)) continue
        there.add(hash)
        mark(hash)
      }
    },
    remove(hashes) {
      for (const hash of hashes) if (there.delete(hash)) mark(hash)
    },
    compared(at) {
      comparedAt = at
      dirty.add(KEY)
      later()
    },
    flush,
  }
}

function* parts(): Generator<string> {
  for (let index = 0; index < 256; index += 1) yield index.toString(16).padStart(2, '0')
}
