/**
 * The packages that only this bench needs (PouchDB; what RxDB's test-utils asks for), installed on demand from their own
 * lockfile into the user's cache, so that the project does not carry them. It never touches node_modules.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { collect, npmCommand, tail } from '../../build/command.mjs'
import { cacheFolder, shortHash } from '../../build/paths.mjs'

/** The folder that has them in its node_modules. */
export async function installBenchPackages(): Promise<string> {
  const source = join(import.meta.dirname, 'packages')
  const folder = cacheFolder('bench-packages', shortHash(readFileSync(join(source, 'package-lock.json'), 'utf8')))
  if (existsSync(folder)) return folder
  const work = `${folder}.${process.pid}`
  mkdirSync(work, { recursive: true })
  try {
    for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(source, name), join(work, name))
    const [npm, args] = npmCommand(['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'])
    const { code, output } = await collect(npm, args, { cwd: work })
    if (code !== 0) throw new Error(`${tail(output)}\n\nThe packages of the bench could not be installed.`)
    renameSync(work, folder)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return folder
}
