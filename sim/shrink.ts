/**
 * Makes a failing plan smaller while it still fails in the same way: steps are left out in ever smaller pieces, then
 * whatever is unusual about the laptops. What is left is the history to read.
 */
import type { Plan, Step } from './plan.ts'
import type { Outcome } from './run.ts'

export interface ShrinkOptions {
  readonly play: (plan: Plan) => Promise<Outcome>
  /** Runs at most. */
  readonly runs: number
}

export async function shrink(failed: Outcome, { play, runs }: ShrinkOptions): Promise<Outcome> {
  const rule = failed.violations[0]?.rule
  let best = failed
  let left = runs

  async function fails(plan: Plan): Promise<boolean> {
    if (left <= 0) return false
    left -= 1
    const outcome = await play(plan)
    if (outcome.violations[0]?.rule !== rule) return false
    best = outcome
    return true
  }

  for (const simpler of simplify(best.plan)) await fails({ ...best.plan, ...simpler })
  for (let size = Math.ceil(best.plan.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < best.plan.steps.length && left > 0;) {
      const without = best.plan.steps.filter((_, index) => index < from || index >= from + size)
      if (!(await fails({ ...best.plan, steps: keepTimes(best.plan.steps, without) }))) from += size
    }
  }
  for (const simpler of simplify(best.plan)) await fails({ ...best.plan, ...simpler })
  return best
}

function simplify(plan: Plan): readonly Partial<Plan>[] {
  const busy = Math.max(2, ...plan.steps.map(({ who }) => who + 1))
  return [
    { laptops: Math.min(busy, plan.laptops) },
    { skews: plan.skews.map(() => 0) },
    { older: plan.older.map(() => false) },
    { diskMs: 0 },
    { pageRows: 500 },
    { hubPageRows: 1_000 },
    { duel: false },
  ]
}

/** The steps that are left happen when they did. */
function keepTimes(before: readonly Step[], left: readonly Step[]): readonly Step[] {
  const kept = new Set(left)
  const steps: Step[] = []
  let waited = 0
  for (const step of before) {
    waited += step.wait
    if (!kept.has(step)) continue
    steps.push({ ...step, wait: waited })
    waited = 0
  }
  return steps
}
