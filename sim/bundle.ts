/**
 * Makes the script that a simulated laptop runs: device/program.ts with everything it needs, as one function of the
 * globals it may see. Given patches, a part of the source is another one in this script; nothing on the disk changes.
 */
import { readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { Script } from 'node:vm'
import { build, type Plugin } from 'vite'
import type { Program, ProgramHost } from './device/program.ts'

export interface Patch {
  /** Relative to the repository. */
  readonly file: string
  /** Must be there exactly once. */
  readonly find: string
  readonly put: string
}

/** What a script sees instead of the globals of this process. */
export const GLOBALS = [
  'setTimeout',
  'clearTimeout',
  'setInterval',
  'clearInterval',
  'setImmediate',
  'Date',
  'Math',
  'crypto',
  'performance',
  'WeakRef',
  'FinalizationRegistry',
  'requestIdleCallback',
  'process',
  'window',
  'navigator',
  'document',
  'globalThis',
  'validation',
] as const
export type Globals = { readonly [name in (typeof GLOBALS)[number]]: unknown }

/** Evaluates the script anew: nothing of an earlier evaluation is there any more. */
export type Evaluate = (globals: Globals) => { run(host: ProgramHost): Promise<Program> }

const root = join(import.meta.dirname, '..')

export async function bundleProgram(patches: readonly Patch[] = []): Promise<Evaluate> {
  const source = await bundleText(patches)
  const factory: unknown = new Script(source, { filename: 'program.cjs' }).runInThisContext()
  return globals => {
    const exports = {}
    ;(factory as (...all: unknown[]) => void)(exports, ...GLOBALS.map(name => globals[name]))
    return exports as ReturnType<Evaluate>
  }
}

/** The source with a patch in it. @throws when the patch does not fit any more */
export function applyPatch(text: string, { file, find, put }: Patch): string {
  const [before, after, more] = text.split(find)
  if (before === undefined || after === undefined || more !== undefined)
    throw new Error(`${file} has this ${after === undefined ? 'nowhere' : 'more than once'}: ${find}`)
  return before + put + after
}

async function bundleText(patches: readonly Patch[]): Promise<string> {
  const built = await build({
    configFile: false,
    root,
    logLevel: 'error',
    publicDir: false,
    plugins: [standIns(), asModules(), patching(patches)],
    define: { 'process.env.NODE_ENV': JSON.stringify('production') },
    resolve: { conditions: ['import', 'module', 'default'], mainFields: ['module', 'main'] },
    ssr: { noExternal: true, target: 'node' },
    build: {
      ssr: join(root, 'sim', 'device', 'program.ts'),
      target: 'node20.18',
      write: false,
      minify: false,
      rolldownOptions: { platform: 'neutral', output: { format: 'cjs', codeSplitting: false } },
    },
  })
  const [output] = [built].flat()
  const chunk = output !== undefined && 'output' in output ? output.output[0] : undefined
  if (chunk === undefined || chunk.type !== 'chunk') throw new Error('nothing was bundled')
  const outside = [...chunk.imports, ...chunk.dynamicImports].filter(name => name !== chunk.fileName)
  if (outside.length > 0) throw new Error(`the program imports ${outside.join()}`)
  return `(function (exports, ${GLOBALS.join(', ')}) {${chunk.code}\n})`
}

/** RxDB's check of documents against their schema is pure and dear to set up: all programs share one. */
function standIns(): Plugin {
  const stands: { readonly [id: string]: string } = {
    '\0sim:rxdb/plugins/validate-ajv':
      'export const getAjv = () => validation.getAjv(); export const getValidator = schema => validation.getValidator(schema)',
    // Only for several windows on one database, which Farfield never has.
    '\0sim:broadcast-channel':
      'export class BroadcastChannel { constructor() { throw new Error("no channels here") } }; export const createLeaderElection = undefined, enforceOptions = undefined',
  }
  return {
    name: 'sim:stand-ins',
    enforce: 'pre',
    resolveId: id => (`\0sim:${id}` in stands ? `\0sim:${id}` : null),
    load: id => stands[id] ?? null,
  }
}

/** These name their CommonJS builds for Node, which would be wrapped module by module; their ES modules are the same code. */
function asModules(): Plugin {
  return {
    name: 'sim:as-modules',
    enforce: 'pre',
    resolveId(id) {
      const [, name, path] = /^(rxjs|mingo)(\/.*)?$/.exec(id) ?? []
      if (name === undefined) return null
      const folder = join(root, 'node_modules', name)
      const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        exports: { [entry: string]: { es2015?: string; default?: string } }
      }
      const entry = exports[`.${path ?? ''}`]
      const file = entry?.es2015 ?? entry?.default
      return file === undefined ? null : join(folder, file)
    },
  }
}

function patching(patches: readonly Patch[]): Plugin {
  const wanted = new Map<string, Patch[]>()
  for (const patch of patches) wanted.set(patch.file, [...(wanted.get(patch.file) ?? []), patch])
  return {
    name: 'sim:patching',
    enforce: 'pre',
    transform(code, id) {
      const file = relative(root, id.split('?')[0] ?? id)
        .split(sep)
        .join('/')
      const found = wanted.get(file)
      if (found === undefined) return null
      wanted.delete(file)
      return { code: found.reduce(applyPatch, code), map: null }
    },
    buildEnd(error) {
      if (error === undefined && wanted.size > 0) throw new Error(`never asked for: ${[...wanted.keys()].join()}`)
    },
  }
}
