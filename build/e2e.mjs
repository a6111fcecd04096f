// `npm run e2e`: sets everything up, builds, and runs the journeys in Playwright on a hidden screen with its own D-Bus.
// Extra arguments go to Playwright, such as `-g battery` or a file name.
import { fileURLToPath } from 'node:url'
import { bundle } from './bundle.mjs'
import { run } from './command.mjs'
import { onHiddenScreen } from './display.mjs'
import { join } from 'node:path'
import { repositoryRoot } from './paths.mjs'
import { runMain } from './progress.mjs'
import { setUp } from './set-up.mjs'

/** Resolves to Playwright's exit code; `env` comes from setUp. */
export async function runJourneys(env, args = []) {
  const playwright = join(repositoryRoot, 'node_modules', '@playwright', 'test', 'cli.js')
  const [program, words] = onHiddenScreen([process.execPath, playwright, 'test', ...args])
  return run(program, words, { env, cwd: repositoryRoot })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    const { env } = await setUp({ window: true, tests: true })
    await bundle()
    return runJourneys(env, process.argv.slice(2))
  })
}
