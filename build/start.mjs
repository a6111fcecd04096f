// `npm start`: sets everything up, builds, and opens the app. Extra arguments go to the app.
import { bundle } from './bundle.mjs'
import { run } from './command.mjs'
import { hasScreen, onAnyScreen } from './display.mjs'
import { electronExecutable } from './electron-runtime.mjs'
import { repositoryRoot } from './paths.mjs'
import { runMain } from './progress.mjs'
import { sandboxArguments } from './sandbox.mjs'
import { setUp } from './set-up.mjs'

await runMain(async () => {
  const { env, runtime } = await setUp({ window: true })
  await bundle()
  const note = text => process.stdout.write(`  ${text}\n`)
  if (!hasScreen()) note('No screen was found (DISPLAY is not set): the window opens on a hidden one.')
  const command = [
    electronExecutable(runtime),
    repositoryRoot,
    ...sandboxArguments(runtime, note),
    ...process.argv.slice(2),
  ]
  if (!hasScreen()) command.push('--disable-gpu')
  const [program, args] = onAnyScreen(command)
  return run(program, args, { env, cwd: repositoryRoot })
})
