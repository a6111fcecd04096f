/** Closes what was opened, in reverse, each however the others fare. It must never let the app hang on its way out. */

export interface Closers {
  add(close: () => Promise<void>): void
  closeAll(): Promise<void>
  /** Everything is closed, or was given up. */
  readonly closed: boolean
}

/** What takes longer is given up: nothing that was acknowledged is lost by that. */
const PATIENCE_MS = 5000

export function createClosers(report: (error: unknown, where: string) => void): Closers {
  const closers: (() => Promise<void>)[] = []
  let closed = false
  let closing: Promise<void> | undefined

  const closeOneByOne = async () => {
    for (let close = closers.pop(); close !== undefined; close = closers.pop()) {
      try {
        await close()
      } catch (error) {
        report(error, 'close')
      }
    }
  }
  return {
    add: close => closers.push(close),
    closeAll() {
      closing ??= Promise.race([
        closeOneByOne(),
        new Promise<void>(resolve => setTimeout(resolve, PATIENCE_MS)),
      ]).finally(() => {
        closed = true
      })
      return closing
    },
    get closed() {
      return closed
    },
  }
}
