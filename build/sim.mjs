// `npm run sim -- [--seeds N] [--minutes M] [--seed S] [--devices n] [--mutants]`: the simulation of docs/simulation.md.
import { join } from 'node:path'
import { run } from './command.mjs'
import { repositoryRoot } from './paths.mjs'
import { runMain } from './progress.mjs'
import { setUp } from './set-up.mjs'

await runMain(async () => {
  const { env } = await setUp()
  return run(process.execPath, ['--import', 'tsx', join('sim', 'main.ts'), ...process.argv.slice(2)], {
    cwd: repositoryRoot,
    // Its paths are only for the compiler: tsx would load declarations instead of the native module.
    env: { ...env, TSX_TSCONFIG_PATH: join(repositoryRoot, 'sim', 'tsconfig.json') },
  })
})
