/** Another provider, or the same one anew: nothing is known to be there, so everything counts as unsent (rule P10). */
import type { Tables } from '../database/context.ts'
import { COLLECTIONS } from '../model/protocol.ts'
import { tableOf } from './tables.ts'
import { sleep, type Timer } from './timer.ts'

const PAGE = 200

export async function forgetProvider(tables: Tables, timer: Timer): Promise<void> {
  for (const collection of COLLECTIONS) {
    const table = tableOf(tables, collection)
    let last = ''
    for (;;) {
      const page = await table.find({ selector: { id: { $gt: last } }, sort: [{ id: 'asc' }], limit: PAGE })
      await table.change(
        page.filter(({ sent, unsent }) => sent !== '' || unsent === 0).map(({ id }) => id),
        stored => ({ document: { ...stored, sent: '', unsent: 1 } }),
      )
      if (page.length < PAGE) break
      last = page.at(-1)?.id ?? ''
      await sleep(timer, 0)
    }
  }
}
