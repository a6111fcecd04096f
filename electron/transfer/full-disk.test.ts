/** A disk that is really full: what goes out is told as such, leaves nothing behind, and works again with room. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

// A file system of its own, which only that process sees, is Linux's to give.
it.runIf(process.platform === 'linux')(
  'a file that finds no room is taken away again, a tar archive too, in whatever pieces it comes',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'farfield-full-'))
    const script = fileURLToPath(new URL('./full-disk.suite.ts', import.meta.url))
    const command = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$0" --import tsx "$2" "$1"'
    const { stdout } = await promisify(execFile)(
      'unshare',
      ['--map-root-user', '--mount', 'bash', '-c', command, process.execPath, folder, script],
      { timeout: 60_000 },
    )
    expect(JSON.parse(stdout)).toEqual({
      pieces: ['diskFull', []],
      'large entry': ['diskFull', []],
      entries: ['diskFull', []],
      fits: ['fits.bin', ['fits.bin']],
    })
    rmSync(folder, { recursive: true, force: true })
  },
  90_000,
)
