// Installs the packages of package-lock.json when what node_modules holds differs from it.
// Install scripts never run: nothing here needs one. It runs before anything is installed, so it imports only Node.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { collect, npmCommand, tail } from '../command.mjs'
import { repositoryRoot } from '../paths.mjs'
import { SetupFailure } from '../progress.mjs'

/** Resolves to one phrase for the progress line. */
export async function installDependencies({ note = () => {} } = {}) {
  if (dependenciesAreInstalled()) return 'up to date'
  note('npm ci (about a minute the first time)')
  const [npm, args] = npmCommand(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'])
  const { code, output } = await collect(npm, args, { cwd: repositoryRoot })
  if (code !== 0) {
    throw new SetupFailure(
      `${tail(output)}\n\nThe packages could not be installed: check the connection to the npm registry and try again.`,
    )
  }
  return 'installed'
}

/** npm writes node_modules/.package-lock.json last, so that it says what is really there, and nothing after a broken install. */
export function dependenciesAreInstalled(root = repositoryRoot) {
  const written = join(root, 'node_modules', '.package-lock.json')
  if (!existsSync(written)) return false
  const present = JSON.parse(readFileSync(written, 'utf8')).packages
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages
  return Object.entries(wanted).every(([path, entry]) => {
    // Optional packages for other platforms are in the lockfile but never on the disk.
    if (path === '' || entry.link === true) return true
    const found = present[path]
    return found === undefined ? entry.optional === true || entry.devOptional === true : found.version === entry.version
  })
}
