/**
 * Works out the derived columns of a type's records again after the type has changed here or elsewhere. It walks in small
 * pages and lets others go first; it never changes a record's state, so nothing has to be sent because of it.
 */
import type { TypeId } from '../model/record.ts'
import type { Context } from './context.ts'
import { toDocument, toState } from './states.ts'

const PAGE = 200

export async function retitle({ tables, typeOf }: Context, type: TypeId, stopped: () => boolean): Promise<void> {
  let after = ''
  while (!stopped()) {
    const page = await tables.records.find({
      selector: { type, id: { $gt: after } },
      sort: [{ id: 'asc' }],
      limit: PAGE,
    })
    const last = page.at(-1)
    if (last === undefined) return
    after = last.id
    const stale = page.filter(
      document => toDocument(toState(document), typeOf(type), document).title !== document.title,
    )
    if (stale.length > 0 && !stopped()) {
      await tables.records.change(
        stale.map(({ id }) => id),
        document => ({ document: toDocument(toState(document), typeOf(type), document) }),
      )
    }
    // The storage answers without ever leaving this turn of the event loop.
    await new Promise(resolve => setTimeout(resolve, 0))
  }
}
