/** Waiting as a parameter: runs something later and answers how to call it off. Tests pass their own. */
export type Timer = (milliseconds: number, run: () => void) => () => void

export const realTimer: Timer = (milliseconds, run) => {
  const handle = setTimeout(run, milliseconds)
  return () => {
    clearTimeout(handle)
  }
}

/** Resolves after a while, or at once when the signal aborts. */
export function sleep(timer: Timer, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal?.aborted === true) {
      resolve()
      return
    }
    const stop = timer(milliseconds, finish)
    function finish(): void {
      stop()
      signal?.removeEventListener('abort', finish)
      resolve()
    }
    signal?.addEventListener('abort', finish)
  })
}
