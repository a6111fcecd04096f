/** Sees to it that values no longer wanted are let go of as they become due (core/database/history-store.ts decides which). */
import type { HistoryStore } from '../core/database/history-store.ts'

export interface HistoryCareDeps {
  readonly history: Pick<HistoryStore, 'goOn'>
  readonly after: (ms: number, ring: () => void) => () => void
  readonly report: (error: unknown) => void
}

/** Work of a person's first minutes comes first. */
const FIRST_LOOK_MS = 60_000
/** Clocks are set and lids are closed: it is asked anew now and then rather than trusted for a day. */
const LOOK_EVERY_MS = 60 * 60_000

export function openHistoryCare({ history, after, report }: HistoryCareDeps): { close(): void } {
  let closed = false
  let cancel = after(FIRST_LOOK_MS, () => void look())

  async function look(): Promise<void> {
    await history.goOn().catch(report)
    if (!closed) cancel = after(LOOK_EVERY_MS, () => void look())
  }
  return {
    close() {
      closed = true
      cancel()
    },
  }
}
