/**
 * HubStorage over one plain SQLite file in WAL mode. Every push is one transaction that takes the write lock first, so
 * sequence numbers are handed out in commit order; the digest is kept in the same transaction. It never parses a body.
 */
import type Database from 'better-sqlite3-multiple-ciphers'
import { addToSum, EMPTY_SUM, indexOf, writeDigests } from './digests.ts'
import { createSqliteDevices } from './sqlite-devices.ts'
import { openSqliteFile, renewEpochs, type SqliteFile } from './sqlite-schema.ts'
import type { HubStorage, Outcome, StorageFault, StoredAnswer, StoredDocument } from './storage.ts'

export interface SqliteStorageOptions extends SqliteFile {
  readonly random: (bytes: number) => Uint8Array
}

export function openSqliteStorage({ random, ...file }: SqliteStorageOptions): HubStorage {
  const database = openSqliteFile(file)
  const workspaces = database.prepare<[string], Workspace>('SELECT rid, epoch, seq FROM workspace WHERE id = ?')
  const push = preparePush(database, id => findWorkspace(workspaces, id))
  const changes = prepareChanges(database, () => base64url(random(16)))
  const digests = database.prepare<[number], { collection: number; count: number; sum: Uint8Array }>(
    'SELECT collection, count, sum FROM digest WHERE workspace = ?',
  )

  return {
    workspace: firstWorkspace(database, random),
    push: async request => attempt(() => push.immediate(request)),
    changes: async request => attempt(() => changes(findWorkspace(workspaces, request.workspace), request)),
    digest: async id =>
      attempt(() => {
        const workspace = findWorkspace(workspaces, id)
        return { epoch: workspace.epoch, digests: writeDigests(digests.all(workspace.rid)) }
      }),
    renewEpochs: async () => attempt(() => renewEpochs(database, random)),
    ...createSqliteDevices(database, attempt),
    // One process serves a file; the administrative commands beside it write no documents.
    onElsewhere: () => () => undefined,
    close: async () => {
      database.close()
    },
  }
}

interface Workspace {
  readonly rid: number
  readonly epoch: string
  readonly seq: number
}

interface Current {
  readonly rid: number
  readonly seq: number
  readonly h: string
  readonly size: number
}

function preparePush(database: Database.Database, lookUp: (id: string) => Workspace) {
  const find = database.prepare<[number, number, string], Current>(
    'SELECT rid, seq, h, octet_length(body) AS size FROM doc WHERE workspace = ? AND collection = ? AND id = ?',
  )
  const read = database.prepare<[number], StoredDocument>('SELECT id, h, body FROM doc WHERE rid = ?')
  const insert = database.prepare<[number, number, string, number, string, string, string]>(
    'INSERT INTO doc (workspace, collection, id, seq, h, device, body) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  const update = database.prepare<[number, string, string, string, number]>(
    'UPDATE doc SET seq = ?, h = ?, device = ?, body = ? WHERE rid = ?',
  )
  const setSeq = database.prepare<[number, number]>('UPDATE workspace SET seq = ? WHERE rid = ?')
  const readDigest = database.prepare<[number, number], { count: number; sum: Uint8Array }>(
    'SELECT count, sum FROM digest WHERE workspace = ? AND collection = ?',
  )
  const setDigest = database.prepare<[number, number, number, Uint8Array]>(
    'INSERT OR REPLACE INTO digest (workspace, collection, count, sum) VALUES (?, ?, ?, ?)',
  )

  return database.transaction((request: Parameters<HubStorage['push']>[0]) => {
    const workspace = lookUp(request.workspace)
    const collection = indexOf(request.collection)
    const known = readDigest.get(workspace.rid, collection)
    const sum = Buffer.from(known?.sum ?? EMPTY_SUM)
    let count = known?.count ?? 0
    let seq = workspace.seq
    let conflictBytes = 0
    const answers = request.rows.map((row): StoredAnswer => {
      const current = find.get(workspace.rid, collection, row.id)
      if (current?.h === row.h) return { id: row.id, result: 'dup', seq: current.seq }
      if ((current?.h ?? null) !== row.base) {
        if (current === undefined) return { id: row.id, result: 'conflict', current: null }
        conflictBytes += current.size
        if (conflictBytes > request.conflictBytes && request.rows.length > 1) throw new AnswerTooLarge()
        return { id: row.id, result: 'conflict', current: read.get(current.rid) ?? null }
      }
      seq += 1
      if (current === undefined) {
        insert.run(workspace.rid, collection, row.id, seq, row.h, request.device, row.body)
        count += 1
      } else {
        update.run(seq, row.h, request.device, row.body, current.rid)
        addToSum(sum, current.h)
      }
      addToSum(sum, row.h)
      return { id: row.id, result: 'ok', seq }
    })
    const written = seq === workspace.seq ? undefined : seq
    if (written !== undefined) {
      setSeq.run(seq, workspace.rid)
      setDigest.run(workspace.rid, collection, count, sum)
    }
    return { epoch: workspace.epoch, answers, written }
  })
}

function prepareChanges(database: Database.Database, makeEpoch: () => string) {
  const select = database.prepare<[number, number, number, number], StoredDocument & { seq: number }>(
    'SELECT id, seq, h, body FROM doc WHERE workspace = ? AND collection = ? AND seq > ? ORDER BY seq LIMIT ?',
  )
  const setEpoch = database.prepare<[string, number]>('UPDATE workspace SET epoch = ? WHERE rid = ?')

  return (found: Workspace, request: Parameters<HubStorage['changes']>[0]) => {
    let epoch = found.epoch
    const ours = request.since?.epoch === epoch ? request.since.seq : 0
    // Somebody saw numbers we never gave: this is an older copy of the database. Every reader has to start again (P5).
    const restored = ours > found.seq
    if (restored) {
      epoch = makeEpoch()
      setEpoch.run(epoch, found.rid)
    }
    let seq = restored ? 0 : ours
    const documents: StoredDocument[] = []
    let bytes = 0
    let more = false
    for (const { id, h, body, seq: at } of select.iterate(
      found.rid,
      indexOf(request.collection),
      seq,
      request.rows + 1,
    )) {
      bytes += Buffer.byteLength(body)
      more = documents.length === request.rows || (bytes > request.bytes && documents.length > 0)
      if (more) break
      documents.push({ id, h, body })
      seq = at
    }
    return { documents, checkpoint: { epoch, seq }, more, restored }
  }
}

/** Callers have checked the device's workspace, and workspaces are never deleted: not finding one is a bug. */
function findWorkspace(statement: Database.Statement<[string], Workspace>, id: string): Workspace {
  const workspace = statement.get(id)
  if (workspace === undefined) throw new Error('the workspace is gone')
  return workspace
}

function firstWorkspace(database: Database.Database, random: (bytes: number) => Uint8Array): string {
  return database
    .transaction(() => {
      const known = database.prepare<[], { id: string }>('SELECT id FROM workspace ORDER BY rid LIMIT 1').get()
      if (known !== undefined) return known.id
      const id = base64url(random(16))
      database
        .prepare('INSERT INTO workspace (id, epoch, seq, hashKey) VALUES (?, ?, 0, ?)')
        .run(id, base64url(random(16)), base64url(random(32)))
      return id
    })
    .immediate()
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

class AnswerTooLarge extends Error {}

/** Turns what a database does on a bad day into data; anything else is a bug and is thrown on. */
function attempt<T>(work: () => T): Outcome<T> {
  try {
    return { ok: true, value: work() }
  } catch (error) {
    const fault = faultOf(error)
    if (fault === undefined) throw error
    return { ok: false, fault }
  }
}

function faultOf(error: unknown): StorageFault | undefined {
  if (error instanceof AnswerTooLarge) return 'tooLarge'
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  if (error.code.startsWith('SQLITE_FULL')) return 'full'
  if (error.code.startsWith('SQLITE_BUSY')) return 'busy'
  return undefined
}
