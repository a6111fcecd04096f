/** The format of whole copies: what went in comes out, whatever its size, and nothing else ever does. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openKeyedDatabase } from './keyed-database.ts'
import { isDamage, StorageError } from './storage-error.ts'
import { nativeBinding, TEST_KEY } from './storage-fixture.suite.ts'
import { createWholeCopy, openWholeCopy, PIECE_BYTES } from './whole-copy.ts'

const OTHER_KEY = TEST_KEY.map(byte => byte ^ 1)

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'farfield-whole-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const fileOf = (name = 'copy', key = TEST_KEY) => ({ path: join(folder, name), key, ...nativeBinding })

async function make(parts: { readonly [name: string]: readonly Uint8Array[] }, name = 'copy'): Promise<void> {
  const copy = createWholeCopy(fileOf(name))
  for (const [part, pieces] of Object.entries(parts)) await copy.add(part, pieces)
  copy.finish(1234)
  copy.close()
}

function readAll(name = 'copy'): { readonly [name: string]: Buffer } {
  const copy = openWholeCopy(fileOf(name))
  try {
    return Object.fromEntries(copy.parts.map(({ name: part }) => [part, Buffer.concat([...copy.read(part)])]))
  } finally {
    copy.close()
  }
}

const refused = expect.objectContaining({ code: 'wrongKey' }) as Error

describe('a whole copy', () => {
  it('gives every part back as it was, whatever its size and however it came in', async () => {
    const bytes = randomBytes(3 * PIECE_BYTES + 17)
    const pieces = [bytes.subarray(0, 1), bytes.subarray(1, 70_000), bytes.subarray(70_000)]
    const exact = [randomBytes(PIECE_BYTES), randomBytes(PIECE_BYTES)]
    await make({ odd: pieces, none: [], empty: [new Uint8Array(0)], one: [randomBytes(1)], exact })
    const copy = openWholeCopy(fileOf())
    expect(copy.madeAt).toBe(1234)
    expect(copy.parts.map(({ name, bytes }) => [name, bytes]).sort()).toEqual([
      ['empty', 0],
      ['exact', 2 * PIECE_BYTES],
      ['none', 0],
      ['odd', bytes.length],
      ['one', 1],
    ])
    expect(() => [...copy.read('absent')]).toThrow(expect.objectContaining({ code: 'damaged' }) as Error)
    copy.close()
    const parts = readAll()
    expect(parts['odd']?.equals(bytes)).toBe(true)
    expect(parts['exact']?.equals(Buffer.concat(exact))).toBe(true)
  })

  it('has nothing of a part whose source fails, and goes on with the next', async () => {
    const copy = createWholeCopy(fileOf())
    await copy.add('first', [Buffer.from('first')])
    const failing = function* () {
      yield randomBytes(2 * PIECE_BYTES)
      throw new StorageError('damaged', 'It cannot be read on')
    }
    await expect(copy.add('second', failing())).rejects.toMatchObject({ code: 'damaged' })
    await copy.add('third', [Buffer.from('third')])
    copy.finish(1)
    copy.close()
    expect(Object.entries(readAll()).map(([name, bytes]) => [name, bytes.toString()])).toEqual([
      ['first', 'first'],
      ['third', 'third'],
    ])
  })

  it('is refused with another key, unfinished, or when it is something else', async () => {
    await make({ part: [Buffer.from('Zebrafinch')] })
    expect(readFileSync(join(folder, 'copy')).includes('Zebrafinch')).toBe(false)
    expect(() => openWholeCopy(fileOf('copy', OTHER_KEY))).toThrow(refused)
    const unfinished = createWholeCopy(fileOf('unfinished'))
    await unfinished.add('part', [Buffer.from('part')])
    unfinished.close()
    expect(() => openWholeCopy(fileOf('unfinished'))).toThrow(refused)
    const database = openKeyedDatabase(fileOf('database'))
    database.exec('CREATE TABLE finished (version INTEGER, made_at INTEGER); INSERT INTO finished VALUES (1, 1)')
    database.close()
    expect(() => openWholeCopy(fileOf('database'))).toThrow(refused)
    for (const content of [Buffer.alloc(0), Buffer.from('name,site\n'.repeat(1000)), randomBytes(200_000)]) {
      writeFileSync(join(folder, 'other'), content)
      expect(() => openWholeCopy(fileOf('other'))).toThrow(refused)
      expect(readFileSync(join(folder, 'other')).equals(content)).toBe(true)
    }
  })

  it('never gives out other bytes after a flipped bit or a cut, wherever it is', async () => {
    const parts = { one: [randomBytes(2 * PIECE_BYTES + 9)], two: [randomBytes(300_000)] }
    await make(parts)
    const whole = readFileSync(join(folder, 'copy'))
    const right = readAll()
    let caught = 0
    const expectRightOrNothing = (changed: Buffer) => {
      writeFileSync(join(folder, 'changed'), changed)
      try {
        const read = readAll('changed')
        for (const [name, bytes] of Object.entries(read)) expect(right[name]?.equals(bytes)).toBe(true)
      } catch (thrown) {
        if (!(thrown instanceof StorageError)) throw thrown
        expect(['damaged', 'wrongKey']).toContain(thrown.code)
        caught++
      }
    }
    for (let round = 0; round < 60; round++) {
      const changed = Buffer.from(whole)
      // One in each stretch of the file.
      const at = Math.floor(((round + randomBytes(1).readUInt8() / 256) / 60) * whole.length)
      changed[at] = (changed[at] ?? 0) ^ (1 << (round % 8))
      expectRightOrNothing(changed)
    }
    for (const length of [1000, 65_536, whole.length >> 1, whole.length - 65_536, whole.length - 300, whole.length - 1])
      expectRightOrNothing(whole.subarray(0, length))
    expect(caught).toBeGreaterThan(50)
    expect(isDamage(new StorageError('wrongKey', ''))).toBe(false)
  })
})
