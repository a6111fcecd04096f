// Builds dist/ from source with Vite: the main process and its workers, the preload, the page, the hub.
// One bundle runs on Electron 33 and on the current one, so the targets are the older one's Node and Chromium.
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { repositoryRoot } from './paths.mjs'
import { runMain, SetupFailure } from './progress.mjs'

const nodeTarget = 'node20.18'
const pageTarget = 'chrome130'
const native = ['electron', 'better-sqlite3-multiple-ciphers']
const output = (...parts) => join(repositoryRoot, 'dist', ...parts)
const source = (...parts) => join(repositoryRoot, ...parts)

/** Builds everything; resolves to the list of outputs. `only` limits it to 'electron', 'renderer' or 'hub'. */
export async function bundle({ only, log = 'warn' } = {}) {
  const { build } = await import('vite')
  const wanted = part => only === undefined || only === part
  const jobs = []
  if (wanted('electron')) {
    const workers = await findWorkers()
    jobs.push(nodeBuild({ entry: 'electron/main.ts', folder: 'electron', file: 'main.mjs', split: true, log }))
    jobs.push(nodeBuild({ entry: 'electron/preload.ts', folder: 'electron', file: 'preload.cjs', format: 'cjs', log }))
    for (const entry of workers) {
      jobs.push(nodeBuild({ entry, folder: 'electron', file: `${basename(entry, '.ts')}.mjs`, log }))
    }
  }
  if (wanted('hub')) jobs.push(nodeBuild({ entry: 'hub/main.ts', folder: 'hub', file: 'hub.mjs', log }))
  if (wanted('renderer')) jobs.push(await pageBuild(log))
  const absent = jobs.filter(job => !existsSync(job.entry)).map(job => job.entry)
  if (absent.length > 0) throw new SetupFailure(`The build starts from files that are not there: ${absent.join(', ')}.`)
  const outcomes = await Promise.allSettled(jobs.map(job => build(job.config)))
  const problems = outcomes.filter(outcome => outcome.status === 'rejected').map(outcome => outcome.reason.message)
  if (problems.length > 0)
    throw new SetupFailure(`${problems.join('\n')}\n\nThe build failed: correct the errors above and run it again.`)
  return jobs.map(job => job.product)
}

// For Node these name their CommonJS builds, which a bundler takes whole and wraps module by module: twice the code to
// read at each start. Their ES modules are the same code.
const asModules = {
  name: 'farfield:as-modules',
  enforce: 'pre',
  async resolveId(id) {
    const [, name, path] = /^(rxjs|mingo)(\/.*)?$/.exec(id) ?? []
    if (name === undefined) return null
    const folder = source('node_modules', name)
    const { exports } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
    const entry = exports[`.${path ?? ''}`]
    return entry === undefined ? null : join(folder, entry.es2015 ?? entry.default)
  },
}

async function findWorkers() {
  const found = []
  for (const name of await readdir(source('electron'), { recursive: true })) {
    if (name.endsWith('.worker.ts')) found.push(`electron/${name.replaceAll('\\', '/')}`)
  }
  return found
}

/**
 * One self-contained file for Node or for Electron's main side, `split` at dynamic imports where the start should not wait
 * for what comes later; only native modules and Electron stay outside.
 */
function nodeBuild({ entry, folder, file, format = 'es', split = false, log }) {
  const config = {
    configFile: false,
    root: repositoryRoot,
    logLevel: log,
    publicDir: false,
    plugins: [asModules],
    define: {
      'process.env.NODE_ENV': JSON.stringify('production'),
      FARFIELD_E2E: String(process.env['FARFIELD_FLAVOUR'] === 'e2e'),
    },
    resolve: { conditions: ['node', 'import', 'module', 'default'], mainFields: ['module', 'main'] },
    ssr: { noExternal: true, external: native, target: 'node' },
    build: {
      ssr: source(entry),
      target: nodeTarget,
      outDir: output(folder),
      emptyOutDir: false,
      minify: false,
      sourcemap: true,
      reportCompressedSize: false,
      rolldownOptions: {
        platform: 'node',
        external: id => native.includes(id) || isBuiltin(id) || id.startsWith('electron/'),
        output: {
          format,
          entryFileNames: file,
          chunkFileNames: '[name].mjs',
          codeSplitting: split,
          // Comments and blanks are a third of what Electron would have to read at each start; names stay for the logs.
          minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
        },
      },
    },
  }
  return { entry: source(entry), product: output(folder, file), config }
}

/** The page, served from app://; relative addresses, nothing inlined as data: because the content policy forbids it. */
async function pageBuild(log) {
  const { default: react } = await import('@vitejs/plugin-react')
  const config = {
    configFile: false,
    root: source('renderer'),
    base: './',
    logLevel: log,
    publicDir: false,
    plugins: [react()],
    worker: { format: 'es', rolldownOptions: { output: { entryFileNames: 'assets/[name].js' } } },
    build: {
      target: pageTarget,
      outDir: output('renderer'),
      emptyOutDir: false,
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      sourcemap: true,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 2000,
      // Plain names: a build overwrites the last one in place, so an open window still finds its lazy parts.
      rolldownOptions: {
        output: {
          entryFileNames: 'assets/[name].js',
          chunkFileNames: 'assets/[name].js',
          assetFileNames: 'assets/[name][extname]',
          // One file of libraries beside the page's own: each file that the first paint waits for costs a turn of main.
          codeSplitting: { groups: [{ name: 'common', test: /node_modules/ }] },
        },
      },
    },
  }
  return { entry: source('renderer', 'index.html'), product: output('renderer'), config }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    const started = performance.now()
    const products = await bundle({ only: process.argv[2] })
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    process.stdout.write(`  bundle             ${products.length} outputs (${seconds} s)\n`)
  })
}
