// `npm run dev`: the app with a watch on its source. A change under renderer/ reloads the page in place; a change
// under electron/ or core/ restarts the app. A build that fails keeps the running one and prints why.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { watch } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { bundle } from './bundle.mjs'
import { hasScreen, onAnyScreen } from './display.mjs'
import { electronExecutable } from './electron-runtime.mjs'
import { repositoryRoot } from './paths.mjs'
import { runMain } from './progress.mjs'
import { sandboxArguments } from './sandbox.mjs'
import { setUp } from './set-up.mjs'

const settleMs = 120

await runMain(async () => {
  const { env, runtime } = await setUp({ window: true })
  await bundle()
  const say = text => process.stdout.write(`  ${text}\n`)
  const app = await createApp(env, runtime, say)
  app.start()

  const changed = new Set()
  let timer
  let working = false
  const settle = async () => {
    if (working || changed.size === 0) return
    working = true
    const folders = [...changed]
    changed.clear()
    try {
      const pageOnly = folders.every(folder => folder === 'renderer')
      await bundle(pageOnly ? { only: 'renderer' } : {})
      if (pageOnly) await app.reload()
      else await app.restart()
      say(`${folders.join(', ')} changed: ${pageOnly ? 'page reloaded' : 'app restarted'}`)
    } catch (error) {
      say(error.message)
    }
    working = false
    if (changed.size > 0) timer = setTimeout(() => void settle(), settleMs)
  }
  for (const folder of ['core', 'electron', 'renderer']) {
    watch(join(repositoryRoot, folder), { recursive: true }, (_, name) => {
      if (name === null || /\.(?:test|suite)\.tsx?$/.test(name) || !/\.(?:tsx?|css|html|svg)$/.test(name)) return
      changed.add(folder)
      clearTimeout(timer)
      timer = setTimeout(() => void settle(), settleMs)
    })
  }
  say('watching core/, electron/ and renderer/; close the window or press Ctrl C to stop')
  return app.finished
})

/** The running app: started on a debugging port, through which the page is reloaded. */
async function createApp(env, runtime, say) {
  const port = await freePort()
  const words = [
    electronExecutable(runtime),
    repositoryRoot,
    ...sandboxArguments(runtime, say),
    `--remote-debugging-port=${port}`,
  ]
  if (!hasScreen()) words.push('--disable-gpu')
  const [program, args] = onAnyScreen([...words, ...process.argv.slice(2)])
  let child
  let restarting = false
  let finish
  const finished = new Promise(resolve => (finish = resolve))

  function start() {
    // Its own process group, so that stopping reaches the app behind a hidden screen's wrapper too.
    child = spawn(program, args, { env, cwd: repositoryRoot, stdio: 'inherit', detached: process.platform !== 'win32' })
    child.on('close', code => {
      if (!restarting) finish(code ?? 0)
    })
  }
  async function stop() {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'close')
    if (process.platform === 'win32') child.kill()
    else process.kill(-child.pid, 'SIGTERM')
    await gone
  }
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => void stop())

  return {
    start,
    finished: finished.then(code => process.exit(code)),
    async restart() {
      restarting = true
      await stop()
      restarting = false
      start()
    },
    async reload() {
      const { chromium } = await import('playwright')
      const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`)
      for (const context of browser.contexts()) await Promise.all(context.pages().map(page => page.reload()))
      await browser.close()
    },
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
