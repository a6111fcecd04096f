// How every set-up script speaks: one line per step on stderr or stdout, one plain sentence when it fails.
// It must never hide a failure, and never print to stdout when told that stdout is for data.

/** A failure whose message is a whole sentence that tells the reader what to do; shown without a stack. */
export class SetupFailure extends Error {}

/** A reporter writing to `out`; `step` runs `work` and prints one line with its outcome and time. */
export function createProgress(out = process.stdout) {
  const quiet = process.env['FARFIELD_QUIET'] === '1'
  return {
    out,
    note(text) {
      if (!quiet) out.write(`  ${text}\n`)
    },
    async step(name, work) {
      const started = performance.now()
      const outcome = await work()
      const seconds = (performance.now() - started) / 1000
      if (!quiet) out.write(`  ${name.padEnd(18)} ${outcome ?? 'done'} (${seconds.toFixed(1)} s)\n`)
    },
  }
}

/** Runs a script's main function; a SetupFailure prints its sentence, anything else its stack; both exit with 1. */
export async function runMain(main) {
  try {
    const code = await main()
    process.exitCode = typeof code === 'number' ? code : 0
  } catch (error) {
    process.stderr.write(
      error instanceof SetupFailure ? `\n${error.message}\n` : `\n${error?.stack ?? String(error)}\n`,
    )
    process.exitCode = 1
  }
}
