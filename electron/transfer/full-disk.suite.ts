/**
 * Run as a process whose folder is a disk of one megabyte: makes files that do not fit, and prints one JSON line of what
 * came of each and what is left on the disk. `node full-disk.suite.ts FOLDER`.
 */
import { readdirSync, writeSync } from 'node:fs'
import { type Draft, toDownloadFailure, writeDownload } from './download.ts'
import { writeTar } from './tar-writer.ts'

const [, , folder = ''] = process.argv
const TOO_MUCH = 3_000_000
const told: { [what: string]: unknown } = {}

async function* pieces(): AsyncGenerator<Uint8Array> {
  for (let given = 0; given < TOO_MUCH; given += 100_000) yield await Promise.resolve(new Uint8Array(100_000))
}

async function attempt(what: string, write: (draft: Draft) => Promise<void>): Promise<void> {
  const outcome = await writeDownload(folder, `${what}.bin`, write).then(
    ({ name }) => name,
    (error: unknown) => toDownloadFailure(error, folder)?.code,
  )
  told[what] = [outcome, readdirSync(folder)]
}

const at = new Date(0)
await attempt('pieces', async draft => {
  for await (const piece of pieces()) await draft.append(piece)
})
await attempt('large entry', draft => writeTar(draft, at, tar => tar.addLarge('large', TOO_MUCH, pieces())))
await attempt('entries', draft =>
  writeTar(draft, at, async tar => {
    for (let index = 0; index < 30; index++) await tar.add(`part ${index}`, new Uint8Array(100_000))
  }),
)
await attempt('fits', draft => writeTar(draft, at, tar => tar.add('small', new Uint8Array(1000))))
writeSync(1, JSON.stringify(told))
