// `npm run demo`: sets everything up, builds, and tells the story of e2e/demo.ts: one hub, two laptops, real data.
// The windows are seen where there is a screen. The exit code says whether the story held.
import { bundle } from './bundle.mjs'
import { run } from './command.mjs'
import { hasScreen, onAnyScreen } from './display.mjs'
import { repositoryRoot } from './paths.mjs'
import { runMain } from './progress.mjs'
import { setUp } from './set-up.mjs'

await runMain(async () => {
  const { env } = await setUp({ window: true, tests: true })
  await bundle()
  if (!hasScreen())
    process.stdout.write('  No screen was found (DISPLAY is not set): the windows open on a hidden one.\n')
  const [program, args] = onAnyScreen([process.execPath, '--import', 'tsx', 'e2e/demo.ts', ...process.argv.slice(2)])
  return run(program, args, { env, cwd: repositoryRoot })
})
