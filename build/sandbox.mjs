// Decides whether Chromium's sandbox can run on this machine. It is switched off only for root, where Chromium refuses it,
// or on explicit request; anyone else gets a sentence that says how to allow it.
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { SetupFailure } from './progress.mjs'

/** Arguments for Electron; says through `note` when the sandbox is off. */
export function sandboxArguments(runtime, note) {
  if (process.platform !== 'linux') return []
  if (process.getuid?.() === 0) {
    note('Running as root: Chromium cannot use its sandbox, so it is off. Use an ordinary account for real work.')
    return ['--no-sandbox']
  }
  if (process.env['FARFIELD_NO_SANDBOX'] === '1') {
    note('FARFIELD_NO_SANDBOX=1: the sandbox is off.')
    return ['--no-sandbox']
  }
  const helper = join(runtime.dist, 'chrome-sandbox')
  if (namespacesAreForbidden() && !isSetuidRoot(helper)) {
    throw new SetupFailure(
      "This system forbids the kernel feature that Chromium's sandbox uses: run " +
        `"sudo chown root ${helper} && sudo chmod 4755 ${helper}", or set FARFIELD_NO_SANDBOX=1 for a try-out, then start again.`,
    )
  }
  return []
}

function namespacesAreForbidden() {
  return (
    setting('/proc/sys/kernel/unprivileged_userns_clone') === '0' ||
    setting('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1' ||
    setting('/proc/sys/user/max_user_namespaces') === '0'
  )
}

function setting(path) {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined
}

function isSetuidRoot(path) {
  if (!existsSync(path)) return false
  const { uid, mode } = statSync(path)
  return uid === 0 && (mode & 0o4000) !== 0
}
