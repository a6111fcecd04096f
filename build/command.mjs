// Runs other programs for the build scripts: either with their output shown, or collected for the error message.
// It never goes through a shell, so nothing in a path or an argument is ever interpreted.
import { spawn, spawnSync } from 'node:child_process'

/** Runs `program` with its output kept; resolves to `{ code, output }` and never rejects. */
export function collect(program, args, options = {}) {
  return new Promise(resolve => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
    let output = ''
    child.stdout.on('data', chunk => (output += chunk))
    child.stderr.on('data', chunk => (output += chunk))
    child.on('error', error => resolve({ code: 127, output: String(error) }))
    child.on('close', code => resolve({ code: code ?? 1, output }))
  })
}

/** Runs `program` on this terminal; Ctrl C and SIGTERM reach it; resolves to its exit code. */
export function run(program, args, options = {}) {
  return new Promise(resolve => {
    const child = spawn(program, args, { stdio: 'inherit', ...options })
    const pass = signal => child.kill(signal)
    process.on('SIGINT', pass)
    process.on('SIGTERM', pass)
    const finish = code => {
      process.off('SIGINT', pass)
      process.off('SIGTERM', pass)
      resolve(code)
    }
    child.on('error', error => {
      process.stderr.write(`${program} could not be started: ${error.message}\n`)
      finish(127)
    })
    child.on('close', (code, signal) => finish(code ?? (signal === 'SIGINT' ? 130 : 1)))
  })
}

/** Whether a program of this name answers on the PATH. */
export function hasProgram(name) {
  const probe =
    process.platform === 'win32' ? spawnSync('where', [name]) : spawnSync('sh', ['-c', 'command -v "$0"', name])
  return probe.status === 0
}

/** The last lines of a program's output, for an error message. */
export function tail(output, lines = 15) {
  return output.trimEnd().split('\n').slice(-lines).join('\n')
}

/** npm itself, started by the same Node that runs this script. */
export function npmCommand(args) {
  const script = process.env['npm_execpath']
  if (script !== undefined && /npm-cli\.[cm]?js$/.test(script)) return [process.execPath, [script, ...args]]
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', args]
}
