/** Every way of writing on a disk that is really full: fails in words, leaves everything whole, and works again with room. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'farfield-full-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

// A file system of its own, which only that process sees, is Linux's to give; the storage's own tests limit files elsewhere.
it.runIf(process.platform === 'linux')(
  'a full disk at every write path',
  async () => {
    const script = fileURLToPath(new URL('./full-disk.suite.ts', import.meta.url))
    const command = 'mount -t tmpfs -o size=10m tmpfs "$1" && exec "$0" --import tsx "$2" "$1"'
    const { stdout } = await promisify(execFile)(
      'unshare',
      ['--map-root-user', '--mount', 'bash', '-c', command, process.execPath, folder, script],
      { timeout: 60_000 },
    )
    expect(JSON.parse(stdout)).toEqual({
      create: 'diskFull',
      'after create': [true, true],
      bulk: 'diskFull',
      'after bulk': true,
      edit: 'diskFull',
      type: 'diskFull',
      setting: 'diskFull',
      file: 'diskFull',
      'small file': 'diskFull',
      thumbnail: 'diskFull',
      note: 'diskFull',
      'first start': 'diskFull',
      'after files': [1, 'sound', 0, false],
      backup: 'diskFull',
      compact: 'diskFull',
      restore: 'diskFull',
      saveCopy: 'diskFull',
      restoreCopy: 'diskFull',
      backups: true,
      import: 'diskFull',
      'import taken back': true,
      recovered: [false, true],
      'files again': [10_000, 9000],
      'first start again': true,
      reopened: true,
      sound: [],
    })
  },
  90_000,
)
