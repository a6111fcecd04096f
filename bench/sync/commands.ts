/** What the sync bench says to its laptops, and starts them with. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export type Command =
  | { readonly do: 'open'; readonly folder: string }
  | { readonly do: 'fill'; readonly count: number }
  | { readonly do: 'connect'; readonly code: string }
  | { readonly do: 'sync' }
  | { readonly do: 'edit'; readonly count: number; readonly text: string }
  | { readonly do: 'see'; readonly text: string }
  | { readonly do: 'pause' }
  | { readonly do: 'close'; readonly leave: boolean }

export interface Answer {
  readonly ms?: number
  readonly firstMs?: number | null
  readonly loopP99Ms?: number
  readonly at?: number
}

export interface LaptopProcess {
  tell(command: Command): Promise<Answer>
  close(): Promise<void>
}

export function startLaptop(): LaptopProcess {
  const child: ChildProcess = fork(join(import.meta.dirname, 'laptop-process.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, NODE_ENV: 'production' },
  })
  const waiting = new Map<number, { done(answer: Answer): void; fail(error: Error): void }>()
  let last = 0
  child.on('message', (message: { readonly id: number; readonly answer?: Answer; readonly error?: string }) => {
    const mine = waiting.get(message.id)
    waiting.delete(message.id)
    if (message.error === undefined) mine?.done(message.answer ?? {})
    else if (mine === undefined) process.stderr.write(`laptop: ${message.error}\n`)
    else mine.fail(new Error(message.error))
  })
  child.on('exit', code => {
    for (const { fail } of waiting.values()) fail(new Error(`the laptop ended with ${code}`))
  })
  return {
    tell(command) {
      last += 1
      const id = last
      return new Promise((done, fail) => {
        waiting.set(id, { done, fail })
        child.send({ id, command })
      })
    },
    async close() {
      const gone = once(child, 'exit')
      child.disconnect()
      await gone
    },
  }
}
