// `npm test`: sets everything up, then types, lint, format, unit tests, unused code, the build, and the journeys.
// All of them run even when one fails. The very last line is "N passed, N failed" over everything; the exit code agrees.
import { existsSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { bundle } from './bundle.mjs'
import { run } from './command.mjs'
import { runJourneys } from './e2e.mjs'
import { repositoryRoot } from './paths.mjs'
import { runMain } from './progress.mjs'
import { setUp } from './set-up.mjs'

const unitReport = join(repositoryRoot, 'test-results', 'unit.json')
const journeyReport = join(repositoryRoot, 'test-results', 'e2e.json')
const tool = (...parts) => join(repositoryRoot, 'node_modules', ...parts)

/** Each check is one node program; a check that fails counts as one failure. */
const checks = [
  ['types', tool('typescript', 'bin', 'tsc'), '-b'],
  ['lint', tool('oxlint', 'bin', 'oxlint'), '--type-aware'],
  ['format', tool('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.'],
  ['unused', tool('knip', 'bin', 'knip.js')],
]

await runMain(async () => {
  const tally = { passed: 0, failed: 0 }
  const add = (passed, failed) => {
    tally.passed += passed
    tally.failed += failed
  }
  const { env } = await setUp({ window: true, tests: true })
  await Promise.all([unitReport, journeyReport].map(file => rm(file, { force: true })))

  for (const [name, program, ...args] of checks) {
    const code = await timed(name, () => run(process.execPath, [program, ...args], { env, cwd: repositoryRoot }))
    add(code === 0 ? 1 : 0, code === 0 ? 0 : 1)
  }
  const vitest = [
    tool('vitest', 'vitest.mjs'),
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${unitReport}`,
  ]
  const unitCode = await timed('unit', () => run(process.execPath, vitest, { env, cwd: repositoryRoot }))
  add(...unitCounts(unitCode))

  const built = await timed('build', () =>
    bundle().then(
      () => 0,
      error => (process.stderr.write(`${error.message}\n`), 1),
    ),
  )
  add(built === 0 ? 1 : 0, built)
  if (built === 0) {
    const code = await timed('e2e', () => runJourneys(env))
    add(...journeyCounts(code))
  }
  process.stdout.write(`\n${tally.passed} passed, ${tally.failed} failed\n`)
  return tally.failed === 0 ? 0 : 1
})

async function timed(name, work) {
  const started = performance.now()
  process.stdout.write(`\n${name}\n`)
  const code = await work()
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  process.stdout.write(`  ${name.padEnd(18)} ${code === 0 ? 'ok' : 'FAILED'} (${seconds} s)\n`)
  return code
}

/** A run that died before its report, or failed outside any test, still counts as a failure. */
function unitCounts(code) {
  if (!existsSync(unitReport)) return [0, 1]
  const report = JSON.parse(readFileSync(unitReport, 'utf8'))
  const brokenFiles = report.testResults.filter(
    file => file.status === 'failed' && file.assertionResults.length === 0,
  ).length
  return atLeastOneFailure(code, report.numPassedTests, report.numFailedTests + brokenFiles)
}

function journeyCounts(code) {
  if (!existsSync(journeyReport)) return [0, 1]
  const { stats } = JSON.parse(readFileSync(journeyReport, 'utf8'))
  return atLeastOneFailure(code, stats.expected, stats.unexpected + stats.flaky)
}

function atLeastOneFailure(code, passed, failed) {
  return [passed, code === 0 ? failed : Math.max(failed, 1)]
}
