/**
 * A laptop without a window, in a process of its own as the app's main process is: the encrypted workspace on the disk and
 * replication over TLS. It does what its parent says, one command at a time, and answers with what it measured.
 */
import { randomBytes } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { filter, firstValueFrom } from 'rxjs'
import type { Workspace } from '../../core/database/workspace.ts'
import { type PairingCode, parsePairingCode } from '../../core/model/protocol.ts'
import type { Value } from '../../core/model/record.ts'
import type { Field } from '../../core/model/record-type.ts'
import { forgetConnection, keepConnection, readConnection } from '../../electron/sync/connection.ts'
import { type Link, openLink, pair } from '../../electron/sync/link.ts'
import { type LaptopWorkspace, openLaptopWorkspace } from '../../electron/workspace.ts'
import { makeRecord } from '../storage/documents.ts'
import type { Answer, Command } from './commands.ts'

const TYPE = 'well'
const FIELDS: readonly Field[] = [
  { id: 'f_name', kind: 'text', label: 'Name' },
  { id: 'f_region', kind: 'text', label: 'Region' },
  { id: 'f_depth', kind: 'number', label: 'Depth' },
  { id: 'f_day', kind: 'date', label: 'Day' },
  { id: 'f_mail', kind: 'email', label: 'E-mail' },
  { id: 'f_note', kind: 'longText', label: 'Note' },
]
const BATCH = 300
/** A window is usable once it shows its rows. */
const FIRST_ROWS = 50

let opened: LaptopWorkspace | undefined
let link: Link | undefined

function workspaceOf(): Workspace {
  if (opened === undefined) throw new Error('not open')
  return opened.workspace
}

async function open(folder: string): Promise<void> {
  const opening = await openLaptopWorkspace({
    folder,
    nativeBinding: process.env['FARFIELD_SQLITE_ADDON'],
    keychain: { isReal: () => Promise.resolve(false), wrap: () => Promise.reject(), unwrap: () => Promise.reject() },
    now: Date.now,
    random: bytes => new Uint8Array(randomBytes(bytes)),
    settled: Promise.resolve(),
    report,
  })
  if (!opening.ok) throw new Error(opening.problem)
  opened = opening.opened
  if ((await firstValueFrom(workspaceOf().devices.own$)) === null) await workspaceOf().devices.name('Bench laptop')
}

/** Records of 862 bytes, as in the storage bench. */
async function fill(count: number): Promise<void> {
  const { types, records } = workspaceOf()
  const saved = await types.save({ id: TYPE, name: 'Well', icon: 'droplet', fields: FIELDS })
  if (!saved.ok) throw new Error(saved.failure.code)
  const bulk = opened?.beginBulk()
  for (let from = 0; from < count; from += BATCH) {
    const rows = Array.from({ length: Math.min(BATCH, count - from) }, (_, at) => cellsOf(from + at))
    const added = await records.importRows(TYPE, rows)
    if (!added.ok) throw new Error(added.failure.code)
    await bulk?.breathe()
  }
  bulk?.end()
}

function cellsOf(index: number): { readonly [field: string]: Value } {
  const { cells } = makeRecord(index)
  return Object.fromEntries(FIELDS.map(({ id }) => [id, cells[id]?.value ?? null]))
}

async function connect(code: PairingCode): Promise<void> {
  const own = await firstValueFrom(workspaceOf().devices.own$)
  if (own === null) throw new Error('not named')
  const paired = await pair(code, own)
  if (!paired.ok) throw new Error(paired.failure.code)
  await keepConnection(workspaceOf().settings, paired.value.connection)
  link = await openLink(workspaceOf(), paired.value.connection, Date.now, paired.value.transport)
}

/** Until both sides were compared and are the same. Answers how long the first rows and everything took. */
async function sync(): Promise<Answer> {
  const workspace = workspaceOf()
  link ??= await relink()
  const { replication } = link
  const loop = monitorEventLoopDelay({ resolution: 5 })
  const began = performance.now()
  let firstMs: number | null = null
  const seen = workspace.context.tables.records.changes$.subscribe(changes => {
    if (firstMs === null && changes.length > 0) {
      rows += changes.length
      if (rows >= FIRST_ROWS) firstMs = performance.now() - began
    }
  })
  let rows = 0
  const before = replication.state.lastSyncAt
  loop.enable()
  await replication.start()
  await firstValueFrom(replication.state$.pipe(filter(state => state.inSync && state.lastSyncAt !== before)))
  loop.disable()
  seen.unsubscribe()
  return { ms: performance.now() - began, firstMs, loopP99Ms: Math.max(0, loop.percentile(99) / 1e6 - 5) }
}

async function relink(): Promise<Link> {
  const connection = await readConnection(workspaceOf().settings)
  if (connection === undefined) throw new Error('not connected')
  return openLink(workspaceOf(), connection, Date.now)
}

async function edit(count: number, text: string): Promise<Answer> {
  const { records, context } = workspaceOf()
  const some = await context.tables.records.find({ selector: {}, sort: [{ id: 'asc' }], limit: count })
  const began = performance.now()
  for (let from = 0; from < some.length; from += BATCH) {
    const cells = some.slice(from, from + BATCH).map(({ id }) => ({ record: id, field: 'f_region', value: text }))
    const edited = await records.edit(cells)
    if (!edited.ok) throw new Error(edited.failure.code)
  }
  return { ms: performance.now() - began, at: Date.now() }
}

/** Epoch milliseconds at which a record shows `text`. */
async function see(text: string): Promise<Answer> {
  const { tables } = workspaceOf().context
  const shows = ({ cells }: { cells: { readonly [slot: string]: { readonly value: unknown } } }): boolean =>
    cells['f_region']?.value === text
  await firstValueFrom(tables.records.changes$.pipe(filter(all => all.some(({ after }) => after && shows(after)))))
  return { at: Date.now() }
}

async function carryOut(command: Command): Promise<Answer> {
  switch (command.do) {
    case 'open':
      await open(command.folder)
      return {}
    case 'fill':
      await fill(command.count)
      return {}
    case 'connect': {
      const code = parsePairingCode(command.code)
      if (code === undefined) throw new Error('not a pairing code')
      await connect(code)
      return {}
    }
    case 'sync':
      return sync()
    case 'edit':
      return edit(command.count, command.text)
    case 'see':
      return see(command.text)
    case 'pause':
      await link?.replication.abort()
      return {}
    case 'close':
      await link?.close()
      link = undefined
      if (command.leave) await forgetConnection(workspaceOf().settings)
      await opened?.workspace.close()
      return {}
  }
}

function report(error: unknown): void {
  process.send?.({ id: -1, error: String(error) })
}

process.on('message', (message: { readonly id: number; readonly command: Command }) => {
  const { id, command } = message
  carryOut(command).then(
    answer => process.send?.({ id, answer }),
    (error: unknown) =>
      process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
