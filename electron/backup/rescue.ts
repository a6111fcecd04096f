/**
 * A damaged database: set aside, and what can be read of it brought into a fresh one, in a thread. A note says that this is
 * to be done and later what came of it, so that a crash in the middle loses neither. Nothing is ever deleted.
 */
import { readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import * as v from 'valibot'
import type { RescueView } from '../../core/model/api.ts'
import { type JobScript, runFileJob } from '../storage/file-job.ts'
import type { KeyedFile } from '../storage/keyed-database.ts'
import { OUTLINE_SUFFIX } from '../storage/outline.ts'
import { setAside } from '../storage/sqlite-file.ts'
import { removeNote, readNote, writeNote } from './note-file.ts'

const NOTE = 'rescue.json'
const count = v.pipe(v.number(), v.integer(), v.minValue(0))
const report = v.object({
  file: v.string(),
  at: v.number(),
  readable: v.boolean(),
  saved: count,
  lost: count,
  uncertain: v.boolean(),
  history: count,
}) satisfies v.GenericSchema<unknown, RescueView>
const schema = v.object({ version: v.literal(1), at: v.number(), report: v.nullable(report) })

/** A rescue is to be made at the next opening; before it nothing is changed. */
export function askForRescue(path: string, at: number): void {
  writeNote(notePath(path), { version: 1, at, report: null })
}

export function isRescueWanted(path: string): boolean {
  return readRescue(path)?.report === null
}

/** What the last rescue has to tell; null if there was none, or once it was read. */
export function readReport(path: string): RescueView | null {
  return readRescue(path)?.report ?? null
}

export function forgetReport(path: string): void {
  if (readReport(path) !== null) removeNote(notePath(path))
}

/**
 * Makes the rescue that was asked for, or begins it again after a crash. Afterwards a fresh database is at the file's path,
 * or nothing is where nothing could be read; the rescue is over only with `keepReport`.
 *
 * @throws StorageError diskFull, with the damaged file set aside: the next opening tries again
 */
export async function rescue(file: KeyedFile, script: JobScript | undefined): Promise<RescueView> {
  const { path } = file
  const at = readRescue(path)?.at ?? 0
  removeLeftovers(path)
  const known = findAside(path, at)
  // What lies in its place is a rescue that was cut short, which nobody has seen.
  if (known !== undefined)
    for (const suffix of ['-wal', '-shm', OUTLINE_SUFFIX, '']) rmSync(path + suffix, { force: true })
  const aside = known ?? setAside(path, new Date(at))
  const told = { file: basename(aside), at }
  const nothing = { ...told, readable: false, saved: 0, lost: 0, uncertain: true, history: 0 }
  if (script === undefined) return nothing
  const answer = await runFileJob(script, { kind: 'salvage', file: { ...file, path: aside }, target: path })
  if (!answer.readable) return nothing
  const records = answer.tables.find(({ name }) => /\/records\/\d+$/.test(name))
  const history = answer.tables.find(({ name }) => /\/history\/\d+$/.test(name))
  return {
    ...told,
    readable: true,
    saved: records?.saved ?? 0,
    lost: records?.lost ?? 0,
    uncertain: answer.tables.some(({ uncertain }) => uncertain),
    history: history?.lost ?? 0,
  }
}

export function keepReport(path: string, view: RescueView): void {
  writeNote(notePath(path), { version: 1, at: view.at, report: view })
}

function readRescue(path: string): v.InferOutput<typeof schema> | undefined {
  const read = v.safeParse(schema, readNote(notePath(path)))
  return read.success ? read.output : undefined
}

function notePath(path: string): string {
  return join(dirname(path), NOTE)
}

/** The damaged file, if it was set aside for this rescue already. */
function findAside(path: string, at: number): string | undefined {
  const prefix = `${basename(path)}.damaged-${new Date(at).toISOString().replaceAll(':', '-')}`
  const names = readdirSync(dirname(path)).filter(
    name => name.startsWith(prefix) && !/(-wal|-shm|\.key-check|\.outline)$/.test(name),
  )
  const [name] = names.sort()
  return name === undefined ? undefined : join(dirname(path), name)
}

/** Working copies of a salvage that was cut short. */
function removeLeftovers(path: string): void {
  const folder = dirname(path)
  for (const name of readdirSync(folder))
    if (/^salvage-\w{6}$/.test(name)) rmSync(join(folder, name), { recursive: true, force: true })
}
