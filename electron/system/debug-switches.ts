/**
 * Takes away the command-line switches by which another program could drive an installed app. It must run before the app
 * is ready, and must leave unpackaged and e2e builds alone, because tests drive those.
 */
import { app } from 'electron'

/** Set by the build for the flavour that tests drive; see docs/building.md. */
declare const FARFIELD_E2E: boolean | undefined

const DEBUG_SWITCHES = [
  'remote-debugging-port',
  'remote-debugging-pipe',
  'remote-debugging-address',
  'remote-allow-origins',
  'inspect',
  'inspect-brk',
  'js-flags',
  'load-extension',
  'disable-web-security',
]

export function isDrivable(): boolean {
  return !app.isPackaged || (typeof FARFIELD_E2E !== 'undefined' && FARFIELD_E2E)
}

export function removeDebugSwitches(): void {
  if (isDrivable()) return
  for (const name of DEBUG_SWITCHES) app.commandLine.removeSwitch(name)
}
