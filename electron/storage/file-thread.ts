/**
 * What takes long on one open database file, in a thread of its own: checkpoints, which decrypt, encrypt and write thousands
 * of pages, and indexes, which read every row. The thread starts with the first wish, does one at a time, and ends when none
 * comes for a while, because it takes some 30 MB. It decides nothing: when to ask is the file's business.
 */
import { Worker } from 'node:worker_threads'
import type { SqliteFileOptions } from './sqlite-file.ts'

export interface ThreadScript {
  /** The built file-thread.worker.ts. */
  readonly path: string
  /** Node's options for the thread. */
  readonly execArgv?: readonly string[]
}

export interface FileThread {
  /** Resolves once what was in the WAL is in the file; rejects if the thread failed. Two calls at a time share one. */
  checkpoint(): Promise<void>
  /** Runs one statement that writes; nobody else may write meanwhile (SqliteFile.holdWrites). */
  execute(sql: string): Promise<void>
  /** Ends the thread; what was under way is finished first. */
  close(): Promise<void>
}

export type ThreadWish = 'checkpoint' | 'close' | { readonly execute: string }

const IDLE_MS = 10_000

/** `file` is cloned, and must name the addon that this process uses: another one would not see its locks. */
export function createFileThread(script: ThreadScript, file: SqliteFileOptions, idleMs = IDLE_MS): FileThread {
  let worker: Worker | undefined
  let last: Promise<void> = Promise.resolve()
  let checkpointing: Promise<void> | undefined
  let ended: Promise<void> | undefined
  let idle: NodeJS.Timeout | undefined

  const start = () => {
    const made = new Worker(script.path, { workerData: file, execArgv: [...(script.execArgv ?? [])] })
    // The app may end without asking it; what goes wrong rejects the wish it was doing.
    made.unref()
    made.on('error', () => undefined)
    ended = new Promise(resolve =>
      made.once('exit', () => {
        worker = undefined
        resolve()
      }),
    )
    return made
  }
  const send = (thread: Worker, wish: ThreadWish) =>
    new Promise<void>((resolve, reject) => {
      const settle = (problem: Error | null) => {
        thread.off('message', onMessage)
        thread.off('error', onError)
        thread.off('exit', onExit)
        if (problem === null) resolve()
        else reject(problem)
      }
      const onMessage = (message: string | null) => settle(message === null ? null : new Error(message))
      const onError = (error: unknown) => settle(error instanceof Error ? error : new Error(String(error)))
      const onExit = () => settle(new Error('The thread of the file ended'))
      thread.on('message', onMessage)
      thread.on('error', onError)
      thread.on('exit', onExit)
      thread.postMessage(wish)
    })
  async function end(): Promise<void> {
    worker?.ref()
    worker?.postMessage('close' satisfies ThreadWish)
    await ended
  }
  const ask = (wish: ThreadWish): Promise<void> => {
    clearTimeout(idle)
    const answer = last.then(() => send((worker ??= start()), wish))
    // The next wish has its turn whatever became of this one.
    last = answer.catch(() => undefined)
    const mine = last
    void mine.then(() => {
      if (last !== mine) return
      idle = setTimeout(() => {
        last = last.then(end)
      }, idleMs).unref()
    })
    return answer
  }

  return {
    checkpoint: () => (checkpointing ??= ask('checkpoint').finally(() => (checkpointing = undefined))),
    execute: sql => ask({ execute: sql }),
    async close() {
      await last
      clearTimeout(idle)
      await end()
    },
  }
}
