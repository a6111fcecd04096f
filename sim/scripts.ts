/** The programs that laptops of a run can have: the present one, an older version of it, and either with patches. */
import { bundleProgram, type Evaluate, type Patch } from './bundle.ts'

export interface Scripts {
  readonly current: Evaluate
  readonly older: Evaluate
}

const KINDS = 'core/model/fields/kinds.ts'

/** A version of the app from before lists, places and units. */
export const OLDER: readonly Patch[] = [
  { file: KINDS, find: '  choices: choicesRules,\n', put: '' },
  { file: KINDS, find: '  files: filesRules,\n', put: '' },
  { file: KINDS, find: '  location: locationRules,\n', put: '' },
  { file: 'core/model/record-types.ts', find: "'required', 'unit', 'decimals'", put: "'required', 'decimals'" },
]

export async function loadScripts(patches: readonly Patch[] = []): Promise<Scripts> {
  const [current, older] = await Promise.all([bundleProgram(patches), bundleProgram([...OLDER, ...patches])])
  return { current, older }
}
