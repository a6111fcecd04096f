/**
 * Guards package-lock.json against a lockfile that `npm ci` refuses: npm leaves out binaries of other platforms when the
 * registry at hand does not offer them, and then nobody can install. It must never ask a registry.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

interface LockedPackage {
  readonly version?: string
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const root = join(import.meta.dirname, '..')
const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

it('lists every optional dependency that a locked package names', () => {
  const missing = Object.entries(packages).flatMap(([path, locked]) =>
    Object.keys(locked.optionalDependencies ?? {})
      .filter(name => !isLocked(path, name))
      .map(name => `${path}: ${name}`),
  )
  expect(missing).toEqual([])
})

it('says of no package where it was fetched from, so that any mirror can serve it', () => {
  const bound = Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)
  expect(bound.map(([path]) => path)).toEqual([])
})

/** As Node looks it up: in the package's own folder, then in each folder above. */
function isLocked(path: string, name: string): boolean {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (packages[folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`] !== undefined) return true
    if (folder === '') return false
  }
}
