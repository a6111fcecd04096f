/**
 * The hub of the simulation: the hub's own storage with its compare-and-set, behind the requests of core/model/protocol.ts.
 * It runs when a request reaches it and at no other time; where its files are copied or put back, it is stopped.
 */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HubReply, HubRequest } from '../../core/replication/providers/hub-transport.ts'
import { type CollectionName, type DigestResponse, LIMITS, type PushRequest } from '../../core/model/protocol.ts'
import { backUp } from '../../hub/storage/sqlite-backup.ts'
import { openSqliteStorage } from '../../hub/storage/sqlite-storage.ts'
import {
  done,
  type HubStorage,
  type StoredAnswer,
  type StoredDocument,
  type StoredRow,
} from '../../hub/storage/storage.ts'

/** Bytes of a document beyond which this hub refuses it: small, so that parking is met often. */
export const DOCUMENT_BYTES = 20_000

export interface Hub {
  readonly workspace: string
  handle(device: string, request: Pick<HubRequest, 'method' | 'path' | 'body'>): Promise<HubReply>
  /** Everything it holds now. */
  documents(collection: CollectionName): Promise<readonly StoredDocument[]>
  digests(): Promise<DigestResponse>
  restart(): Promise<void>
  /** `official`: by the hub's own command, which gives the copy another epoch; else its file is just copied. */
  backUp(official: boolean): Promise<void>
  /** False when there is no copy. */
  restore(): Promise<boolean>
  close(): Promise<void>
}

export interface HubOptions {
  readonly random: (bytes: number) => Uint8Array
  /** Somebody has written. */
  readonly tick: () => void
  /** What stands between the requests and the storage; a mutant of the hub. */
  readonly wrap?: ((storage: HubStorage) => HubStorage) | undefined
  readonly pageRows: number
}

export function openHub({ random, tick, wrap, pageRows }: HubOptions): Hub {
  const folder = mkdtempSync(join(fastFolder(), 'farfield-sim-'))
  const path = join(folder, 'hub.db')
  const copy = join(folder, 'copy.db')
  const file = { path, nativeBinding: process.env['FARFIELD_SQLITE_ADDON'] }
  const open = (): HubStorage => {
    const storage = openSqliteStorage({ ...file, random })
    return wrap?.(storage) ?? storage
  }
  let storage = open()
  const { workspace } = storage
  let copied = false

  async function push(device: string, body: string): Promise<HubReply> {
    const input = JSON.parse(body) as PushRequest
    const rows = input.rows.map((row): StoredRow | string => {
      const text = JSON.stringify(row.body)
      return Buffer.byteLength(text) > DOCUMENT_BYTES ? row.id : { id: row.id, h: row.h, base: row.base, body: text }
    })
    const pushed = done(
      await storage.push({
        workspace,
        device,
        collection: input.collection,
        rows: rows.filter(row => typeof row !== 'string'),
        conflictBytes: LIMITS.requestBytes,
      }),
    )
    if (pushed.written !== undefined) tick()
    const stored = pushed.answers.values()
    const answers = rows.map(row =>
      typeof row === 'string' ? { id: row, result: 'rejected', code: 'tooLarge' } : writeAnswer(stored.next().value),
    )
    return reply({ epoch: pushed.epoch, answers })
  }

  async function changes(query: URLSearchParams): Promise<HubReply> {
    const page = done(
      await storage.changes({
        workspace,
        collection: query.get('collection') as CollectionName,
        since: { epoch: query.get('epoch') ?? '', seq: Number(query.get('since') ?? 0) },
        rows: Math.min(Number(query.get('limit') ?? 1000), pageRows),
        bytes: LIMITS.requestBytes,
      }),
    )
    const { documents, checkpoint, more } = page
    return reply({ documents: documents.map(writeDocument), checkpoint, more })
  }

  return {
    workspace,
    async handle(device, { method, path: address, body }) {
      const url = new URL(address, 'https://hub')
      if (method === 'POST') return push(device, body ?? '')
      if (url.pathname.endsWith('/changes')) return changes(url.searchParams)
      return reply(done(await storage.digest(workspace)))
    },
    async documents(collection) {
      const all: StoredDocument[] = []
      let since: { epoch: string; seq: number } | undefined
      for (;;) {
        const page = done(await storage.changes({ workspace, collection, since, rows: 1_000, bytes: 1e9 }))
        all.push(...page.documents)
        if (!page.more) return all
        since = page.checkpoint
      }
    },
    digests: async () => done(await storage.digest(workspace)),
    async restart() {
      await storage.close()
      storage = open()
    },
    async backUp(official) {
      await storage.close()
      if (copied) rmSync(copy)
      if (official) backUp(file, copy, random)
      else copyFileSync(path, copy)
      copied = true
      storage = open()
    },
    async restore() {
      if (!copied) return false
      await storage.close()
      for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true })
      copyFileSync(copy, path)
      storage = open()
      return true
    },
    async close() {
      await storage.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function reply(body: unknown): HubReply {
  return { status: 200, retryAfter: null, body: JSON.stringify(body) }
}

function writeDocument({ id, h, body }: StoredDocument) {
  return { id, h, body: JSON.parse(body) as unknown }
}

function writeAnswer(answer: StoredAnswer | undefined): unknown {
  if (answer === undefined) throw new Error('the storage gave fewer answers than it was given rows')
  if (answer.result !== 'conflict') return answer
  return { ...answer, current: answer.current === null ? null : writeDocument(answer.current) }
}

/** In memory where the system offers it: the hub waits for the disk with every push. */
function fastFolder(): string {
  return process.platform === 'linux' ? '/dev/shm' : tmpdir()
}
