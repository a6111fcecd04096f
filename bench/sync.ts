/**
 * Sync without windows: a hub and laptops as processes of their own, over TLS through one proxy that counts, with the
 * encrypted database on the disk at both ends. `--records N` adds one first sync of N (100,000 unless said otherwise).
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type HubProcess, openHubProcess } from '../e2e/fixtures/hub.ts'
import { type Measurement, median, printMeasurements, say } from './report.ts'
import { type Answer, type LaptopProcess, startLaptop } from './sync/commands.ts'

const BENCH = 'sync'
const SMALL = 10_000
const LARGE = Number(process.argv.find((_, at, all) => all[at - 1] === '--records') ?? 100_000)
const RUNS = 3
const EDITS = 200
const CATCH_UP = 10_000

const scratch = await mkdtemp(join(tmpdir(), 'farfield-bench-'))
let folders = 0
try {
  const results = [...(await small())]
  if (LARGE > 0) results.push(...(await large()))
  printMeasurements(results)
} finally {
  await rm(scratch, { recursive: true, force: true })
}

async function openLaptop(): Promise<LaptopProcess & { readonly folder: string }> {
  const folder = join(scratch, `laptop-${(folders += 1)}`)
  const laptop = startLaptop()
  await laptop.tell({ do: 'open', folder })
  return { ...laptop, folder }
}

/** A laptop that has what the hub has; its first exchange is timed. */
async function joinHub(hub: HubProcess): Promise<{ readonly laptop: LaptopProcess; readonly first: Answer }> {
  const laptop = await openLaptop()
  await laptop.tell({ do: 'connect', code: await hub.pairingCode() })
  return { laptop, first: await laptop.tell({ do: 'sync' }) }
}

async function small(): Promise<Measurement[]> {
  const pushes: number[] = []
  const firsts: number[] = []
  const loops: number[] = []
  let live: Measurement[] = []
  for (let run = 0; run < RUNS; run += 1) {
    const hub = await openHubProcess()
    const field = await openLaptop()
    await field.tell({ do: 'fill', count: SMALL })
    await field.tell({ do: 'connect', code: await hub.pairingCode() })
    const pushed = await field.tell({ do: 'sync' })
    pushes.push(rate(SMALL, pushed))
    const { laptop: office, first } = await joinHub(hub)
    firsts.push(rate(SMALL, first))
    loops.push(first.loopP99Ms ?? 0)
    say(
      `push ${pushes.at(-1)?.toFixed(0)}/s, first sync ${firsts.at(-1)?.toFixed(0)}/s, loop p99 ${loops.at(-1)?.toFixed(0)} ms`,
    )
    if (run === RUNS - 1) live = [...(await edits(hub, field, office)), ...(await catchUp(field, office))]
    await field.close()
    await office.close()
    await hub.close()
  }
  return [
    measured('push-rps', 'records/s', pushes),
    measured('first-sync-10k-rps', 'records/s', firsts),
    measured('first-sync-loop-p99-ms', 'ms', loops),
    ...live,
  ]
}

/** One after the other, both connected: until the other laptop has it, and what it costs on the wire. */
async function edits(hub: HubProcess, field: LaptopProcess, office: LaptopProcess): Promise<Measurement[]> {
  const times: number[] = []
  const bytes: number[] = []
  for (let run = 0; run < EDITS; run += 1) {
    const text = `Edit ${run}`
    const before = hub.proxy.bytes.sent + hub.proxy.bytes.received
    const seen = office.tell({ do: 'see', text })
    const { at: left = 0 } = await field.tell({ do: 'edit', count: 1, text })
    times.push(((await seen).at ?? 0) - left)
    // Both laptops compare their sums with the hub after each exchange: that is part of what an edit costs.
    await new Promise(resolve => setTimeout(resolve, 400))
    bytes.push(hub.proxy.bytes.sent + hub.proxy.bytes.received - before)
  }
  return [measured('live-edit-ms', 'ms', times), measured('edit-bytes', 'bytes', bytes)]
}

async function catchUp(field: LaptopProcess, office: LaptopProcess): Promise<Measurement[]> {
  await office.tell({ do: 'pause' })
  await field.tell({ do: 'edit', count: CATCH_UP, text: 'While the other was away' })
  await field.tell({ do: 'pause' })
  await field.tell({ do: 'sync' })
  const { ms = 0 } = await office.tell({ do: 'sync' })
  return [measured('catch-up-ms', 'ms', [ms])]
}

async function large(): Promise<Measurement[]> {
  const hub = await openHubProcess()
  const field = await openLaptop()
  await field.tell({ do: 'fill', count: LARGE })
  await field.tell({ do: 'connect', code: await hub.pairingCode() })
  const pushed = await field.tell({ do: 'sync' })
  say(`push of ${LARGE}: ${rate(LARGE, pushed).toFixed(0)}/s`)
  const { laptop: office, first } = await joinHub(hub)
  say(`first sync of ${LARGE}: ${rate(LARGE, first).toFixed(0)}/s, first rows after ${first.firstMs?.toFixed(0)} ms`)
  await field.close()
  await office.close()
  await hub.close()
  return [
    measured('push-100k-rps', 'records/s', [rate(LARGE, pushed)]),
    measured('first-sync-100k-rps', 'records/s', [rate(LARGE, first)]),
    measured('first-sync-usable-ms', 'ms', [first.firstMs ?? Infinity]),
  ]
}

function rate(records: number, { ms = Infinity }: Answer): number {
  return (records / ms) * 1000
}

function measured(id: string, unit: string, values: readonly number[]): Measurement {
  return { bench: BENCH, id, unit, median: median(values), floor: null, runs: values.length }
}
