/**
 * Run as a process whose folder lies on a disk of a few megabytes: fills it, tries every way of writing, makes room again.
 * Prints one JSON line of what each attempt came to. `node full-disk.suite.ts FOLDER`.
 */
import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, readdirSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { filter, firstValueFrom, map } from 'rxjs'
import type { ImportProgress } from '../../core/model/api.ts'
import { createImportJobs } from '../import/jobs.ts'
import { openFileStore } from '../storage/file-store.ts'
import { openSealedFolder } from '../storage/sealed-folder.ts'
import { StorageError } from '../storage/storage-error.ts'
import { threadOf } from '../storage/thread.suite.ts'
import { KNOWLEDGE } from './knowledge.ts'
import { verifyFile } from '../storage/verify.ts'
import { openLaptopWorkspace } from '../workspace.ts'
import { openBackups } from './backups.ts'
import { createHealth, ROOM_NEEDED } from './health.ts'

const [, , folder = ''] = process.argv
const random = (bytes: number) => new Uint8Array(randomBytes(bytes))
const after = (ms: number, ring: () => void) => {
  const timer = setTimeout(ring, Math.min(ms, 100))
  return () => clearTimeout(timer)
}
const told: { [what: string]: unknown } = {}

const openIn = (where: string) =>
  openLaptopWorkspace({
    folder: where,
    nativeBinding: process.env['FARFIELD_SQLITE_ADDON'],
    keychain: { isReal: () => Promise.resolve(false), wrap: () => Promise.reject(), unwrap: () => Promise.reject() },
    now: Date.now,
    random,
    settled: Promise.resolve(),
    report: () => undefined,
  })

async function open() {
  const opening = await openIn(folder)
  if (!opening.ok) throw new Error(opening.problem)
  return opening.opened
}

/** Takes the last byte of the disk, or a part of what is free. */
function fill(part = 1): void {
  const { bavail, bsize } = statfsSync(folder)
  for (let left = Math.floor(bavail * bsize * part); left > 0; left -= 4096)
    try {
      appendFileSync(ballast, Buffer.alloc(4096, 1))
    } catch {
      return
    }
}

const ballast = join(folder, 'ballast')
let opened = await open()
const { workspace, file } = opened
const { records, types, settings } = workspace
// The device's first writes of a new kind would otherwise count as a failure of what is tried.
await types.save({ id: 'pump', name: 'Pump', icon: 'gauge', fields: [{ id: 'name', kind: 'text', label: 'Name' }] })
const made = await records.create('pump', { name: 'Before' })
const first = made.ok ? made.value.id : ''
// The disk is too small for what counts as room on a laptop.
const room = () => (statfsSync(folder).bavail * statfsSync(folder).bsize > 200_000 ? ROOM_NEEDED : 0)
const health = createHealth({ room, after })
const wrong = () => firstValueFrom(health.view$)

/** Small writes find room in the WAL for a while; what they did before it was full must stay. */
async function attempt(what: string, write: (round: number) => Promise<unknown>): Promise<void> {
  for (let round = 0; round < 5000; round++)
    try {
      await write(round)
    } catch (error) {
      told[what] = health.note(error)?.code ?? String(error)
      return
    }
  told[what] = 'never failed'
}

const count = async () => await workspace.context.tables.records.count({ type: 'pump' })
const backups = openBackups({
  file,
  script: threadOf('../backup/file-jobs.worker.ts'),
  files: join(folder, 'files'),
  downloads: join(folder, 'downloads'),
  rebuildSearch: () => undefined,
  health,
  holdWrites: () => opened.holdWrites(),
  power: () => ({ power: 'battery', level: 1 }),
  now: Date.now,
  after: () => () => undefined,
  newMark: () => 'mark',
  reopen: () => undefined,
  report: () => undefined,
})
const outcome = () =>
  firstValueFrom(
    backups.view$.pipe(
      map(view => view.outcome),
      filter(each => each !== null),
    ),
  ).then(each => ('failure' in each ? each.failure?.code : 'done'))

backups.backUp()
await outcome()
const [files, thumbnails] = [
  await openFileStore({ path: join(folder, 'files'), key: opened.key, random }),
  await openSealedFolder({ path: join(folder, 'thumbnails'), key: opened.key, random, purpose: 'thumbnails' }),
]
const { hash: kept } = await files.add([random(200_000)])
const list = (await firstValueFrom(backups.view$)).backups.map(({ file: name }) => name)
fill()
let acknowledged = 1
await attempt('create', async round => {
  const answer = await records.create('pump', { name: `Full ${round}`.padEnd(2000, 'x') })
  if (answer.ok) acknowledged++
})
told['after create'] = [(await wrong()).diskFull, (await count()) === acknowledged]
await attempt('bulk', async round => {
  const rows = Array.from({ length: 200 }, (_, index) => ({ name: `Row ${round} ${index}`.padEnd(500, 'y') }))
  const answer = await records.importRows('pump', rows)
  if (answer.ok) acknowledged += answer.value.length
})
told['after bulk'] = (await count()) === acknowledged
await attempt(
  'edit',
  async round => void (await records.edit([{ record: first, field: 'name', value: `E${round}`.padEnd(3000, 'z') }])),
)
await attempt('type', round =>
  types.save({
    id: 'pump',
    name: 'Pump',
    icon: 'gauge',
    fields: [{ id: 'name', kind: 'text', label: `Name ${round}`.padEnd(150, 'n') }],
  }),
)
await attempt('setting', round => settings.set('page.place', `${round}`.padEnd(5000, 's')))
// Pieces, the last of which no longer fits; a small one that does not fit at all; and over a file that is there.
await attempt('file', () => files.add(Array.from({ length: 30 }, () => random(100_000))))
await attempt('small file', () => files.add([random(10_000)]))
await attempt('thumbnail', () => thumbnails.write([random(9000)], () => kept))
await attempt('note', async () => void backups.rescue())
await attempt('first start', async () => {
  const answer = await openIn(join(folder, 'another'))
  if (!answer.ok) throw new StorageError(answer.problem === 'diskFull' ? 'diskFull' : 'busy', answer.problem)
})
told['after files'] = [
  readdirSync(join(folder, 'files')).length,
  await files.verify(kept),
  readdirSync(join(folder, 'thumbnails')).length,
  existsSync(join(folder, 'rescue.json')),
]
backups.backUp()
told['backup'] = await outcome()
backups.compact()
told['compact'] = await outcome()
backups.restore(list[0] ?? '')
told['restore'] = await outcome()
backups.saveCopy()
told['saveCopy'] = await outcome()
backups.restoreCopy(1_000_000)
told['restoreCopy'] = await outcome()
told['backups'] = (await firstValueFrom(backups.view$)).backups.length === list.length

// Some room, which an import uses up on its way.
rmSync(ballast)
fill(0.7)
const before = await count()
const jobs = createImportJobs({
  records,
  typeOf: type => types.get(type),
  beginBulk: () => opened.beginBulk(),
  now: () => performance.now(),
  newId: () => 'job',
  report: error => (told['import bug'] = String(error)),
  toFailure: error => health.note(error),
})
const csv = Buffer.from(
  `name\r\n${Array.from({ length: 40_000 }, (_, index) => `Imported ${index}`.padEnd(400, 'i')).join('\r\n')}\r\n`,
)
jobs.begin({
  fileName: 'a.csv',
  fileBytes: csv.length,
  encoding: 'utf-8',
  delimiter: ',',
  type: 'pump',
  mapping: ['name'],
})
const ending = firstValueFrom(jobs.progress$('job').pipe(filter(({ state }) => state === 'failed' || state === 'done')))
for (let from = 0; from < csv.length; from += 1_000_000)
  if (!(await jobs.feed('job', from, csv.subarray(from, from + 1_000_000)))) break
const ended: ImportProgress = await ending
told['import'] = ended.failure?.code ?? ended.state
rmSync(ballast)
for (let waited = 0; waited < 100 && (await count()) !== before; waited++)
  await new Promise(resolve => setTimeout(resolve, 100))
told['import taken back'] = (await count()) === before

for (let waited = 0; waited < 50 && (await wrong()).diskFull; waited++)
  await new Promise(resolve => setTimeout(resolve, 100))
told['recovered'] = [(await wrong()).diskFull, (await records.create('pump', { name: 'Afterwards' })).ok]
told['files again'] = [
  (await files.add([random(10_000)])).bytes,
  (await thumbnails.write([random(9000)], () => kept)).bytes,
]
await backups.close()
await jobs.close()
health.close()
await workspace.close()
const another = await openIn(join(folder, 'another'))
told['first start again'] = another.ok
if (another.ok) await another.opened.workspace.close()
opened = await open()
told['reopened'] = (await opened.workspace.context.tables.records.count({ type: 'pump' })) === before + 1
await opened.workspace.close()
told['sound'] = verifyFile({ kind: 'verify', file }, KNOWLEDGE, {
  step: () => undefined,
  watch: () => undefined,
}).findings
writeSync(1, `${JSON.stringify(told)}\n`)
process.exit(0)
