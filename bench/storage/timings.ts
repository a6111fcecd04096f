/** What a peer's process hands over: for every operation the times (or rates) of its runs. */

/** Milliseconds by operation; for `bulk-rps` and `bulk-cpu-rps` documents per second. */
export interface Timings {
  readonly [operation: string]: readonly number[]
}

export interface Stopwatch {
  /** Milliseconds that `work` took, noted under `operation`. */
  time<T>(operation: string, work: () => T | Promise<T>): Promise<T>
  note(operation: string, value: number): void
  readonly timings: Timings
}

export function createStopwatch(): Stopwatch {
  const timings: { [operation: string]: number[] } = {}
  const note = (operation: string, value: number) => void (timings[operation] ??= []).push(value)
  return {
    timings,
    note,
    async time(operation, work) {
      const began = performance.now()
      const result = await work()
      note(operation, performance.now() - began)
      return result
    },
  }
}
