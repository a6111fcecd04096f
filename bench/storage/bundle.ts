/**
 * Bundles the bench's process and page as the app is bundled: what is measured starts from one file and not from two
 * hundred. Written to dist/bench, from where node_modules is found.
 */
import { join, resolve } from 'node:path'
import { build, type InlineConfig } from 'vite'

const ROOT = resolve(import.meta.dirname, '..', '..')
const TARGET = join(ROOT, 'dist', 'bench')

export interface BenchBundle {
  /** For Node. */
  readonly peer: string
  /** A folder whose page.js is for a browser. */
  readonly page: string
}

/** `packages`: the folder from installBenchPackages. */
export async function bundleBench(packages: string): Promise<BenchBundle> {
  const shared: InlineConfig = {
    configFile: false,
    root: ROOT,
    logLevel: 'error',
    publicDir: false,
    define: { 'process.env.NODE_ENV': '"production"' },
  }
  const inPackages = ['async-test-util', 'clone'].map(name => ({
    find: new RegExp(`^${name}$`),
    replacement: join(packages, 'node_modules', name),
  }))
  await build({
    ...shared,
    resolve: { alias: inPackages, conditions: ['node', 'import', 'module', 'default'] },
    ssr: { noExternal: true, external: ['better-sqlite3-multiple-ciphers'], target: 'node' },
    build: {
      ssr: join(import.meta.dirname, 'peer.ts'),
      outDir: join(TARGET, 'node'),
      target: 'node20.18',
      minify: false,
      reportCompressedSize: false,
      rolldownOptions: { output: { entryFileNames: 'peer.mjs', codeSplitting: false } },
    },
  })
  await build({
    ...shared,
    resolve: {
      alias: [...inPackages, { find: /^assert$/, replacement: join(import.meta.dirname, 'assert-in-page.ts') }],
    },
    build: {
      outDir: join(TARGET, 'page'),
      target: 'chrome130',
      minify: false,
      reportCompressedSize: false,
      chunkSizeWarningLimit: 5000,
      lib: { entry: join(import.meta.dirname, 'page.ts'), formats: ['es'], fileName: () => 'page.js' },
    },
  })
  return { peer: join(TARGET, 'node', 'peer.mjs'), page: join(TARGET, 'page') }
}
