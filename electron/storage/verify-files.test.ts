/** Reading every stored file, on a real disk: what is missing or damaged is told by name, and nothing is changed. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFileReader, openFileStore } from './file-store.ts'
import { JobCancelled, type Report } from './job-report.ts'
import { createSealedReader } from './sealed-reader.ts'
import { type NamedFiles, noteMention, verifyFiles } from './verify-files.ts'

const random = (bytes: number) => new Uint8Array(randomBytes(bytes))
const key = random(32)
const silent: Report = { step: () => undefined, watch: () => undefined }
const MB = 1024 * 1024

describe('verifying stored files', () => {
  let path: string
  beforeEach(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'farfield-verify-files-')), 'files')
  })
  afterEach(() => rm(join(path, '..'), { recursive: true, force: true }))

  const add = async (...contents: Uint8Array[]): Promise<readonly string[]> => {
    const store = await openFileStore({ path, key, random })
    const hashes: string[] = []
    for (const content of contents) hashes.push((await store.add([content])).hash)
    await store.close()
    return hashes
  }
  const placeOf = (hash: string) => createSealedReader({ path, key, purpose: 'files by content' }).placeOf(hash)
  const flip = async (file: string, at: number) => {
    const bytes = await readFile(file)
    bytes[at] = (bytes[at] ?? 0) ^ 1
    await writeFile(file, bytes)
  }
  const named = (...hashes: readonly string[]): NamedFiles => {
    const files: NamedFiles = new Map()
    for (const [index, hash] of hashes.entries())
      noteMention(files, { hash, name: `${index}.jpg`, owner: `Weir ${index}` })
    return files
  }
  const verify = (files: NamedFiles, report = silent) => verifyFiles(createFileReader({ path, key }), files, report)

  it('finds nothing in sound ones and where there are none, and tells its bytes as it goes', async () => {
    expect(await verify(new Map())).toEqual({ read: 0, bytes: 0, counts: { missing: 0, damaged: 0 }, findings: [] })
    const [large, small] = await add(random(3 * MB + 5), random(7))
    const told: [number, number][] = []
    const report: Report = { ...silent, step: (_, done, total) => void told.push([done, total]) }
    const { read, bytes, findings } = await verify(named(large ?? '', small ?? ''), report)
    expect([read, bytes, findings]).toEqual([2, 3 * MB + 12, []])
    expect(told.map(([done]) => done)).toEqual(told.map(([done]) => done).sort((one, other) => one - other))
    expect(told.filter(([done, total]) => done > 0 && total === bytes).length).toBeGreaterThanOrEqual(3)
  })

  it('tells each that is missing, or damaged in any part of it, by its name, and leaves all as it was', async () => {
    const [sound, inside, head, cut, orphan, headless, gone] = await add(
      ...Array.from({ length: 7 }, () => random(70_000)),
    )
    await flip(placeOf(inside ?? ''), 69_000)
    await flip(placeOf(head ?? ''), 50)
    await truncate(placeOf(cut ?? ''), 66_000)
    await flip(placeOf(orphan ?? ''), 500)
    await flip(placeOf(headless ?? ''), 3)
    await rm(placeOf(gone ?? ''))
    const before = (await readdir(path)).sort()
    const { read, counts, findings } = await verify(named(sound ?? '', inside ?? '', head ?? '', cut ?? '', gone ?? ''))
    expect(read).toBe(4)
    expect(counts).toEqual({ missing: 1, damaged: 5 })
    const told = findings.map(({ kind, name, owner }) => `${kind} ${name} ${owner}`)
    expect(told.sort()).toEqual([
      'damaged  ',
      'damaged  ',
      'damaged 1.jpg Weir 1',
      'damaged 2.jpg Weir 2',
      'damaged 3.jpg Weir 3',
      'missing 4.jpg Weir 4',
    ])
    expect((await readdir(path)).sort()).toEqual(before)
    expect((await stat(placeOf(cut ?? ''))).size).toBe(66_000)
  })

  it('prefers a mention that says whose it is, and passes over what may be no file at all', () => {
    const files: NamedFiles = new Map()
    noteMention(files, { hash: 'a', name: 'old.jpg' })
    noteMention(files, { hash: 'a', name: 'new.jpg', owner: 'Weir' })
    noteMention(files, { hash: 'a', name: 'later.jpg', owner: 'Pump' })
    noteMention(files, { hash: 'b' })
    expect([...files]).toEqual([['a', { name: 'new.jpg', owner: 'Weir' }]])
  })

  it('ends within a file once it is cancelled', async () => {
    const [large] = await add(random(6 * MB))
    const report: Report = {
      ...silent,
      step(_, done) {
        if (done > MB) throw new JobCancelled('Cancelled')
      },
    }
    await expect(verify(named(large ?? ''), report)).rejects.toBeInstanceOf(JobCancelled)
  })
})
