// `npm run soak`: the storage's crash and damage tests at full length: 200 kills of writers and 20 of file copies alone, 1,000
// bits flipped in a database and its WAL and 1,000 in files and drafts. Ends with non-zero on any failure. Takes some minutes.
import { join } from 'node:path'
import { run } from './command.mjs'
import { repositoryRoot } from './paths.mjs'
import { runMain } from './progress.mjs'
import { setUp } from './set-up.mjs'

await runMain(async () => {
  const { env } = await setUp()
  const tests = ['crash', 'file-store', 'salvage'].map(name => `electron/storage/${name}.test.ts`)
  return run(process.execPath, [join(repositoryRoot, 'node_modules', 'vitest', 'vitest.mjs'), 'run', ...tests], {
    cwd: repositoryRoot,
    env: { STORAGE_KILLS: '20', STORAGE_FLIPS: '1000', ...env },
  })
})
