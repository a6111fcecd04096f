/**
 * The hub's way to a PostgreSQL server: a pool for requests, and one connection that listens for other hub processes and
 * tells whether the database is there at all. What goes wrong becomes a StorageFault; a password must never become text.
 */
import { randomUUID } from 'node:crypto'
import { Client, DatabaseError, Pool, TypeOverrides, type ClientConfig } from 'pg'
import type { Outcome, StorageFault } from './storage.ts'

/** One statement; `name` lets a connection prepare it once. Rows as objects, whole numbers as numbers. */
export type Run = <R extends object>(statement: Statement, ...values: readonly unknown[]) => Promise<readonly R[]>
export interface Statement {
  readonly name: string
  readonly text: string
}

export interface PostgresConnection {
  /** One statement on any connection. */
  readonly run: Run
  /** All or nothing. What `work` throws undoes it. */
  transact<T>(work: (run: Run) => Promise<T>): Promise<T>
  /** Tells the other processes that a workspace was written to; many calls close together are one notice. */
  announce(workspace: string): void
  /** See HubStorage. */
  onElsewhere(listener: (workspace: string | undefined) => void): () => void
  close(): Promise<void>
}

export interface PostgresAddress {
  /** postgresql://user:password@host:port/database, with sslmode, sslrootcert, sslcert, sslkey; or ?host=/socket/folder. */
  readonly url: string
  /** Takes a sentence when the database goes and when it is back. */
  readonly report: (sentence: string) => void
}

/** Thrown out of `run` and `transact` when the database cannot be asked. */
export class DatabaseAway extends Error {
  override readonly name = 'DatabaseAway'
}

const CHANNEL = 'farfield_tick'
const CONNECTIONS = 10
/** How often the listening connection is asked whether it still lives, and `check` is repeated. */
const PULSE_MS = 10_000
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 5_000

/** `check` runs on each new listening connection before anything else, and with every pulse. Rejects with a sentence. */
export async function connectToPostgres(
  address: PostgresAddress,
  check: (run: Run, isNew: boolean) => Promise<void>,
): Promise<PostgresConnection> {
  const { config, where } = readAddress(address.url)
  const pool = new Pool({ ...config, max: CONNECTIONS })
  // A connection that breaks is only dropped, idle or lent out: the statement on it rejects, and the listening connection
  // tells what it means. Without a listener either would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', client => client.on('error', () => undefined))
  const self = randomUUID()
  const listeners = new Set<(workspace: string | undefined) => void>()
  const announced = new Map<string, { again: boolean }>()
  let watcher: Client | undefined
  let timer: NodeJS.Timeout | undefined
  let closed = false

  async function watch(): Promise<void> {
    const client = new Client(config)
    client.on('error', error => lose(client, error))
    client.on('end', () => lose(client, new DatabaseAway('the connection ended')))
    client.on('notification', ({ payload = '' }) => {
      const [from, workspace] = payload.split(' ')
      if (from !== self) for (const tell of listeners) tell(workspace)
    })
    try {
      await client.connect()
      await check(runOn(client), true)
      await client.query(`LISTEN ${CHANNEL}`)
    } catch (error) {
      await client.end().catch(() => undefined)
      throw error
    }
    if (closed) {
      await client.end()
      return
    }
    watcher = client
    timer = setTimeout(() => void pulse(client), PULSE_MS)
    for (const tell of listeners) tell(undefined)
  }

  async function pulse(client: Client): Promise<void> {
    try {
      await check(runOn(client), false)
    } catch (error) {
      lose(client, error)
      return
    }
    if (watcher === client) timer = setTimeout(() => void pulse(client), PULSE_MS)
  }

  function lose(client: Client, error: unknown): void {
    if (watcher !== client) return
    watcher = undefined
    clearTimeout(timer)
    client.end().catch(() => undefined)
    if (closed) return
    address.report(`the database is away: ${sayWhy(error)}`)
    retry(0)
  }

  function retry(wait: number): void {
    timer = setTimeout(() => {
      watch().then(
        () => {
          if (!closed) address.report('the database is back')
        },
        () => {
          if (!closed) retry(Math.min(LAST_RETRY_MS, Math.max(FIRST_RETRY_MS, wait * 2)))
        },
      )
    }, wait)
  }

  async function borrow(): Promise<{ run: Run; end(error?: unknown): void }> {
    // Without the listening connection nobody would notice that the database was replaced (rule P5).
    if (watcher === undefined) throw new DatabaseAway('not connected')
    let client
    try {
      client = await pool.connect()
    } catch (error) {
      throw toAway(error)
    }
    return {
      run: runOn(client),
      // What the server has answered leaves a connection usable; anything else does not.
      end: (error?: unknown) => client.release(error !== undefined && !(error instanceof DatabaseError)),
    }
  }

  async function run<R extends object>(statement: Statement, ...values: readonly unknown[]): Promise<readonly R[]> {
    const { run: ask, end } = await borrow()
    try {
      const rows = await ask<R>(statement, ...values)
      end()
      return rows
    } catch (error) {
      end(error)
      throw error
    }
  }

  async function transact<T>(work: (run: Run) => Promise<T>): Promise<T> {
    const { run: ask, end } = await borrow()
    try {
      await ask(BEGIN)
      const result = await work(ask)
      await ask(COMMIT)
      end()
      return result
    } catch (error) {
      // Without an answer the connection is thrown away, which undoes the transaction as well.
      const undone =
        error instanceof DatabaseAway
          ? error
          : await ask(ROLLBACK).then(
              () => undefined,
              keep => keep as unknown,
            )
      end(undone)
      throw error
    }
  }

  function announce(workspace: string): void {
    const known = announced.get(workspace)
    if (known !== undefined) {
      known.again = true
      return
    }
    const state = { again: false }
    announced.set(workspace, state)
    void run(NOTIFY, CHANNEL, `${self} ${workspace}`)
      // A notice that is lost is made up for by the laptops' own watchdogs.
      .catch((error: unknown) => address.report(`other hub processes were not told of a change: ${sayWhy(error)}`))
      .finally(() => {
        announced.delete(workspace)
        if (state.again && !closed) announce(workspace)
      })
  }

  try {
    await watch()
  } catch (error) {
    await pool.end()
    throw new Error(sayProblem(error, where), { cause: error })
  }
  return {
    run,
    transact,
    announce,
    onElsewhere(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      closed = true
      clearTimeout(timer)
      const last = watcher
      watcher = undefined
      await last?.end()
      await pool.end()
    },
  }
}

const BEGIN = { name: 'begin', text: 'BEGIN' }
const COMMIT = { name: 'commit', text: 'COMMIT' }
const ROLLBACK = { name: 'rollback', text: 'ROLLBACK' }
const NOTIFY = { name: 'notify', text: 'SELECT pg_notify($1, $2)' }

/** Turns what a database does on a bad day into data; anything else is a bug and is thrown on. */
export async function attempt<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { ok: true, value: await work() }
  } catch (error) {
    const fault = faultOf(error)
    if (fault === undefined) throw error
    return { ok: false, fault }
  }
}

/** By SQLSTATE (PostgreSQL's appendix A). */
function faultOf(error: unknown): StorageFault | undefined {
  if (error instanceof DatabaseAway) return 'away'
  if (!(error instanceof DatabaseError) || error.code === undefined) return undefined
  if (error.code === '53100') return 'full'
  // Deadlock, serialization, lock and statement timeouts: gone with the next try.
  if (['40001', '40P01', '55P03', '57014'].includes(error.code)) return 'busy'
  // Connections, credentials, the database itself, resources, an operator's hand; and a standby that takes no writes.
  const isAway = ['08', '28', '3D', '53', '57', '58'].includes(error.code.slice(0, 2)) || error.code === '25006'
  return isAway ? 'away' : undefined
}

function runOn(client: Pick<Client, 'query'>): Run {
  return async <R extends object>({ name, text }: Statement, ...values: readonly unknown[]) => {
    try {
      return (await client.query<R>({ name, text, values: [...values] })).rows
    } catch (error) {
      throw toAway(error)
    }
  }
}

/** What the server itself answered stays; whatever else a driver rejects with means that there was no answer. */
function toAway(error: unknown): unknown {
  return error instanceof DatabaseError ? error : new DatabaseAway(sayWhy(error), { cause: error })
}

/** Undefined for an address that cannot be read: what the driver says then holds the password and must not go on. */
function makeClient(settings: ClientConfig): Client | undefined {
  try {
    return new Client(settings)
  } catch (error) {
    if (error instanceof Error && 'path' in error)
      throw new Error(`HUB_DATABASE_URL names a file that cannot be read: ${String(error.path)}`, { cause: error })
    return undefined
  }
}

/** `where` is the address without user and password. */
function readAddress(url: string): { config: ClientConfig; where: string } {
  const settings: ClientConfig = {
    connectionString: url,
    application_name: 'farfield-hub',
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
    // A hub that hangs must not hold the lock of a workspace for the others, nor wait for ever itself.
    statement_timeout: 30_000,
    lock_timeout: 2_000,
    idle_in_transaction_session_timeout: 30_000,
    query_timeout: 35_000,
    types,
  }
  const client = /^postgres(ql)?:\/\//.test(url) ? makeClient(settings) : undefined
  if (client === undefined)
    throw new Error('HUB_DATABASE_URL is not like postgresql://user:password@host:5432/database')
  const { host, port, database, ssl }: { host: string; port: number; database?: string | undefined; ssl: unknown } =
    client
  if (typeof ssl === 'object' && ssl !== null && 'rejectUnauthorized' in ssl && ssl.rejectUnauthorized === false)
    throw new Error(
      'HUB_DATABASE_URL would trust any server: use sslmode=verify-full, with sslrootcert for your own authority',
    )
  return { config: settings, where: `${host}:${port}, database "${database ?? ''}"` }
}

/** Sequence numbers are bigint there and stay far below 2^53. */
const INT8 = 20
const types = new TypeOverrides()
types.setTypeParser(INT8, Number)

function sayWhy(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return error instanceof Error ? error.message : String(error)
}

function sayProblem(error: unknown, where: string): string {
  const at = `the database at ${where}`
  const cause = error instanceof DatabaseAway ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : ''
  if (cause instanceof DatabaseError) {
    if (code.startsWith('28')) return `${at} refuses this user or its password`
    if (code === '3D000') return `${at} does not exist: create it first (createdb)`
    if (code === '42501') return `the user may not make tables in ${at}: ${cause.message}`
    return `${at} answers: ${cause.message}`
  }
  if (/CERT|SIGNED|SIGNATURE|ISSUER/.test(code))
    return `${at} shows a certificate that is not trusted (${code}): give its authority with sslrootcert`
  if (cause instanceof Error && faultOf(error) === undefined && code === '') return cause.message
  return `${at} cannot be reached (${sayWhy(cause)}): start it, or correct HUB_DATABASE_URL`
}
