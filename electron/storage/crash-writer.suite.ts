/**
 * Run as a process by the crash tests: writes until it is killed, and prints only what has been acknowledged. `kind` says
 * what else it is busy with: `single` documents, `bulk` (changes and new ones together), `files` that are copied in and then
 * named by a document, `backup` or `compact` beside writes.
 */
import { createHash, randomBytes } from 'node:crypto'
import { writeSync } from 'node:fs'
import { join } from 'node:path'
import { fillWithDefaultSettings, now } from 'rxdb'
import { runFileJob } from './file-job.ts'
import { openFileStore } from './file-store.ts'
import { getRxStorageSQLite } from './rx-storage-sqlite.ts'
import { threadOf } from './thread.suite.ts'

interface Counter {
  readonly id: string
  readonly round: number
  readonly text: string
}

const [, , folder = '', synchronous, kind = 'bulk', runName = 'w'] = process.argv
const addon = process.env['FARFIELD_SQLITE_ADDON']
const file = {
  path: join(folder, 'test.db'),
  key: Uint8Array.from({ length: 32 }, (_, index) => index * 7),
  ...(addon === undefined ? {} : { nativeBinding: addon }),
}
const storage = getRxStorageSQLite({
  ...file,
  synchronous: synchronous === 'full' ? 'full' : 'normal',
  search: { items: document => String(document['text']) },
  counted: { items: ['text'] },
})
const instance = await storage.createStorageInstance<Counter>({
  databaseInstanceToken: 'token',
  databaseName: 'contract',
  collectionName: 'items',
  schema: fillWithDefaultSettings<Counter>({
    version: 0,
    primaryKey: 'id',
    type: 'object',
    properties: {
      id: { type: 'string', maxLength: 60 },
      round: { type: 'number' },
      text: { type: 'string', maxLength: 2000 },
    },
    indexes: ['text'],
  }),
  options: {},
  multiInstance: false,
  devMode: false,
})

const document = (id: string, round: number, height: number, text = `Weir ${round} `.repeat(40)) => ({
  id,
  round,
  text,
  _deleted: false,
  _attachments: {},
  _meta: { lwt: now() },
  _rev: `${height}-a`,
})
type Stored = ReturnType<typeof document>

/** The last four documents of this run are changed with every bulk, so that a torn one would show. */
async function write(
  bulk: number,
  size: number,
  previous: readonly Stored[],
  text?: string,
): Promise<readonly Stored[]> {
  const fresh = Array.from({ length: size }, (_, index) => document(`${runName}${bulk}-${index}`, bulk, 1, text))
  const changed = previous.map(before => ({ previous: before, document: document(before.id, bulk, bulk + 1) }))
  const { error } = await instance.bulkWrite([...fresh.map(each => ({ document: each })), ...changed], 'crash')
  if (error.length > 0) throw new Error('a write was refused')
  say(`${bulk} ${fresh.map(({ id }) => id).join(' ')}\n`)
  return changed.length > 0 ? changed.map(each => each.document) : fresh
}

/** At once and whole: what is said is what the reader may count on. A pipe that is full is waited for. */
function say(line: string): void {
  for (let rest = Buffer.from(line); rest.length > 0;)
    try {
      rest = rest.subarray(writeSync(1, rest))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
}

/** One after the other, again and again, each beside writes as in the app. */
async function keepBusy(): Promise<void> {
  const script = threadOf('./file-job.worker.suite.ts')
  for (;;) {
    if (kind === 'backup') await runFileJob(script, { kind: 'backup', file, target: join(folder, 'backup.db') })
    else {
      const held = storage.holdWrites('contract')
      await runFileJob(script, { kind: 'compact', file }).finally(() => held.release())
    }
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

const FILE_BYTES = [3_000_000, 70_000, 0, 12_000_000]

/** Its file is on the disk before any document names it. */
async function copyFile(round: number): Promise<string> {
  const block = createHash('sha512').update(`${runName}${round}`).digest()
  const bytes = Buffer.alloc(FILE_BYTES[round % FILE_BYTES.length] ?? 0, block)
  const { hash } = await files.add(cut(bytes))
  return hash
}

function* cut(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1_000_000) yield bytes.subarray(at, at + 1_000_000)
}

const files = await openFileStore({
  path: join(folder, 'files'),
  key: file.key,
  random: bytes => new Uint8Array(randomBytes(bytes)),
})
if (kind === 'backup' || kind === 'compact') void keepBusy()
const alone = kind === 'single' || kind === 'files'
let last: readonly Stored[] = []
for (let bulk = 0; ; bulk++) {
  const text = kind === 'files' ? await copyFile(bulk) : undefined
  last = await write(bulk, alone ? 1 : 4, alone ? [] : last, text)
  // Lets the thread's answers in.
  if (bulk % 20 === 0) await new Promise(resolve => setImmediate(resolve))
}
