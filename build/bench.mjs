// `npm run bench -- NAME [--json]`: sets everything up, builds, and runs bench/NAME.ts.
// With --json nothing but the bench's own JSON reaches stdout: everything said here goes to stderr.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from './bundle.mjs'
import { run } from './command.mjs'
import { onHiddenScreen } from './display.mjs'
import { repositoryRoot } from './paths.mjs'
import { runMain, SetupFailure } from './progress.mjs'
import { setUp } from './set-up.mjs'

await runMain(async () => {
  const [name, ...rest] = process.argv.slice(2)
  const file = join('bench', `${name}.ts`)
  if (name === undefined || !/^[a-z0-9-]+$/.test(name) || !existsSync(join(repositoryRoot, file))) {
    const names = readdirSync(join(repositoryRoot, 'bench')).filter(entry => /^[a-z0-9-]+\.ts$/.test(entry))
    throw new SetupFailure(
      `Say which bench to run: npm run bench -- NAME, where NAME is one of ${names.map(entry => entry.slice(0, -3)).join(', ')}.`,
    )
  }
  // The storage needs no window, but a browser to compare with; the hub needs neither, but PostgreSQL.
  const windows = name !== 'storage' && name !== 'hub'
  const needs = { window: windows, tests: windows, browser: name === 'storage', database: name === 'hub' }
  const { env } = await setUp({ ...needs, out: process.stderr })
  if (name !== 'hub') await bundle({ log: 'error', ...(windows ? {} : { only: 'electron' }) })
  const command = [process.execPath, '--import', 'tsx', file, ...rest]
  const [program, args] = windows ? onHiddenScreen(command) : [command[0], command.slice(1)]
  return run(program, args, { env, cwd: repositoryRoot })
})
