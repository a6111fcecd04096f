/** Runs `program` with its output kept; never rejects. */
export function collect(
  program: string,
  args: readonly string[],
  options?: { readonly cwd?: string },
): Promise<{ readonly code: number; readonly output: string }>
/** The last lines of a program's output. */
export function tail(output: string, lines?: number): string
/** npm itself, started by the same Node. */
export function npmCommand(args: readonly string[]): [program: string, args: string[]]
