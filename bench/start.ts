/** Times an Electron app's start from the outside: spawn to ready-to-show, and to the first painted rows. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'

export interface Start {
  /** Milliseconds from spawn to ready-to-show. */
  readonly readyMs: number
  /** Milliseconds from ready-to-show to the first painted rows; null when they were not waited for. */
  readonly rowsMs: number | null
}

const PROBE = resolve(import.meta.dirname, 'start-probe.cjs')

/** One start of the app in `folder` with a profile; the app is ended by its process group afterwards. */
export async function timeStart(folder: string, profile: string, options: { readonly rows: boolean }): Promise<Start> {
  const args = ['-r', PROBE, folder, `--user-data-dir=${profile}`, '--disable-gpu']
  if (process.getuid?.() === 0) args.push('--no-sandbox')
  const began = Date.now()
  const app = spawn(electronExecutable(), args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ...(options.rows ? { FARFIELD_BENCH_ROWS: '1' } : {}) },
  })
  const gone = once(app, 'exit')
  try {
    const { ready, rows } = await firstReport(app.stdout, gone)
    return { readyMs: ready - began, rowsMs: rows === null ? null : rows - ready }
  } finally {
    if (app.pid !== undefined) process.kill(-app.pid, 'SIGTERM')
    await gone
    // Its other processes end a little later; the next start must not share the computer with them.
    await new Promise(resolve => setTimeout(resolve, 1000))
  }
}

function electronExecutable(): string {
  const dist = process.env['ELECTRON_OVERRIDE_DIST_PATH']
  return dist === undefined ? (createRequire(import.meta.url)('electron') as string) : join(dist, 'electron')
}

async function firstReport(
  output: NodeJS.ReadableStream,
  gone: Promise<unknown>,
): Promise<{ readonly ready: number; readonly rows: number | null }> {
  let text = ''
  const said = (async () => {
    for await (const chunk of output) {
      text += String(chunk)
      const line = /^\{"ready".*\}$/m.exec(text)
      if (line) return JSON.parse(line[0]) as { ready: number; rows: number | null }
    }
    return undefined
  })()
  const report = await Promise.race([said, gone.then(() => undefined)])
  if (report === undefined) throw new Error(`the app ended before its window was ready: ${text}`)
  return report
}
