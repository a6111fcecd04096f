// Everything that must be there before the app, the tests or the hub can run, in order, each step cached.
// It prints one line a step; what it resolves to is the environment that the started program needs.
import { ensureElectronRuntime, runtimeEnvironment } from './electron-runtime.mjs'
import { createProgress, SetupFailure } from './progress.mjs'
import { ensureSqliteAddon, nodeApiHere, nodeApiOfElectron } from './sqlite-addon.mjs'
import { installDependencies } from './steps/dependencies.mjs'
import { installSystemPackages } from './steps/system-packages.mjs'

/**
 * `window`: an Electron will be started. `tests`: Playwright will drive it. Neither: Node only (the hub). `browser`: a
 * Chromium to compare with will be started. `database`: a PostgreSQL will be started.
 * Resolves to `{ env, runtime }`; `runtime` is undefined without a window.
 */
export async function setUp({
  window = false,
  tests = false,
  browser = false,
  database = tests,
  out = process.stdout,
} = {}) {
  const progress = createProgress(out)
  checkNode()
  await progress.step('packages', () => installDependencies(progress))
  const addon = { wanted: nodeApiHere }
  let runtime
  await progress.step('system libraries', () =>
    installSystemPackages({ window: window || tests, tests, addon: false, browser, database }, progress),
  )
  if (window || tests) {
    await progress.step('Electron', async () => {
      runtime = await ensureElectronRuntime(progress)
      addon.wanted = Math.min(addon.wanted, nodeApiOfElectron(Number.parseInt(runtime.version, 10) || 99))
      return runtime.detail
    })
  }
  let addonPath
  await progress.step('SQLite driver', async () => {
    const { path, built } = await ensureSqliteAddon(addon.wanted, async () => {
      progress.note('building it for this Node (about two minutes, once)')
      await installSystemPackages({ window: false, tests: false, addon: true }, progress)
    })
    addonPath = path
    if (path === undefined) return 'prebuilt'
    return built ? 'built' : 'built before'
  })
  const env = { ...process.env, ...(runtime ? runtimeEnvironment(runtime) : {}) }
  // A test's hub must never write to the database of a hub that somebody runs.
  if (tests) env['HUB_DATABASE_URL'] = ''
  if (addonPath !== undefined) env['FARFIELD_SQLITE_ADDON'] = addonPath
  return { env, runtime }
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return
  throw new SetupFailure(
    `Node ${process.versions.node} is too old: install Node 20.19 or later (nodejs.org) and try again.`,
  )
}
