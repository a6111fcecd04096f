/**
 * A real PostgreSQL for tests and benches: a server of its own in a temporary folder, reached by a socket in that folder
 * and on a free port of loopback, stopped by its process id. PostgreSQL refuses root, so root runs it as another user.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'

export interface Cluster {
  readonly folder: string
  readonly port: number
  /** Of a database of this server; `postgres` is always there. */
  url(database?: string): string
  /** A fresh database. */
  makeDatabase(): Promise<string>
  /** One statement, as the superuser. */
  query<R extends object>(text: string, database?: string): Promise<R[]>
  /** As when the machine loses its power (kill -9 of all its processes), or with an orderly stop. */
  stop(how?: 'orderly' | 'crash'): Promise<void>
  start(): Promise<void>
  /** Runs a program of PostgreSQL's own, e.g. pg_dump, against this server; answers what it prints. */
  run(program: string, ...args: string[]): Promise<string>
  close(): Promise<void>
}

const run = promisify(execFile)

/** Without `fsync` it still survives the death of its processes, which is all that a test can bring about. */
export async function openCluster(settings: Readonly<Record<string, string>> = { fsync: 'off' }): Promise<Cluster> {
  const programs = findPrograms()
  const user = findUser()
  const folder = mkdtempSync(join(tmpdir(), 'farfield-postgres-'))
  if (user.uid !== undefined && user.gid !== undefined) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const port = await freePort()
  const options = { ...user, cwd: folder, env: { ...process.env, LC_ALL: 'C' } }
  await run(
    join(programs, 'initdb'),
    ['-D', data, '-U', 'postgres', '--auth=trust', '--no-sync', '-E', 'UTF8'],
    options,
  )
  const lines = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: folder, ...settings }
  const text = Object.entries(lines).map(([name, value]) => `${name} = '${value}'\n`)
  writeFileSync(join(data, 'postgresql.conf'), text.join(''), { flag: 'a' })
  let server: ChildProcess | undefined

  async function start(): Promise<void> {
    const child = spawn(join(programs, 'postgres'), ['-D', data], { ...options, stdio: ['ignore', 'ignore', 'pipe'] })
    server = child
    let said = ''
    child.stderr?.on('data', chunk => (said += String(chunk)))
    for (;;) {
      if (child.exitCode !== null) throw new Error(`PostgreSQL ended: ${said}`)
      const answers = await query('SELECT 1').then(
        () => true,
        () => false,
      )
      if (answers) return
      await new Promise(resolve => setTimeout(resolve, 30))
    }
  }

  async function stop(how: 'orderly' | 'crash' = 'orderly'): Promise<void> {
    const child = server
    server = undefined
    if (child === undefined || child.exitCode !== null) return
    const gone = once(child, 'exit')
    // SIGINT: fast shutdown. SIGQUIT: every process ends at once, and the next start recovers from the log.
    child.kill(how === 'orderly' ? 'SIGINT' : 'SIGQUIT')
    await gone
  }

  const url = (database = 'postgres') =>
    `postgresql://postgres@/${database}?host=${encodeURIComponent(folder)}&port=${port}`

  async function query<R extends object>(statement: string, database?: string): Promise<R[]> {
    const client = new Client({ connectionString: url(database) })
    client.on('error', () => undefined)
    try {
      await client.connect()
      return (await client.query<R>(statement)).rows
    } finally {
      await client.end()
    }
  }

  await start()
  return {
    folder,
    port,
    url,
    async makeDatabase() {
      const name = `hub_${randomBytes(6).toString('hex')}`
      await query(`CREATE DATABASE ${name}`)
      return name
    },
    query,
    stop,
    start,
    run: async (program, ...args) => {
      const where = ['-h', folder, '-p', String(port), '-U', 'postgres']
      return (await run(join(programs, program), [...where, ...args], { ...options, maxBuffer: 1 << 28 })).stdout
    },
    async close() {
      await stop('crash')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The folder of the newest PostgreSQL that is installed here. */
function findPrograms(): string {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).filter(name => /^\d+$/.test(name)) : []
  const folders = [
    ...versions.sort((one, other) => Number(other) - Number(one)).map(version => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(process.platform === 'win32' ? ';' : ':'),
  ]
  const found = folders.find(folder => ['initdb', 'initdb.exe'].some(name => existsSync(join(folder, name))))
  if (found === undefined)
    throw new Error(
      'PostgreSQL is not installed here, and the hub is tested on it: "apt-get install postgresql" on Debian, ' +
        '"brew install postgresql" on macOS, or the installer of postgresql.org with its bin folder in PATH.',
    )
  return found
}

function findUser(): { readonly uid?: number; readonly gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map(line => line.split(':'))
  const [, , uid, gid] = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody') ?? []
  return { uid: Number(uid), gid: Number(gid) }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
