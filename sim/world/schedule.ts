/**
 * Simulated time. It stands still while anything runs and jumps to the next thing that is due; what is due at the same
 * moment runs in the order in which it was asked for. Between two things every promise that can resolve has resolved.
 */

export interface Schedule {
  /** Milliseconds since the simulation began. */
  readonly now: number
  /** Answers how to call it off. What `run` promises is waited for before time goes on. */
  after(milliseconds: number, run: () => void | Promise<void>): () => void
  /** Runs everything that is due within so many milliseconds from now. */
  advance(milliseconds: number): Promise<void>
  /** Runs the next thing due, if there is any before `deadline`; false when there was none. */
  step(deadline: number): Promise<boolean>
  /** Everything run so far. */
  readonly steps: number
}

interface Item {
  readonly at: number
  readonly order: number
  readonly run: () => void | Promise<void>
  dead: boolean
}

/** Every promise that can resolve has resolved when it does. */
const settleDown = (): Promise<void> => new Promise(resolve => setImmediate(resolve))

export function createSchedule(): Schedule {
  const heap: Item[] = []
  let now = 0
  let order = 0
  let steps = 0

  const isBefore = (a: Item, b: Item): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)

  function push(item: Item): void {
    let at = heap.push(item) - 1
    while (at > 0) {
      const up = (at - 1) >> 1
      const parent = heap[up]
      if (parent === undefined || !isBefore(item, parent)) break
      heap[at] = parent
      at = up
    }
    heap[at] = item
  }

  function pop(): Item | undefined {
    const top = heap[0]
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return top
    let at = 0
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]]
      const least = right !== undefined && left !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1
      const child = heap[least]
      if (child === undefined || !isBefore(child, last)) break
      heap[at] = child
      at = least
    }
    heap[at] = last
    return top
  }

  async function step(deadline: number): Promise<boolean> {
    for (;;) {
      await settleDown()
      const next = heap[0]
      if (next === undefined || next.at > deadline) return false
      pop()
      if (next.dead) continue
      next.dead = true
      now = next.at
      steps += 1
      const running = next.run()
      if (running !== undefined) await running
      return true
    }
  }

  return {
    get now() {
      return now
    },
    get steps() {
      return steps
    },
    after(milliseconds, run) {
      const item: Item = { at: now + Math.max(0, milliseconds || 0), order: (order += 1), run, dead: false }
      push(item)
      return () => {
        item.dead = true
      }
    },
    step,
    async advance(milliseconds) {
      const deadline = now + milliseconds
      while (await step(deadline));
      now = deadline
    },
  }
}
