/** Threads that run this folder's source as it stands, for tests and for the processes that they start. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** A thread that runs a source file of this folder. In a thread `--import tsx` alone does nothing on Node 20. */
export function threadOf(file: string): { readonly path: string; readonly execArgv: readonly string[] } {
  const tsx = pathToFileURL(
    join(createRequire(import.meta.url).resolve('tsx/package.json'), '../dist/esm/api/index.mjs'),
  )
  const hook = `import { register } from ${JSON.stringify(tsx.href)}; register()`
  return {
    path: fileURLToPath(new URL(file, import.meta.url)),
    execArgv: ['--import', `data:text/javascript,${encodeURIComponent(hook)}`],
  }
}
