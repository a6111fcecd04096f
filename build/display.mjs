// Puts a command on a screen: the real one where there is one, a hidden one (Xvfb) with its own D-Bus otherwise.
// It only composes command lines; it starts nothing.
// Without -noreset the screen starts anew when its last window closes, and who comes just then finds none.
const hidden = ['-a', '-s', '-screen 0 1280x800x24 -noreset']
const ownBus = 'export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS; exec "$@"'

export function hasScreen(env = process.env) {
  return process.platform !== 'linux' || Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY'])
}

/** `[program, args]` to start `command` on the real screen, or on a hidden one when there is none. */
export function onAnyScreen(command, env = process.env) {
  return hasScreen(env) ? [command[0], command.slice(1)] : onHiddenScreen(command)
}

/** `[program, args]` to start `command` on a hidden screen and a private bus, so that tests see the same everywhere. */
export function onHiddenScreen(command) {
  if (process.platform !== 'linux') return [command[0], command.slice(1)]
  return ['dbus-run-session', ['--', 'bash', '-c', ownBus, 'bash', 'xvfb-run', ...hidden, ...command]]
}
