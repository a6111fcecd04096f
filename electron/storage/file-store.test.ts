/** What a store of files promises: every byte back or an error, nothing plain on the disk, whole or absent whatever happens. */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CHUNK_BYTES, HEAD_BYTES, sealedSize } from './file-cipher.ts'
import { type FileStore, openFileStore } from './file-store.ts'
import { createRandom, flipBit, makeFolder, TEST_KEY } from './storage-fixture.suite.ts'

/** How many bits are flipped, one at a time; the whole run of the soak has 1,000. */
const FLIPS = Number(process.env['STORAGE_FLIPS'] ?? 20)
const MARKER = 'Quetzalcoatlus-northropi'
const random = (bytes: number) => new Uint8Array(randomBytes(bytes))
const openStore = (path: string, key = TEST_KEY) => openFileStore({ path, key, random })
const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
const filesIn = (path: string) => readdirSync(path).map(name => join(path, name))

async function readBack(store: FileStore, hash: string, from = 0, to = Infinity): Promise<Buffer | undefined> {
  const file = await store.open(hash)
  if (file === undefined) return undefined
  try {
    const pieces: Buffer[] = []
    for await (const piece of file.read(from, to)) pieces.push(piece)
    return Buffer.concat(pieces)
  } finally {
    await file.close()
  }
}

async function listed(store: FileStore): Promise<string[]> {
  const all: string[] = []
  for await (const { hash, bytes } of store.list()) all.push(`${hash} ${bytes}`)
  return all.sort()
}

function* cut(bytes: Uint8Array, sizes: readonly number[]): Generator<Uint8Array> {
  let at = 0
  for (let step = 0; at < bytes.length; step++) {
    const size = sizes[step % sizes.length] ?? bytes.length
    yield bytes.subarray(at, at + size)
    at += size
  }
}

/** Sizes near the edges of chunks, where mistakes live. */
const size = fc
  .tuple(fc.constantFrom(0, 1, 2, 16, 17), fc.integer({ min: -2, max: 2 }))
  .map(([chunks, off]) => Math.max(0, chunks * CHUNK_BYTES + off))

describe('a store of files', () => {
  it('gives every byte back, whatever the size, however it came in and whatever part is asked for', async () => {
    const store = await openStore(makeFolder())
    await fc.assert(
      fc.asyncProperty(
        size,
        fc.array(fc.integer({ min: 1, max: 200_000 }), { minLength: 1, maxLength: 3 }),
        fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
        async (length, sizes, [one, other]) => {
          const bytes = random(length)
          const stored = await store.add(cut(bytes, sizes))
          expect(stored).toEqual({ hash: hashOf(bytes), bytes: length })
          expect((await readBack(store, stored.hash))?.equals(bytes)).toBe(true)
          const [from, to] = [Math.floor(one * length), Math.ceil(other * length)]
          const part = await readBack(store, stored.hash, from, to)
          expect(part?.equals(bytes.subarray(from, Math.max(from, to)))).toBe(true)
        },
      ),
      { numRuns: 60 },
    )
    await store.close()
  })

  it('keeps the same bytes once, lists what it has and forgets what is removed after it was opened again', async () => {
    const path = makeFolder()
    const first = await openStore(path)
    const { hash } = await first.add([Buffer.from('one'), Buffer.from('two')])
    expect((await first.add([Buffer.from('onetwo')])).hash).toBe(hash)
    const empty = await first.add([])
    expect(await listed(first)).toEqual([`${hash} 6`, `${empty.hash} 0`].sort())
    expect(await first.remove(hash)).toBe(false)
    expect(await first.has(hash)).toBe(true)
    await first.close()
    const again = await openStore(path)
    expect(await again.verify(hash)).toBe('sound')
    expect(await again.remove(hash)).toBe(true)
    expect([await again.has(hash), await again.open(hash), await again.verify(hash)]).toEqual([
      false,
      undefined,
      'absent',
    ])
    expect(await listed(again)).toEqual([`${empty.hash} 0`])
    await again.close()
  })

  it('shows neither contents nor hashes on the disk, while it writes and after', async () => {
    const path = makeFolder()
    const store = await openStore(path)
    const bytes = Buffer.from(MARKER.repeat(20_000))
    const seen: string[] = []
    const look = () => {
      for (const file of filesIn(path)) {
        const content = readFileSync(file)
        seen.push(`${content.includes(MARKER)} ${file.includes(hashOf(bytes))} ${content.includes(hashOf(bytes))}`)
        expect(content.includes(createHash('sha256').update(bytes).digest())).toBe(false)
      }
    }
    async function* watched() {
      for (const piece of cut(bytes, [200_000])) {
        yield piece
        look()
      }
      // 1 MB at a time is written: so much more, that the draft on the disk is looked at.
      yield* cut(Buffer.from(MARKER.repeat(100_000)), [500_000])
      look()
    }
    await store.add(watched())
    await store.add([bytes])
    look()
    expect(seen.length).toBeGreaterThan(4)
    expect(new Set(seen)).toEqual(new Set(['false false false']))
    await store.close()
  })

  it('tells damage anywhere, and gives no wrong byte', async () => {
    const path = makeFolder()
    const store = await openStore(path)
    const bytes = random(CHUNK_BYTES * 2 + 100)
    const { hash } = await store.add([bytes])
    const [file = ''] = filesIn(path)
    const sound = readFileSync(file)
    expect(sound.length).toBe(sealedSize(bytes.length))
    const positions = [
      ...Array(96).keys(),
      ...Array.from({ length: 60 }, () => Math.floor(Math.random() * sound.length)),
    ]
    for (const position of positions) {
      const spoilt = Buffer.from(sound)
      spoilt[position] = (spoilt[position] ?? 0) ^ (1 << (position % 8))
      writeFileSync(file, spoilt)
      expect(await store.verify(hash), `byte ${position}`).toBe('damaged')
      await expect(readBack(store, hash), `byte ${position}`).rejects.toMatchObject({ code: 'damaged' })
    }
    // What is not damaged can still be read.
    const spoilt = Buffer.from(sound)
    spoilt.writeUInt8((spoilt.at(-1) ?? 0) ^ 1, spoilt.length - 1)
    writeFileSync(file, spoilt)
    expect((await readBack(store, hash, 0, CHUNK_BYTES * 2))?.equals(bytes.subarray(0, CHUNK_BYTES * 2))).toBe(true)
    // Adding it again heals it.
    await store.add([bytes])
    expect(await store.verify(hash)).toBe('sound')
    await store.close()
  })

  it(`detects each of ${FLIPS} flipped bits in files and drafts, or it is harmless, and the other files stay as they are`, async () => {
    const path = makeFolder()
    const first = await openStore(path)
    const bytesByHash = new Map<string, Uint8Array>()
    for (const length of [0, 1, 100, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 77]) {
      const bytes = random(length)
      bytesByHash.set((await first.add([bytes])).hash, bytes)
    }
    await first.close()
    const files = filesIn(path)
    const draft = join(path, '.0123456789abcdef0123456789abcdef.part')
    const outcomes = { damaged: 0, draft: 0 }
    const pick = createRandom(FLIPS)
    for (let flip = 0; flip < FLIPS; flip++) {
      // What a crash left of a copy: its head, which is written last, is still empty.
      const cut = readFileSync(files[flip % files.length] ?? '').fill(0, 0, HEAD_BYTES)
      writeFileSync(draft, cut.subarray(0, Math.floor(pick() * cut.length)))
      const hit = [...files, draft][Math.floor(pick() * (files.length + 1))] ?? ''
      const before = readFileSync(hit)
      const position = Math.floor(pick() * before.length)
      if (before.length > 0) flipBit(hit, position, flip % 8)
      const where = `bit ${flip % 8} of byte ${position} of ${hit}`
      const store = await openStore(path)
      let damaged = 0
      for (const [hash, bytes] of bytesByHash) {
        const state = await store.verify(hash)
        if (state === 'damaged') {
          damaged++
          await expect(readBack(store, hash), where).rejects.toMatchObject({ code: 'damaged' })
        } else {
          expect(state, where).toBe('sound')
          expect((await readBack(store, hash))?.equals(bytes), where).toBe(true)
        }
      }
      expect(damaged, where).toBe(hit === draft ? 0 : 1)
      for (const file of await listed(store)) expect(bytesByHash.has(file.split(' ')[0] ?? ''), where).toBe(true)
      expect(existsSync(draft), where).toBe(false)
      outcomes[hit === draft ? 'draft' : 'damaged']++
      if (hit !== draft) writeFileSync(hit, before)
      await store.close()
    }
    expect(outcomes.damaged).toBeGreaterThan(FLIPS / 2)
    if (process.env['STORAGE_FLIPS'] !== undefined) process.stderr.write(`files ${JSON.stringify(outcomes)}\n`)
  }, 3_600_000)

  it('tells a file whose draft was damaged on the disk while it was still coming in', async () => {
    const path = makeFolder()
    const store = await openStore(path)
    const bytes = random(CHUNK_BYTES * 40)
    async function* spoilt() {
      for (const piece of cut(bytes, [CHUNK_BYTES])) yield piece
      const [draft = ''] = filesIn(path)
      flipBit(draft, HEAD_BYTES + 5000)
    }
    const { hash } = await store.add(spoilt())
    expect(hash).toBe(hashOf(bytes))
    expect(await store.verify(hash)).toBe('damaged')
    await expect(readBack(store, hash)).rejects.toMatchObject({ code: 'damaged' })
    await store.close()
  })

  it('tells a file that is cut, grown, reordered, of another name or of another key', async () => {
    const path = makeFolder()
    const store = await openStore(path)
    const [one, other] = [random(CHUNK_BYTES * 3), random(CHUNK_BYTES * 3)]
    const { hash } = await store.add([one])
    const [file = ''] = filesIn(path)
    const { hash: otherHash } = await store.add([other])
    const otherFile = filesIn(path).find(each => each !== file) ?? ''
    const sound = readFileSync(file)
    const chunk = (index: number) =>
      sound.subarray(96 + index * (CHUNK_BYTES + 16), 96 + (index + 1) * (CHUNK_BYTES + 16))
    const foreign = readFileSync(otherFile)
    const forgeries: readonly Buffer[] = [
      sound.subarray(0, sound.length - 1),
      sound.subarray(0, sound.length - (CHUNK_BYTES + 16)),
      sound.subarray(0, 50),
      Buffer.alloc(0),
      Buffer.concat([sound, Buffer.from([0])]),
      Buffer.concat([sound, chunk(2)]),
      Buffer.concat([sound.subarray(0, 96), chunk(1), chunk(0), chunk(2)]),
      Buffer.concat([sound.subarray(0, 96), chunk(0), chunk(0), chunk(2)]),
      // The chunks of one under the head of another, and the whole other file under this name.
      Buffer.concat([foreign.subarray(0, 96), sound.subarray(96)]),
      foreign,
    ]
    for (const [index, forgery] of forgeries.entries()) {
      writeFileSync(file, forgery)
      await expect(readBack(store, hash), `forgery ${index}`).rejects.toMatchObject({ code: 'damaged' })
    }
    renameSync(otherFile, file)
    expect(await listed(store)).toEqual([])
    expect(await store.verify(otherHash)).toBe('absent')
    writeFileSync(file, sound)
    const stranger = await openStore(
      path,
      TEST_KEY.map(byte => byte ^ 1),
    )
    expect(await stranger.has(hash)).toBe(false)
    expect(await listed(stranger)).toEqual([])
    expect(await store.verify(hash)).toBe('sound')
  })

  it('keeps nothing of a source that fails', async () => {
    const path = makeFolder()
    const store = await openStore(path)
    async function* failing() {
      yield random(3_000_000)
      await Promise.resolve()
      throw new RangeError('gone')
    }
    await expect(store.add(failing())).rejects.toThrow(RangeError)
    expect(filesIn(path)).toEqual([])
    await store.close()
  })

  it('costs little memory however large the file is', async () => {
    const path = makeFolder()
    const store = await openStore(path)
    const block = random(1_000_000)
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    /** What is in use: what waits to be collected depends on the engine's mood. */
    const measure = () => {
      // Twice: what the first one found is given back by another thread, by the second at the latest.
      collectGarbage()
      collectGarbage()
      return process.memoryUsage().arrayBuffers
    }
    let peak = 0
    async function* many() {
      for (let at = 0; at < 60; at++) {
        if (at % 10 === 0) peak = Math.max(peak, measure())
        yield block
      }
    }
    const before = measure()
    let pieces = 0
    const { hash } = await store.add(many())
    const file = await store.open(hash)
    for await (const piece of file?.read(0, Infinity) ?? []) {
      expect(piece.length).toBeLessThanOrEqual(CHUNK_BYTES)
      if (pieces++ % 100 === 0) peak = Math.max(peak, measure())
    }
    await file?.close()
    expect(peak - before).toBeLessThan(10_000_000)
    await store.close()
  })

  it('without room on the disk fails as diskFull, leaves nothing, and goes on with what fits', async () => {
    const path = makeFolder()
    // No file may be larger than 2 MB: the disk refuses in the middle of the second one.
    const said = await watchWriter(path, '500000,5000000', { limit: 2000, enough: 4 })
    expect(said.map(line => (line === 'diskFull' ? line : 'added'))).toEqual(['added', 'diskFull', 'added', 'diskFull'])
    const store = await openStore(path)
    // It may have added one more before it was ended.
    const kept = await listed(store)
    expect(kept).toEqual(expect.arrayContaining([`${said[0]} 500000`, `${said[2]} 500000`]))
    expect(kept.filter(file => !file.endsWith(' 500000'))).toEqual([])
    expect(filesIn(path)).toHaveLength(kept.length)
    await store.close()
  })

  // Each is a process killed in the middle of a copy; STORAGE_KILLS asks for more.
  it.each(Array.from({ length: Number(process.env['STORAGE_KILLS'] ?? 2) }, (_, index) => index))(
    'loses no acknowledged file to kill -9, and leaves none half written (%s)',
    async round => {
      const path = makeFolder()
      const said = await watchWriter(path, '3000000,70000,20000000', { enough: 3 + (round % 7) })
      // What was under way when it was killed: drafts, which the next opening removes.
      const store = await openStore(path)
      for (const hash of said) expect(await store.verify(hash)).toBe('sound')
      for await (const { hash } of store.list()) expect(await store.verify(hash)).toBe('sound')
      expect(filesIn(path).filter(file => !/[0-9a-f]{64}$/.test(file))).toEqual([])
      await store.close()
    },
  )

  it('removes what a crash left behind, and nothing else', async () => {
    const path = makeFolder()
    const store = await openStore(path)
    const { hash } = await store.add([Buffer.from('kept')])
    const [file = ''] = filesIn(path)
    copyFileSync(file, join(path, '.0123456789abcdef0123456789abcdef.part'))
    writeFileSync(join(path, 'note.txt'), 'not of the store')
    truncateSync(join(path, '.0123456789abcdef0123456789abcdef.part'), 20)
    const again = await openStore(path)
    expect(readdirSync(path)).toHaveLength(2)
    expect(existsSync(join(path, 'note.txt'))).toBe(true)
    expect(await again.verify(hash)).toBe('sound')
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })
})

/** The lines of a process that adds files of these sizes in turn; killed without warning after enough of them. */
async function watchWriter(
  path: string,
  sizes: string,
  { limit, enough }: { readonly limit?: number; readonly enough: number },
): Promise<string[]> {
  const writer = fileURLToPath(new URL('./file-writer.suite.ts', import.meta.url))
  // In the shell's blocks of 1,024 bytes.
  const limited = limit === undefined ? '' : `ulimit -f ${limit}; `
  const command = `${limited}exec "$0" --import tsx "$@"`
  const child = spawn('bash', ['-c', command, process.execPath, writer, path, sizes], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (lines.length < enough) lines.push(line)
    if (lines.length === enough) child.kill('SIGKILL')
  }
  return lines
}
