// `npm run dist [-- linux|win|mac [target...]]`: packages the app. Without the pinned Electron only test packages can be
// made: --release refuses the stand-in, so that no user ever gets an old Chromium.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { bundle } from './bundle.mjs'
import { run } from './command.mjs'
import { repositoryRoot } from './paths.mjs'
import { runMain, SetupFailure } from './progress.mjs'
import { setUp } from './set-up.mjs'

const here = { linux: 'linux', win32: 'win', darwin: 'mac' }[process.platform] ?? 'linux'

await runMain(async () => {
  const words = process.argv.slice(2)
  const release = words.includes('--release')
  const [platform = here, ...targets] = words.filter(word => word !== '--release')
  const { env, runtime } = await setUp({ window: true })
  if (release && runtime.kind !== 'pinned') {
    throw new SetupFailure(
      `A release needs the Electron named in package.json, and this is ${runtime.version}: build it where Electron can be downloaded.`,
    )
  }
  await rm(join(repositoryRoot, 'dist'), { recursive: true, force: true })
  await bundle()
  const builder = join(repositoryRoot, 'node_modules', 'electron-builder', 'cli.js')
  const args = [builder, `--${platform}`, ...(targets.length > 0 ? targets : ['dir']), '--publish', 'never']
  // The runtime at hand is used as it is; for another platform electron-builder downloads that platform's own.
  if (platform === here) args.push(`-c.electronDist=${runtime.dist}`, `-c.electronVersion=${runtime.version}`)
  return run(process.execPath, args, { env, cwd: repositoryRoot })
})
