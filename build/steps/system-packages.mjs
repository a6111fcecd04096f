// Checks that the machine has what Electron and the tests load or start, and installs it on Debian when it may (as root).
// Without that right it changes nothing and prints the exact command. It looks for libraries and programs, not for
// package names, so that other distributions pass too.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { collect, hasProgram, tail } from '../command.mjs'
import { SetupFailure } from '../progress.mjs'

const library = (name, ...packages) => ({ name, packages, isThere: libraries => libraries.includes(name) })
const program = (name, ...packages) => ({ name, packages, isThere: () => hasProgram(name) })

const forWindow = [
  library('libgtk-3.so.0', 'libgtk-3-0', 'libgtk-3-0t64'),
  library('libnss3.so', 'libnss3'),
  library('libasound.so.2', 'libasound2', 'libasound2t64'),
  library('libgbm.so.1', 'libgbm1'),
  library('libXss.so.1', 'libxss1'),
  library('libXtst.so.6', 'libxtst6'),
  library('libnotify.so.4', 'libnotify4'),
  library('libsecret-1.so.0', 'libsecret-1-0'),
]
const forHiddenScreen = [
  program('Xvfb', 'xvfb'),
  program('xvfb-run', 'xvfb'),
  program('xauth', 'xauth'),
  program('dbus-run-session', 'dbus'),
]
const forTests = [
  { name: 'python3 dbusmock', packages: ['python3-dbusmock'], isThere: hasDbusMock },
  program('gdbus', 'libglib2.0-bin'),
  program('gnome-keyring-daemon', 'gnome-keyring'),
]
const forDatabase = [
  // The hub's tests start a server of their own; the one that Debian starts for everybody is not used.
  {
    name: 'PostgreSQL',
    packages: ['postgresql'],
    isThere: () => existsSync('/usr/lib/postgresql') || hasProgram('initdb'),
  },
]
const browsers = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const forBrowser = [{ name: 'chromium', packages: ['chromium'], isThere: () => browsers.some(hasProgram) }]
const forAddon = [program('make', 'make'), program('g++', 'g++'), program('python3', 'python3')]

/** `purpose`: { window, tests, addon, browser, database } booleans. Resolves to one phrase for the progress line. */
export async function installSystemPackages(purpose, { note = () => {} } = {}) {
  if (process.platform !== 'linux') return 'nothing to check'
  const hasScreen = Boolean(process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'])
  const needs = [
    ...(purpose.window ? forWindow : []),
    ...(purpose.tests || (purpose.window && !hasScreen) ? forHiddenScreen : []),
    ...(purpose.tests ? forTests : []),
    ...(purpose.database ? forDatabase : []),
    ...(purpose.addon ? forAddon : []),
    ...(purpose.browser ? forBrowser : []),
  ]
  const missing = missingOf(needs)
  if (missing.length === 0) return `${needs.length} found`
  const names = missing.map(need => need.name).join(', ')
  if (!hasProgram('apt-get')) {
    throw new SetupFailure(
      `This machine lacks ${names}: install them with your package manager, then run the command again.`,
    )
  }
  if (process.getuid?.() !== 0) {
    const packages = [...new Set(missing.map(need => need.packages[0]))].join(' ')
    throw new SetupFailure(
      `This machine lacks ${names}: run "sudo apt-get install -y ${packages}", then the command again.`,
    )
  }
  await install(missing, note)
  const still = missingOf(missing)
  if (still.length > 0) {
    throw new SetupFailure(
      `Still missing after the installation: ${still.map(need => need.name).join(', ')}; install them by hand.`,
    )
  }
  return `installed ${names}`
}

function missingOf(needs) {
  const tool = existsSync('/sbin/ldconfig') ? '/sbin/ldconfig' : 'ldconfig'
  const libraries = (spawnSync(tool, ['-p'], { encoding: 'utf8' }).stdout ?? '')
    .split('\n')
    .map(line => line.trim().split(' ')[0])
  return needs.filter(need => !need.isThere(libraries))
}

function hasDbusMock() {
  if (existsSync('/usr/lib/python3/dist-packages/dbusmock')) return true
  const python = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3'
  return spawnSync(python, ['-c', 'import dbusmock']).status === 0
}

async function install(missing, note) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  note('apt-get update')
  const updated = await collect('apt-get', ['update', '-qq'], { env })
  if (updated.code !== 0) note('apt-get update failed; trying with the lists that are here')
  const packages = new Set()
  for (const need of missing) packages.add(await available(need.packages))
  note(`apt-get install ${[...packages].join(' ')}`)
  const { code, output } = await collect('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    env,
  })
  if (code !== 0) {
    throw new SetupFailure(
      `${tail(output)}\n\nThe system packages could not be installed: run "apt-get install ${[...packages].join(' ')}" and read its answer.`,
    )
  }
}

/** Some libraries were renamed when Debian moved to 64-bit time; takes the first name that this release knows. */
async function available(names) {
  for (const name of names) {
    const { output } = await collect('apt-cache', ['policy', name])
    if (/Candidate: (?!\(none\))/.test(output)) return name
  }
  return names[0]
}
