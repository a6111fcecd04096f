// Makes sure that the encrypted SQLite driver can be loaded: the prebuilt addon needs Node-API 10, and on a runtime
// with less (Node 20, Electron 33) it would crash the process, so there the driver's own source is built once and cached.
// It must never change node_modules.
import { existsSync, readFileSync } from 'node:fs'
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { collect, hasProgram, tail } from './command.mjs'
import { cacheFolder, repositoryRoot, shortHash } from './paths.mjs'
import { SetupFailure } from './progress.mjs'

const prebuiltNodeApi = 10
const shippedDefine = "'NAPI_VERSION=10'"
const ourDefines = "'NAPI_EXPERIMENTAL', 'NODE_API_EXPERIMENTAL_NO_WARNING'"
const packageFolder = join(repositoryRoot, 'node_modules', 'better-sqlite3-multiple-ciphers')

/** The newest Node-API of the Node that runs this; `process.versions.napi` is a string. */
export const nodeApiHere = Number(process.versions.napi)

/** The Node-API of an Electron major version, as far as it matters here: 33 and 34 have 9, later ones 10. */
export function nodeApiOfElectron(major) {
  return major >= 35 ? 10 : 9
}

/** Absolute path of the built addon, or undefined where the shipped prebuild works. `nodeApi` is the loading runtime's. */
export function findSqliteAddon(nodeApi = nodeApiHere) {
  return nodeApi >= prebuiltNodeApi ? undefined : addonPath()
}

function addonPath() {
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8'))
  const recipe = readFileSync(join(packageFolder, 'binding.gyp'), 'utf8')
  const libc = process.report?.getReport().header.glibcVersionRuntime === undefined ? 'other' : 'glibc'
  const key = shortHash(version, recipe, ourDefines, process.platform, process.arch, libc)
  return cacheFolder('sqlite-addon', `${version}-${key}`, 'better_sqlite3.node')
}

/** Builds the addon when `nodeApi` needs it and the cache has none, after `beforeBuild`; resolves to `{ path, built }`. */
export async function ensureSqliteAddon(nodeApi = nodeApiHere, beforeBuild = async () => {}) {
  const path = findSqliteAddon(nodeApi)
  if (path === undefined || existsSync(path)) return { path, built: false }
  await beforeBuild()
  await buildAddon(path)
  return { path, built: true }
}

async function buildAddon(path) {
  if (
    process.platform !== 'win32' &&
    !(hasProgram('make') && hasProgram('python3') && (hasProgram('g++') || hasProgram('clang++')))
  ) {
    throw new SetupFailure(
      'The SQLite driver must be built on this Node version and no compiler was found: install make, python3 and g++ ' +
        '(Debian: apt-get install build-essential python3), or use Node 24 with the current Electron.',
    )
  }
  const work = cacheFolder('sqlite-addon', `building-${process.pid}`)
  const source = join(work, 'better-sqlite3-multiple-ciphers')
  await rm(work, { recursive: true, force: true })
  await mkdir(work, { recursive: true })
  try {
    await cp(packageFolder, source, { recursive: true, filter: from => !from.includes('prebuilds') })
    const require = createRequire(join(packageFolder, 'package.json'))
    const headers = dirname(require.resolve('node-addon-api/package.json'))
    await cp(headers, join(source, 'node_modules', 'node-addon-api'), { recursive: true })

    const recipe = readFileSync(join(source, 'binding.gyp'), 'utf8')
    if (!recipe.includes(shippedDefine)) {
      throw new SetupFailure(
        'The SQLite driver changed how it is built: look for its NAPI_VERSION define and adjust build/sqlite-addon.mjs.',
      )
    }
    await writeFile(join(source, 'binding.gyp'), recipe.replace(shippedDefine, ourDefines))

    const gyp = join(repositoryRoot, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js')
    const { code, output } = await collect(
      process.execPath,
      [gyp, 'rebuild', '--release', '--jobs=max', '--force_build=1', ...localHeaders()],
      { cwd: source },
    )
    const product = join(source, 'build', 'Release', 'better_sqlite3.node')
    if (code !== 0 || !existsSync(product)) {
      throw new SetupFailure(
        `${tail(output)}\n\nThe SQLite driver could not be built (the compiler's last words are above): check that ` +
          'make, python3, g++ and the Node headers are there, then run the command again.',
      )
    }
    await mkdir(dirname(path), { recursive: true })
    await rename(product, path)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** The headers that came with this Node, so that nothing is downloaded; without them node-gyp fetches them itself. */
function localHeaders() {
  const prefix = dirname(dirname(process.execPath))
  return existsSync(join(prefix, 'include', 'node', 'node_api.h')) ? [`--nodedir=${prefix}`] : []
}
