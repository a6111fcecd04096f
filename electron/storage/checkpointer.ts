/**
 * Checkpoints in a thread of their own: a checkpoint decrypts, encrypts and writes thousands of pages, and main would stand
 * still for it. The thread starts with the first checkpoint. It decides nothing: when to ask is the file's business.
 */
import { Worker } from 'node:worker_threads'
import type { SqliteFileOptions } from './sqlite-file.ts'

export interface CheckpointScript {
  /** The built checkpoint.worker.ts. */
  readonly path: string
  /** Node's options for the thread. */
  readonly execArgv?: readonly string[]
}

export interface Checkpointer {
  /** Resolves once what was in the WAL is in the file; rejects if the thread failed. Two calls at a time share one. */
  run(): Promise<void>
  /** Ends the thread; what was under way is finished first. */
  close(): Promise<void>
}

/** `file` is cloned, and must name the addon that this process uses: another one would not see its locks. */
export function createCheckpointer(script: CheckpointScript, file: SqliteFileOptions): Checkpointer {
  let worker: Worker | undefined
  let running: Promise<void> | undefined
  let ended: Promise<void> | undefined

  const start = () => {
    const made = new Worker(script.path, { workerData: file, execArgv: [...(script.execArgv ?? [])] })
    // The app may end without asking it; what goes wrong rejects the run that asked for it.
    made.unref()
    made.on('error', () => undefined)
    ended = new Promise(resolve => made.once('exit', () => resolve()))
    return made
  }
  const checkpoint = (thread: Worker) =>
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
      const onExit = () => settle(new Error('The checkpoint thread ended'))
      thread.on('message', onMessage)
      thread.on('error', onError)
      thread.on('exit', onExit)
      thread.postMessage('checkpoint')
    })

  return {
    run() {
      worker ??= start()
      running ??= checkpoint(worker).finally(() => (running = undefined))
      return running
    },
    async close() {
      await running?.catch(() => undefined)
      worker?.ref()
      worker?.postMessage('close')
      await ended
    },
  }
}
