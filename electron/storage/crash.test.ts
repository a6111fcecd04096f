/** Killed without warning, again and again on the same file: nothing acknowledged is lost, nothing is torn, all is in step. */
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { openFileStore } from './file-store.ts'
import type { Report } from './job-report.ts'
import { openKeyedDatabase } from './keyed-database.ts'
import { readEntries, readOutline, withoutDerived } from './outline.ts'
import { openSqliteFile } from './sqlite-file.ts'
import { makeFolder, nativeBinding, TEST_KEY } from './storage-fixture.suite.ts'
import { verifyFile } from './verify.ts'

const soak = process.env['STORAGE_KILLS']
/** Kills of each kind of writer. `npm run soak` has 20 of each of the ten; every run of the tests has half of them, once. */
const KILLS = Number(soak ?? 1)
const silent: Report = { step: () => undefined, watch: () => undefined }
const KINDS = ['single', 'bulk', 'files', 'backup', 'compact'] as const
const USUAL = { single: 'full', bulk: 'normal', files: 'normal', backup: 'normal', compact: 'full' } as const

for (const kind of KINDS)
  for (const synchronous of soak === undefined ? [USUAL[kind]] : (['normal', 'full'] as const))
    it.concurrent(
      `kill -9 while busy with ${kind} (${synchronous}), ${KILLS} times: every acknowledged write is there, whole`,
      async () => {
        const folder = makeFolder()
        const acknowledged = new Set<string>()
        for (let kill = 0; kill < KILLS; kill++) {
          const run = await writeUntilKilled(folder, synchronous, kind, `r${kill}-`)
          expect(run.ids.length).toBeGreaterThan(0)
          for (const id of run.ids) acknowledged.add(id)
          await examine(folder, kind, acknowledged, `r${kill}-`, run.last)
        }
        if (soak !== undefined)
          process.stderr.write(`${kind} (${synchronous}): ${acknowledged.size} acknowledged, none lost\n`)
      },
      3_600_000,
    )

interface Run {
  readonly ids: readonly string[]
  /** The last bulk that was acknowledged. */
  readonly last: number
}

/** Opened as the next start would, then held against itself and against what the killed process had been told. */
async function examine(folder: string, kind: string, acknowledged: ReadonlySet<string>, run: string, last: number) {
  const keyed = { path: join(folder, 'test.db'), key: TEST_KEY, ...nativeBinding }
  const outline = readOutline(keyed)
  const file = openSqliteFile(keyed)
  // There may be none; one that is there must not lead a salvage astray.
  if (outline !== undefined) expect(outline.entries).toEqual(withoutDerived(readEntries(file.database)))
  const rows = file.prepare('SELECT doc FROM "contract/items/0"', 'pluck').all() as string[]
  await file.close()
  const documents = rows.map(doc => JSON.parse(doc) as { id: string; round: number; text: string })
  const roundById = new Map(documents.map(({ id, round }) => [id, round]))
  expect([...acknowledged].filter(id => !roundById.has(id))).toEqual([])
  if (kind === 'files') await examineFiles(folder, documents)
  else if (kind !== 'single') {
    // Bulks of four, and the first four are changed with each: all of a bulk or none of it.
    const rounds = [0, 1, 2, 3].map(index => roundById.get(`${run}0-${index}`))
    expect(new Set(rounds).size).toBe(1)
    expect(rounds[0]).toBeGreaterThanOrEqual(last)
    const own = [...roundById.keys()].filter(id => id.startsWith(run))
    expect(own.length).toBe(4 * ((rounds[0] ?? 0) + 1))
  }
  const checked = verifyFile(
    { kind: 'verify', file: keyed },
    { search: { items: document => String(document['text']) } },
    silent,
  )
  expect(checked.findings).toEqual([])
  const backup = join(folder, 'backup.db')
  if (!existsSync(backup)) return
  const database = openKeyedDatabase({ ...keyed, path: backup }, { readonly: true })
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok')
  database.close()
  expect(
    readdirSync(folder).filter(name => name.startsWith('backup.db') && !/^backup\.db(\.part.*)?$/.test(name)),
  ).toEqual([])
}

/** A document names a file only once it is there: whole, whether it was acknowledged or not. */
async function examineFiles(folder: string, documents: readonly { readonly text: string }[]): Promise<void> {
  const path = join(folder, 'files')
  const store = await openFileStore({ path, key: TEST_KEY, random: bytes => new Uint8Array(randomBytes(bytes)) })
  const sound = new Set<string>()
  for await (const { hash } of store.list()) {
    expect(await store.verify(hash)).toBe('sound')
    sound.add(hash)
  }
  expect(documents.filter(({ text }) => !sound.has(text))).toEqual([])
  expect(readdirSync(path).filter(name => !/^[0-9a-f]{64}$/.test(name))).toEqual([])
  await store.close()
}

/** A process that prints what was acknowledged, killed a moment of its own choosing after the first of it. */
async function writeUntilKilled(folder: string, synchronous: string, kind: string, name: string): Promise<Run> {
  const writer = fileURLToPath(new URL('./crash-writer.suite.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', writer, folder, synchronous, kind, name], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = new Promise<NodeJS.Signals | null>(resolve => child.once('exit', (_code, signal) => resolve(signal)))
  const ids: string[] = []
  let last = -1
  let timer: NodeJS.Timeout | undefined
  // Long enough for a backup or a compaction to be anywhere in its work.
  const patience = (kind === 'single' || kind === 'bulk' ? 300 : 1200) * Math.random()
  for await (const line of createInterface({ input: child.stdout })) {
    timer ??= setTimeout(() => child.kill('SIGKILL'), patience)
    const [bulk = '', ...acknowledged] = line.split(' ')
    // A line that was cut off by the kill acknowledges nothing that can be read.
    if (acknowledged.some(id => !/^r\d+-\d+-\d$/.test(id)) || acknowledged.length === 0) continue
    ids.push(...acknowledged)
    last = Number(bulk)
  }
  clearTimeout(timer)
  // Not by a failure of its own.
  expect(await gone).toBe('SIGKILL')
  return { ids, last }
}
