// Where things are: the repository's root and the per-user cache folder. Nothing here touches the disk.
import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const repositoryRoot = dirname(dirname(fileURLToPath(import.meta.url)))

/** `${XDG_CACHE_HOME:-~/.cache}/farfield`, the only folder outside the repository that set-up writes to. */
export function cacheFolder(...parts) {
  const base = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache')
  return join(base, 'farfield', ...parts)
}

/** A short hash that names a cache entry. */
export function shortHash(...parts) {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part).update('\0')
  return hash.digest('hex').slice(0, 12)
}
