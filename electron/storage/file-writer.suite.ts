/** Run as a process by the tests of the file store: adds files until it is killed, and prints only what was acknowledged. */
import { createHash } from 'node:crypto'
import { writeSync } from 'node:fs'
import { openFileStore } from './file-store.ts'
import { StorageError } from './storage-error.ts'

const [, , path = '', sizes = ''] = process.argv
const store = await openFileStore({
  path,
  key: Uint8Array.from({ length: 32 }, (_, index) => index * 7),
  random: bytes => crypto.getRandomValues(new Uint8Array(bytes)),
})

/** Bytes that follow from a number alone, so that the test can tell which file is which. */
async function* contents(seed: number, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += 65_536) {
    const block = createHash('sha512').update(`${seed} ${at}`).digest()
    yield Buffer.alloc(Math.min(65_536, size - at), block)
  }
}

for (let seed = 0; ; seed++) {
  const size = Number(sizes.split(',')[seed % sizes.split(',').length])
  try {
    const { hash } = await store.add(contents(seed, size))
    writeSync(1, `${hash}\n`)
  } catch (thrown) {
    writeSync(1, `${thrown instanceof StorageError ? thrown.code : String(thrown)}\n`)
  }
}
