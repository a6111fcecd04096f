/**
 * HubStorage over a PostgreSQL database, which several hub processes may share: nothing that has to hold for all of them is
 * kept in memory here. It never parses a body.
 */
import { indexOf, writeDigests } from './digests.ts'
import { attempt, connectToPostgres, type PostgresAddress, type PostgresConnection } from './postgres-connection.ts'
import { createPostgresDevices } from './postgres-devices.ts'
import { createPostgresPushes } from './postgres-push.ts'
import { base64url, noticeRestore, prepareDatabase, renewEpochs } from './postgres-schema.ts'
import type { ChangesRequest, HubStorage, Page, StoredDocument } from './storage.ts'

export interface PostgresStorageOptions extends PostgresAddress {
  readonly random: (bytes: number) => Uint8Array
  /** Pushes are answered `full` once the database is this large; looked at every few seconds. */
  readonly maxBytes?: number | undefined
}

/** Rejects with a sentence when the database cannot be reached or is not of a version this program knows. */
export async function openPostgresStorage(options: PostgresStorageOptions): Promise<HubStorage> {
  const { random } = options
  const connection = await connectToPostgres(options, async (run, isNew) => {
    if (isNew) await prepareDatabase(run, random)
    await noticeRestore(run, random)
  })
  const [first] = await connection.run<{ id: string }>(FIRST_WORKSPACE)
  if (first === undefined) throw new Error('the database has no workspace')
  const { push } = createPostgresPushes(connection, createQuota(connection, options.maxBytes))

  return {
    workspace: first.id,
    push,
    changes: async request => attempt(() => readPage(connection, request, random)),
    digest: async id =>
      attempt(async () => {
        const { rid, epoch } = await findWorkspace(connection, id)
        return { epoch, digests: writeDigests(await connection.run(FIND_DIGESTS, rid)) }
      }),
    renewEpochs: async () => attempt(() => connection.transact(run => renewEpochs(run, random))),
    ...createPostgresDevices(connection),
    onElsewhere: connection.onElsewhere,
    close: connection.close,
  }
}

interface Workspace {
  readonly rid: number
  readonly epoch: string
  readonly seq: number
}

/** Callers have checked the device's workspace, and workspaces are never deleted: not finding one is a bug. */
async function findWorkspace({ run }: Pick<PostgresConnection, 'run'>, id: string): Promise<Workspace> {
  const [found] = await run<Workspace>(FIND_WORKSPACE, id)
  if (found === undefined) throw new Error('the workspace is gone')
  return found
}

async function readPage(
  connection: PostgresConnection,
  request: ChangesRequest,
  random: (bytes: number) => Uint8Array,
): Promise<Page> {
  const { rid, seq: last, ...found } = await findWorkspace(connection, request.workspace)
  let { epoch } = found
  const ours = request.since?.epoch === epoch ? request.since.seq : 0
  // Somebody saw numbers we never gave: this is an older copy of the database. Every reader has to start again (P5).
  const restored = ours > last
  if (restored) {
    await connection.run(RENEW_IF, rid, epoch, base64url(random(16)), ours)
    epoch = (await findWorkspace(connection, request.workspace)).epoch
  }
  let seq = restored ? 0 : ours
  const collection = indexOf(request.collection)
  const rows = await connection.run<StoredDocument & { seq: number; found: number }>(
    READ_PAGE,
    rid,
    collection,
    seq,
    request.rows,
    request.bytes,
  )
  const documents = rows.map(({ id, h, body }) => ({ id, h, body }))
  seq = rows.at(-1)?.seq ?? seq
  return { documents, checkpoint: { epoch, seq }, more: (rows[0]?.found ?? 0) > rows.length, restored }
}

const QUOTA_MS = 5_000

function createQuota({ run }: PostgresConnection, maxBytes: number | undefined): () => Promise<boolean> {
  let known = { full: false, at: -Infinity }
  return async () => {
    if (maxBytes === undefined) return false
    if (performance.now() - known.at > QUOTA_MS) {
      const [{ bytes } = { bytes: 0 }] = await run<{ bytes: number }>(DATABASE_SIZE)
      known = { full: bytes >= maxBytes, at: performance.now() }
    }
    return known.full
  }
}

const FIRST_WORKSPACE = { name: 'first-workspace', text: 'SELECT id FROM farfield.workspace ORDER BY rid LIMIT 1' }
const FIND_WORKSPACE = { name: 'find-workspace', text: 'SELECT rid, epoch, seq FROM farfield.workspace WHERE id = $1' }
const FIND_DIGESTS = {
  name: 'all-digests',
  text: 'SELECT collection, count, sum FROM farfield.digest WHERE workspace = $1',
}
const RENEW_IF = {
  name: 'renew-if',
  text: 'UPDATE farfield.workspace SET epoch = $3 WHERE rid = $1 AND epoch = $2 AND seq < $4',
}
/** Bodies are added up before they are fetched, so that a page of large ones never leaves the database. */
const READ_PAGE = {
  name: 'read-page',
  text: `SELECT id, seq, h, body, found FROM (
      SELECT id, seq, h, body, row_number() OVER (ORDER BY seq) AS place, count(*) OVER () AS found,
        sum(octet_length(body)) OVER (ORDER BY seq) AS bytes
      FROM (
        SELECT id, seq, h, body FROM farfield.doc WHERE workspace = $1 AND collection = $2 AND seq > $3
        ORDER BY seq LIMIT $4::bigint + 1
      ) AS next
    ) AS page
    WHERE place <= $4::bigint AND (bytes <= $5 OR place = 1) ORDER BY seq`,
}
const DATABASE_SIZE = { name: 'database-size', text: 'SELECT pg_database_size(current_database()) AS bytes' }
