/**
 * Which build of the driver's addon to load. The packaged one needs Node-API 10 and crashes the whole process where it is
 * older, so there it must never be loaded: another build is found, or the caller is told what to do.
 */
export interface Runtime {
  /** Of `process.versions`. */
  readonly napi: string
  readonly env: { readonly [name: string]: string | undefined }
}

/** Nothing was touched; no retry helps, the installation has to be changed. */
export class UnsupportedRuntimeError extends Error {
  override readonly name = 'UnsupportedRuntimeError'
}

const PACKAGED_NODE_API = 10
/** Looked at only where the packaged addon cannot be loaded; an application may put its name before it: `APP_SQLITE_ADDON`. */
const VARIABLE = /^(?:\w+_)?SQLITE_ADDON$/

/**
 * The path to load from, undefined for the packaged addon.
 *
 * @throws UnsupportedRuntimeError
 */
export function chooseAddon(given: string | undefined, runtime: Runtime = readRuntime()): string | undefined {
  if (given !== undefined || Number(runtime.napi) >= PACKAGED_NODE_API) return given
  const names = Object.keys(runtime.env).filter(name => VARIABLE.test(name) && runtime.env[name])
  const [name] = names.toSorted((a, b) => a.length - b.length)
  const found = name === undefined ? undefined : runtime.env[name]
  if (found !== undefined) return found
  throw new UnsupportedRuntimeError(
    `The addon packaged with better-sqlite3-multiple-ciphers needs Node-API ${PACKAGED_NODE_API} and would crash this ` +
      `process, which has ${runtime.napi}. Use Node 22.14 or later or Electron 35 or later; or build the driver from its ` +
      'source for this runtime (README) and give its path as nativeBinding or in the environment variable SQLITE_ADDON.',
  )
}

function readRuntime(): Runtime {
  return { napi: process.versions['napi'] ?? '0', env: process.env }
}
