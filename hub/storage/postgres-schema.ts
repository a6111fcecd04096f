/**
 * Brings the tables of a PostgreSQL database into shape, and notices that it was restored from a copy. Nothing else creates
 * or alters tables. Several hub processes may start at once: one does it, the others wait.
 */
import type { Run } from './postgres-connection.ts'

export const OLDEST_SERVER = 13

/** Each is run once, in order. Steps that were released are never changed. */
const STEPS = [
  `
CREATE TABLE farfield.workspace (
  rid integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id text NOT NULL UNIQUE, epoch text NOT NULL,
  seq bigint NOT NULL, hash_key text NOT NULL
);
CREATE TABLE farfield.doc (
  workspace integer NOT NULL REFERENCES farfield.workspace, collection smallint NOT NULL,
  id text COLLATE "C" NOT NULL, seq bigint NOT NULL, h text COLLATE "C" NOT NULL, device text NOT NULL, body text NOT NULL,
  PRIMARY KEY (workspace, collection, id)
);
CREATE UNIQUE INDEX doc_by_seq ON farfield.doc (workspace, collection, seq);
CREATE TABLE farfield.digest (
  workspace integer NOT NULL REFERENCES farfield.workspace, collection smallint NOT NULL, count bigint NOT NULL,
  sum bytea NOT NULL, PRIMARY KEY (workspace, collection)
);
CREATE TABLE farfield.device (
  id text PRIMARY KEY, workspace integer NOT NULL REFERENCES farfield.workspace, name text NOT NULL,
  paired_at bigint NOT NULL, seen_at bigint NOT NULL
);
CREATE TABLE farfield.token (hash bytea PRIMARY KEY, device text NOT NULL UNIQUE REFERENCES farfield.device);
CREATE TABLE farfield.invite (
  hash bytea PRIMARY KEY, workspace integer NOT NULL REFERENCES farfield.workspace, expires_at bigint NOT NULL
);
CREATE TABLE farfield.setting (name text PRIMARY KEY, value text NOT NULL);
`,
] as const

const LOCK = {
  name: 'lock',
  // One number for all of Farfield's hubs; held until the transaction ends.
  text: 'SELECT pg_advisory_xact_lock(1717660005)',
}

/** Rejects with a sentence when the server or the database is of a version this program does not know. */
export async function prepareDatabase(run: Run, random: (bytes: number) => Uint8Array): Promise<void> {
  const [server] = await run<{ version: number }>({
    name: 'version',
    text: "SELECT current_setting('server_version_num')::int / 10000 AS version",
  })
  if ((server?.version ?? 0) < OLDEST_SERVER)
    throw new Error(`this database is PostgreSQL ${server?.version}; the hub needs ${OLDEST_SERVER} or newer`)
  await all(run, async () => {
    await run(LOCK)
    const version = await readVersion(run)
    if (version > STEPS.length)
      throw new Error(`this hub's database is of version ${version}; this program knows ${STEPS.length}`)
    if (version === 0) {
      await plain(run, 'CREATE SCHEMA IF NOT EXISTS farfield')
      await plain(run, 'CREATE TABLE farfield.step (number integer PRIMARY KEY)')
    }
    for (const [index, step] of STEPS.entries()) {
      if (index < version) continue
      for (const statement of step.split(';\n').filter(text => text.trim() !== '')) await plain(run, statement)
      await plain(run, 'INSERT INTO farfield.step VALUES ($1)', index + 1)
    }
    await plain(
      run,
      'INSERT INTO farfield.workspace (id, epoch, seq, hash_key) SELECT $1, $2, 0, $3 ' +
        'WHERE NOT EXISTS (SELECT FROM farfield.workspace)',
      base64url(random(16)),
      base64url(random(16)),
      base64url(random(32)),
    )
  })
}

/**
 * A database that was dumped and restored, copied, or brought back to an earlier moment is not the one that was here before:
 * every reader has to start again (rule P5). PostgreSQL names each cluster, timeline, database and table with a number.
 */
export async function noticeRestore(run: Run, random: (bytes: number) => Uint8Array): Promise<void> {
  const identity = await readIdentity(run)
  if ((await readKnown(run)) === identity) return
  await all(run, async () => {
    await run(LOCK)
    const known = await readKnown(run)
    if (known === identity) return
    if (known !== undefined) await renewEpochs(run, random)
    await plain(
      run,
      "INSERT INTO farfield.setting VALUES ('identity', $1) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      identity,
    )
  })
}

export async function renewEpochs(run: Run, random: (bytes: number) => Uint8Array): Promise<void> {
  for (const { rid } of await run<{ rid: number }>({ name: 'workspaces', text: 'SELECT rid FROM farfield.workspace' }))
    await run(
      { name: 'renew', text: 'UPDATE farfield.workspace SET epoch = $2 WHERE rid = $1' },
      rid,
      base64url(random(16)),
    )
}

async function readVersion(run: Run): Promise<number> {
  const [table] = await run<{ there: boolean }>({
    name: 'steps',
    text: "SELECT to_regclass('farfield.step') IS NOT NULL AS there",
  })
  if (table?.there !== true) return 0
  const [step] = await run<{ number: number }>({
    name: 'step',
    text: 'SELECT coalesce(max(number), 0) AS number FROM farfield.step',
  })
  return step?.number ?? 0
}

async function readKnown(run: Run): Promise<string | undefined> {
  const [known] = await run<{ value: string }>({
    name: 'identity-known',
    text: "SELECT value FROM farfield.setting WHERE name = 'identity'",
  })
  return known?.value
}

async function readIdentity(run: Run): Promise<string> {
  const [here] = await run<{ place: string; mayAsk: boolean }>({
    name: 'identity-here',
    text: `SELECT concat_ws(' ', substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8), database.oid,
      'farfield.doc'::regclass::oid) AS place, has_function_privilege('pg_control_system()', 'execute') AS "mayAsk"
      FROM pg_database AS database WHERE database.datname = current_database()`,
  })
  if (here?.mayAsk !== true) return here?.place ?? ''
  const [cluster] = await run<{ id: string }>({
    name: 'identity-cluster',
    text: 'SELECT system_identifier::text AS id FROM pg_control_system()',
  })
  return `${here.place} ${cluster?.id ?? ''}`
}

/** Statements that are not worth preparing. */
function plain(run: Run, text: string, ...values: readonly unknown[]): Promise<readonly object[]> {
  return run({ name: '', text }, ...values)
}

/** As `transact`, on a connection of one's own. */
async function all(run: Run, work: () => Promise<void>): Promise<void> {
  await plain(run, 'BEGIN')
  try {
    await work()
    await plain(run, 'COMMIT')
  } catch (error) {
    // The first error says more than one of undoing, and the connection is closed after either.
    await plain(run, 'ROLLBACK').catch(() => undefined)
    throw error
  }
}

export function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
