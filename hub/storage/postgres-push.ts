/**
 * Compare-and-set on PostgreSQL. Pushes of a workspace that come together share one transaction, which takes the
 * workspace's row lock first: sequence numbers are handed out in commit order across all hub processes. Each push is still
 * kept whole or not at all.
 */
import { addToSum, EMPTY_SUM, indexOf } from './digests.ts'
import { attempt, type PostgresConnection, type Run } from './postgres-connection.ts'
import type { HubStorage, Outcome, Pushed, StoredAnswer, StoredRow } from './storage.ts'

type Request = Parameters<HubStorage['push']>[0]

/** Rows and bytes that one transaction takes at most, unless a single push is larger. */
const GROUP_ROWS = 1_000
const GROUP_BYTES = 16 * 1024 * 1024

export interface PostgresPushes {
  push(request: Request): Promise<Outcome<Pushed>>
}

export function createPostgresPushes(
  connection: Pick<PostgresConnection, 'transact' | 'announce'>,
  isFull: () => Promise<boolean>,
): PostgresPushes {
  const waiting = new Map<string, Waiting[]>()

  async function drain(workspace: string, queue: Waiting[]): Promise<void> {
    while (queue.length > 0) {
      const group = takeGroup(queue)
      const requests = group.map(({ request }) => request)
      try {
        const outcome = await attempt(async () =>
          (await isFull()) ? undefined : connection.transact(run => pushAll(run, workspace, requests)),
        )
        for (const [index, { resolve }] of group.entries()) {
          if (!outcome.ok) resolve(outcome)
          else resolve(outcome.value?.[index] ?? { ok: false, fault: 'full' })
        }
        if (outcome.ok && outcome.value?.some(each => each.ok && each.value.written !== undefined) === true)
          connection.announce(workspace)
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    waiting.delete(workspace)
  }

  return {
    push: request =>
      new Promise((resolve, reject) => {
        const queue = waiting.get(request.workspace)
        if (queue !== undefined) {
          queue.push({ request, resolve, reject })
          return
        }
        const fresh = [{ request, resolve, reject }]
        waiting.set(request.workspace, fresh)
        void drain(request.workspace, fresh)
      }),
  }
}

interface Waiting {
  readonly request: Request
  readonly resolve: (outcome: Outcome<Pushed>) => void
  readonly reject: (error: unknown) => void
}

function takeGroup(queue: Waiting[]): readonly Waiting[] {
  let rows = 0
  let bytes = 0
  let count = 0
  for (const { request } of queue) {
    rows += request.rows.length
    for (const { body } of request.rows) bytes += body.length
    if (count > 0 && (rows > GROUP_ROWS || bytes > GROUP_BYTES)) break
    count += 1
  }
  return queue.splice(0, count)
}

/** What a document is at this point of the transaction; `row` once it was written in it. */
interface Current {
  readonly seq: number
  readonly h: string
  readonly size: number
  readonly row?: StoredRow
  readonly device?: string
}

interface Position {
  readonly seq: number
  /** By collection and id. */
  readonly documents: ReadonlyMap<string, Current>
  readonly digests: ReadonlyMap<number, { readonly count: number; readonly sum: Uint8Array }>
}

async function pushAll(run: Run, id: string, requests: readonly Request[]): Promise<readonly Outcome<Pushed>[]> {
  const [workspace] = await run<{ rid: number; epoch: string; seq: number }>(LOCK_WORKSPACE, id)
  if (workspace === undefined) throw new Error('the workspace is gone')
  const asked = requests.flatMap(({ collection, rows }) =>
    rows.map(row => ({ collection: indexOf(collection), id: row.id })),
  )
  // Only now: a statement sees what was committed before it began, and others may have written while this one waited.
  const known = await run<Current & { collection: number; id: string }>(
    FIND_DOCUMENTS,
    workspace.rid,
    ...columns(asked),
  )
  const digests = await run<{ collection: number; count: number; sum: Uint8Array }>(FIND_DIGESTS, workspace.rid)
  let position: Position = {
    seq: workspace.seq,
    documents: new Map(known.map(({ collection, id: document, ...rest }) => [`${collection} ${document}`, rest])),
    digests: new Map(digests.map(each => [each.collection, each])),
  }
  const outcomes: Outcome<Pushed>[] = []
  const unread: { collection: number; id: string; put: (body: string) => void }[] = []
  for (const request of requests) {
    const decided = decide(position, request)
    if (decided === undefined) {
      outcomes.push({ ok: false, fault: 'tooLarge' })
      continue
    }
    const written = decided.position.seq === position.seq ? undefined : decided.position.seq
    position = decided.position
    unread.push(...decided.unread)
    outcomes.push({ ok: true, value: { epoch: workspace.epoch, answers: decided.answers, written } })
  }
  if (unread.length > 0) {
    const bodies = await run<{ collection: number; id: string; body: string }>(
      READ_BODIES,
      workspace.rid,
      ...columns(unread),
    )
    const found = new Map(bodies.map(each => [`${each.collection} ${each.id}`, each.body]))
    for (const { collection, id: document, put } of unread) put(found.get(`${collection} ${document}`) ?? '')
  }
  if (position.seq > workspace.seq) await write(run, workspace.rid, position)
  return outcomes
}

/** Undefined when its conflicts are too large to answer with; the position is then as it was. */
function decide(before: Position, request: Request) {
  const collection = indexOf(request.collection)
  const documents = new Map(before.documents)
  const digest = before.digests.get(collection)
  const sum = Buffer.from(digest?.sum ?? EMPTY_SUM)
  let { seq } = before
  let count = digest?.count ?? 0
  let conflictBytes = 0
  const answers: StoredAnswer[] = []
  const unread: { collection: number; id: string; put: (body: string) => void }[] = []
  for (const row of request.rows) {
    const key = `${collection} ${row.id}`
    const current = documents.get(key)
    if (current?.h === row.h) {
      answers.push({ id: row.id, result: 'dup', seq: current.seq })
    } else if ((current?.h ?? null) === row.base) {
      seq += 1
      if (current === undefined) count += 1
      else addToSum(sum, current.h)
      addToSum(sum, row.h)
      documents.set(key, { seq, h: row.h, size: Buffer.byteLength(row.body), row, device: request.device })
      answers.push({ id: row.id, result: 'ok', seq })
    } else if (current === undefined) {
      answers.push({ id: row.id, result: 'conflict', current: null })
    } else {
      conflictBytes += current.size
      if (conflictBytes > request.conflictBytes && request.rows.length > 1) return undefined
      const held = { id: row.id, h: current.h, body: current.row?.body ?? '' }
      answers.push({ id: row.id, result: 'conflict', current: held })
      if (current.row === undefined) unread.push({ collection, id: row.id, put: body => void (held.body = body) })
    }
  }
  const digests = new Map(before.digests).set(collection, { count, sum })
  return { answers, unread, position: { seq, documents, digests } }
}

async function write(run: Run, workspace: number, { seq, documents, digests }: Position): Promise<void> {
  const rows = [...documents].flatMap(([key, { row, device, seq: at }]) =>
    row === undefined ? [] : [{ ...row, device, at, collection: Number(key.slice(0, key.indexOf(' '))) }],
  )
  await run(
    WRITE_DOCUMENTS,
    workspace,
    ...columns(rows),
    rows.map(row => row.at),
    rows.map(row => row.h),
    rows.map(row => row.device),
    rows.map(row => row.body),
    seq,
  )
  const sums = [...digests]
  await run(
    WRITE_DIGESTS,
    workspace,
    sums.map(([collection]) => collection),
    sums.map(([, { count }]) => count),
    sums.map(([, { sum }]) => Buffer.from(sum).toString('hex')),
  )
}

function columns(rows: readonly { readonly collection: number; readonly id: string }[]): readonly unknown[] {
  return [rows.map(({ collection }) => collection), rows.map(({ id }) => id)]
}

const LOCK_WORKSPACE = {
  name: 'lock-workspace',
  text: 'SELECT rid, epoch, seq FROM farfield.workspace WHERE id = $1 FOR UPDATE',
}
const ASKED = `(SELECT DISTINCT collection, id FROM unnest($2::smallint[], $3::text[]) AS row (collection, id)) AS asked
  JOIN farfield.doc AS doc ON doc.workspace = $1 AND doc.collection = asked.collection AND doc.id = asked.id`
const FIND_DOCUMENTS = {
  name: 'find-documents',
  text: `SELECT doc.collection, doc.id, doc.seq, doc.h, octet_length(doc.body) AS size FROM ${ASKED}`,
}
const READ_BODIES = { name: 'read-bodies', text: `SELECT doc.collection, doc.id, doc.body FROM ${ASKED}` }
const FIND_DIGESTS = {
  name: 'find-digests',
  text: 'SELECT collection, count, sum FROM farfield.digest WHERE workspace = $1',
}
const WRITE_DOCUMENTS = {
  name: 'write-documents',
  text: `WITH document AS (
      INSERT INTO farfield.doc (workspace, collection, id, seq, h, device, body)
      SELECT $1, row.* FROM unnest($2::smallint[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[]) AS row
      ON CONFLICT (workspace, collection, id) DO UPDATE
      SET seq = excluded.seq, h = excluded.h, device = excluded.device, body = excluded.body
    )
    UPDATE farfield.workspace SET seq = $8 WHERE rid = $1`,
}
const WRITE_DIGESTS = {
  name: 'write-digests',
  text: `INSERT INTO farfield.digest (workspace, collection, count, sum)
    SELECT $1, row.collection, row.count, decode(row.sum, 'hex')
    FROM unnest($2::smallint[], $3::bigint[], $4::text[]) AS row (collection, count, sum)
    ON CONFLICT (workspace, collection) DO UPDATE SET count = excluded.count, sum = excluded.sum`,
}
