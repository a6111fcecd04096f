import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { applyPatch } from './bundle.ts'
import { MUTANTS } from './mutants.ts'
import { drawPlan } from './plan.ts'
import { play } from './run.ts'
import { loadScripts, OLDER, type Scripts } from './scripts.ts'

/** Always the same ones, so that a failure is the change's and not the day's; `npm run sim` tries others. */
const SEEDS = 100
const GROUP = 20

let scripts: Scripts
beforeAll(async () => {
  scripts = await loadScripts()
})

test('a seed played twice gives the same trace to the byte', async () => {
  const traces: string[] = []
  for (let time = 0; time < 2; time += 1) {
    const lines: string[] = []
    const outcome = await play(drawPlan(7), { scripts, onTrace: line => lines.push(line) })
    traces.push(`${lines.join('')}${outcome.trace}`)
  }
  expect(traces[0]).toBe(traces[1])
  expect(traces[0]?.length).toBeGreaterThan(10_000)
})

test.each(Array.from({ length: SEEDS / GROUP }, (_, group) => group * GROUP + 1))(
  'M2 M6 M12 M13 P1 P3 P4 P5 P7 P9 from seed %i on nothing is lost, all are equal, and nobody is asked in vain',
  async first => {
    for (let seed = first; seed < first + GROUP; seed += 1) {
      const { violations, story } = await play(drawPlan(seed), { scripts })
      expect(violations, `seed ${seed}\n${story.join('\n')}`).toEqual([])
    }
  },
  120_000,
)

test('every mutant still fits its source', () => {
  const root = join(import.meta.dirname, '..')
  for (const { name, patches = [] } of [...MUTANTS, { name: 'older version', patches: OLDER }]) {
    const texts = new Map<string, string>()
    for (const patch of patches) {
      const text = texts.get(patch.file) ?? readFileSync(join(root, patch.file), 'utf8')
      expect(() => texts.set(patch.file, applyPatch(text, patch)), name).not.toThrow()
    }
  }
})
