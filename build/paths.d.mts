/** `${XDG_CACHE_HOME:-~/.cache}/farfield`, and parts of it. */
export function cacheFolder(...parts: string[]): string
/** A short hash that names a cache entry. */
export function shortHash(...parts: string[]): string
