/**
 * Whether each stored file is what was stored, and each that documents name is here. It reads everything and changes
 * nothing; a file that is damaged or not here is a finding, and never damage of the database.
 */
import type { FileReader } from './file-store.ts'
import type { Report } from './job-report.ts'

/** A file that a document names. */
export interface FileMention {
  readonly hash: string
  /** Undefined where it may be no more than a text that looks like a hash. */
  readonly name?: string
  /** What names it, for a person; absent where nothing can be told. */
  readonly owner?: string
}

export interface FileFinding {
  readonly kind: 'missing' | 'damaged'
  /** '' where no document names it. */
  readonly name: string
  readonly owner: string
}

export interface VerifiedFiles {
  /** Stored files that were read, and their plain bytes. */
  readonly read: number
  readonly bytes: number
  readonly counts: { readonly [kind in FileFinding['kind']]: number }
  /** The first of them. */
  readonly findings: readonly FileFinding[]
}

/** Named files by hash; of several mentions the one that can say whose it is. */
export type NamedFiles = Map<string, { readonly name: string; readonly owner: string }>

const MOST_FINDINGS = 50
const TOLD_EVERY_BYTES = 1024 * 1024
const NOBODY = { name: '', owner: '' }

export function noteMention(named: NamedFiles, { hash, name, owner = '' }: FileMention): void {
  if (name === undefined) return
  const known = named.get(hash)
  if (known === undefined || (known.owner === '' && owner !== '')) named.set(hash, { name, owner })
}

/** @throws JobCancelled, and what the disk throws but for what it cannot read */
export async function verifyFiles(store: FileReader, named: NamedFiles, report: Report): Promise<VerifiedFiles> {
  const counts = { missing: 0, damaged: 0 }
  const findings: FileFinding[] = []
  const find = (kind: FileFinding['kind'], { name, owner } = NOBODY) => {
    counts[kind]++
    if (findings.length < MOST_FINDINGS) findings.push({ kind, name, owner })
  }
  const bytesByHash = new Map<string, number>()
  let total = 0
  let unreadable = 0
  report.step('files', 0, 0)
  for await (const file of store.listAll()) {
    if (file === undefined) unreadable++
    else bytesByHash.set(file.hash, file.bytes)
    total += file?.bytes ?? 0
  }
  let read = 0
  let bytes = 0
  let told = 0
  const took = (piece: number) => {
    bytes += piece
    if (bytes - told < TOLD_EVERY_BYTES) return
    told = bytes
    report.step('files', Math.min(bytes, total), total)
  }
  for (const hash of bytesByHash.keys()) {
    report.step('files', Math.min(bytes, total), total)
    const state = await store.verify(hash, took)
    // Removed meanwhile: if something names it, that is told below.
    if (state === 'absent') continue
    read++
    if (state === 'damaged') find('damaged', named.get(hash))
  }
  for (const [hash, mention] of named) {
    const isListed = bytesByHash.has(hash)
    if (await store.has(hash)) {
      // It is one of those whose hash cannot be read, or came since they were listed.
      if (isListed || (await store.verify(hash)) !== 'damaged') continue
      unreadable--
      find('damaged', mention)
    } else find('missing', mention)
  }
  for (let rest = 0; rest < unreadable; rest++) find('damaged')
  return { read, bytes, counts, findings }
}
