/** How long work on a file tells how far it is, and learns that it is no longer wanted. */

export interface Report {
  /** `total` is 0 where it is not known. @throws JobCancelled */
  step(step: string, done: number, total: number): void
  /** SQLite will say nothing for a while: the growth of `path` up to `total` bytes stands for it. */
  watch(step: string, path: string, total: number): void
}

/** The job was cancelled, and left nothing behind. */
export class JobCancelled extends Error {
  override readonly name = 'JobCancelled'
}
