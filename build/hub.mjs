// `npm run hub`: sets up what the hub needs (no Electron), builds it, and runs it here. Extra arguments go to the hub.
import { join } from 'node:path'
import { bundle } from './bundle.mjs'
import { run } from './command.mjs'
import { repositoryRoot } from './paths.mjs'
import { runMain } from './progress.mjs'
import { setUp } from './set-up.mjs'

await runMain(async () => {
  const { env } = await setUp({ out: process.stderr })
  await bundle({ only: 'hub' })
  return run(process.execPath, [join(repositoryRoot, 'dist', 'hub', 'hub.mjs'), ...process.argv.slice(2)], { env })
})
