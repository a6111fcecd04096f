/**
 * The hub under load, on SQLite and on PostgreSQL with two processes: 100 connected devices that together make 1,000 edits
 * a second, for as long as is said; then how fast documents go up and down. See docs/benchmarks.md.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parsePairingCode } from '../core/model/protocol.ts'
import { createClient, makeRow, pairClient, type Client } from '../hub/hub-fixture.suite.ts'
import { openCluster } from '../hub/postgres-cluster.suite.ts'
import { type Measurement, median, printMeasurements, say } from './report.ts'

const DEVICES = 100
const EDITS_PER_SECOND = 1_000
/** Each device sends what it edited in a second at once, as an app does that is typed into. */
const ROWS = EDITS_PER_SECOND / DEVICES
const DOCUMENTS = 20_000
const TEXT = 'x'.repeat(1_000)

const seconds = readNumber('minutes') === undefined ? (readNumber('seconds') ?? 60) : (readNumber('minutes') ?? 1) * 60
const measured: Measurement[] = []

await onFolder(async folder => {
  await measure('hub', folder, 1, undefined)
})
const cluster = await openCluster({})
try {
  await onFolder(async folder => {
    await measure('hub-postgres', folder, 2, cluster.url(await cluster.makeDatabase()))
  })
} finally {
  await cluster.close()
}
printMeasurements(measured)

async function measure(id: string, folder: string, processes: number, databaseUrl: string | undefined): Promise<void> {
  const hubs: HubProcess[] = []
  for (let count = 0; count < processes; count += 1) hubs.push(await startHub(folder, databaseUrl))
  const first = hubs[0]
  if (first === undefined) throw new Error('no hub')
  try {
    say(`${id}: ${DEVICES} devices connect`)
    const devices = await Promise.all(
      Array.from({ length: DEVICES }, async (_, index) => (await hubs[index % processes]?.pair()) ?? first.pair()),
    )
    const load = await putLoad(devices, hubs)
    const note = (name: string, unit: string, value: number): void => {
      measured.push({ bench: 'hub', id: `${id}-${name}`, unit, median: value, floor: null, runs: 1 })
    }
    note('devices', 'devices', load.connected)
    note('edits-per-s', 'edits/s', load.acknowledged / seconds)
    note('errors', 'errors', load.errors)
    note('memory-growth-mb', 'MB', load.growthMb)
    const speed = await measureSpeed(await first.pair())
    note('push-docs-per-s', 'documents/s', speed.push)
    note('pull-docs-per-s', 'documents/s', speed.pull)
  } finally {
    for (const hub of hubs) await hub.close()
  }
}

interface Load {
  readonly connected: number
  readonly acknowledged: number
  readonly errors: number
  readonly growthMb: number
}

async function putLoad(devices: readonly Client[], hubs: readonly HubProcess[]): Promise<Load> {
  let connected = 0
  let acknowledged = 0
  let errors = 0
  let over = false
  const streams = await Promise.all(devices.map(device => device.stream()))
  connected = streams.length
  for (const stream of streams) {
    void (async () => {
      while ((await stream.next()) !== undefined);
      if (!over) connected -= 1
    })()
  }
  say(`  ${EDITS_PER_SECOND} edits/s for ${seconds} s`)
  const began = performance.now()
  const memory: number[] = []
  const looking = setInterval(() => memory.push(hubs.reduce((sum, hub) => sum + hub.memoryMb(), 0)), 1_000)
  const edit = async (device: Client, index: number): Promise<void> => {
    // Each record is edited again and again, so that the database does not grow with the time.
    const held = new Map<string, string>()
    for (let second = 0; second < seconds; second += 1) {
      const wait = began + second * 1_000 + (index * 1_000) / DEVICES - performance.now()
      if (wait > 0) await new Promise(resolve => setTimeout(resolve, wait))
      const rows = Array.from({ length: ROWS }, (_, part) => {
        const id = `${index}-${part}`
        return makeRow(id, { second, text: TEXT }, held.get(id) ?? null)
      })
      const answer = await device.push(rows).catch(() => undefined)
      for (const [at, row] of rows.entries()) {
        const result = answer?.status === 200 ? answer.body.answers[at]?.result : undefined
        if (result === 'ok' || result === 'dup') {
          acknowledged += 1
          held.set(row.id, row.h)
        } else errors += 1
      }
    }
  }
  await Promise.all(devices.map(edit))
  // Later than it should be is an edit that was not made in its second.
  const late = Math.max(1, (performance.now() - began) / 1_000 / seconds)
  clearInterval(looking)
  over = true
  for (const stream of streams) stream.close()
  // A tenth at either end, after the first third, in which caches fill.
  const settled = memory.slice(Math.floor(memory.length / 3))
  const part = Math.max(1, Math.floor(settled.length / 10))
  const growthMb = median(settled.slice(-part)) - median(settled.slice(0, part))
  return { connected, acknowledged: acknowledged / late, errors, growthMb }
}

async function measureSpeed(client: Client): Promise<{ push: number; pull: number }> {
  const rows = Array.from({ length: DOCUMENTS }, (_, index) => makeRow(`speed-${index}`, { index, text: TEXT }))
  let began = performance.now()
  for (let from = 0; from < DOCUMENTS; from += 500) await client.pushed(rows.slice(from, from + 500), 'history')
  const push = DOCUMENTS / ((performance.now() - began) / 1_000)
  began = performance.now()
  let count = 0
  for (let since = ''; ;) {
    const { body } = await client.changes(`collection=history&limit=1000${since}`)
    count += body.documents.length
    if (!body.more) break
    since = `&epoch=${body.checkpoint.epoch}&since=${body.checkpoint.seq}`
  }
  return { push, pull: count / ((performance.now() - began) / 1_000) }
}

interface HubProcess {
  pair(): Promise<Client>
  memoryMb(): number
  close(): Promise<void>
}

/** A process of its own, so that its memory is its own; the limits on pairing are the only ones that are wider. */
async function startHub(folder: string, databaseUrl: string | undefined): Promise<HubProcess> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'hub', 'process.ts'), [folder], {
    env: { ...process.env, HUB_DATABASE_URL: databaseUrl ?? '' },
  })
  const ended = once(child, 'exit').then(() => {
    throw new Error('a hub ended before it was ready')
  })
  await Promise.race([once(child, 'message'), ended])
  ended.catch(() => undefined)
  const waiting: ((code: string) => void)[] = []
  child.on('message', (code: unknown) => {
    if (typeof code === 'string') waiting.shift()?.(code)
  })
  return {
    async pair() {
      const code = await new Promise<string>(resolve => {
        waiting.push(resolve)
        child.send('code')
      })
      const { paired } = await pairClient(code)
      const parsed = parsePairingCode(code)
      if (parsed === undefined) throw new Error('not a pairing code')
      return createClient(parsed, paired)
    },
    memoryMb() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024
    },
    async close() {
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    },
  }
}

async function onFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'farfield-bench-hub-'))
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function readNumber(name: string): number | undefined {
  const given = process.argv.find(arg => arg.startsWith(`--${name}=`))
  return given === undefined ? undefined : Number(given.slice(name.length + 3))
}
