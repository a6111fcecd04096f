/**
 * Brings documents from an export into the workspace by the rules of every merge: what is equal changes nothing, what
 * history shows to be an ancestor gives way, and of values that nobody can order both stay (M7). Everything it writes is
 * offered to the provider like any other edit.
 */
import { type Context, keepHistory } from '../database/context.ts'
import type { AnyDocument, RecordDocument, StateDocument } from '../database/documents.ts'
import { sameState, UNSENT } from '../database/states.ts'
import type { CollectionName } from '../model/protocol.ts'
import { createContent } from './content.ts'
import { findBase } from './lineage.ts'
import { tableOf } from './tables.ts'

export interface TakenIn {
  /** Not here before. */
  readonly added: number
  /** Here before, and not equal any more to what it was. */
  readonly changed: number
}

export interface Intaking {
  /** A document of `collection` as it is stored here, or undefined where `body` is none. */
  read(collection: CollectionName, body: unknown): AnyDocument | undefined
  /** At most some hundreds at a time; the caller lets others go in between. */
  take(collection: CollectionName, documents: readonly AnyDocument[]): Promise<TakenIn>
}

export function createIntaking(context: Context): Intaking {
  const contents = new Map<CollectionName, ReturnType<typeof createContent>>()
  const contentOf = (collection: CollectionName) => {
    // An export's lines carry no hashes: whoever has the file can read and change it all.
    const content = contents.get(collection) ?? createContent(collection, context, () => '')
    contents.set(collection, content)
    return content
  }

  /** Whether it became another than it was. */
  async function meet(collection: CollectionName, incoming: AnyDocument): Promise<boolean> {
    const { tables } = context
    const table = tableOf(tables, collection)
    for (;;) {
      const here = (await table.get([incoming.id])).get(incoming.id)
      if (here === undefined || sameState(collection, here, incoming)) return false
      const base = collection === 'history' ? undefined : await findBase(tables, asState(here), asState(incoming))
      let isStale = false
      const written = await table.change(
        [incoming.id],
        current => {
          isStale = current._rev !== here._rev
          if (isStale) return null
          const merge = contentOf(collection).merge(base, current, incoming, { unsent: 1, sent: current.sent })
          return sameState(collection, merge.document, current) ? null : merge
        },
        merges =>
          keepHistory(
            tables,
            merges.flatMap(({ replaced }) => replaced),
          ),
      )
      if (!isStale) return written.size > 0
    }
  }

  return {
    read(collection, body) {
      if (typeof body !== 'object' || body === null || !('id' in body) || typeof body.id !== 'string') return undefined
      const taken = contentOf(collection).take({ id: body.id, h: '', body })
      return taken.ok ? { ...taken.document, ...UNSENT } : undefined
    },
    async take(collection, documents) {
      const table = tableOf(context.tables, collection)
      const here = await table.get(documents.map(({ id }) => id))
      // The same twice in one batch meets itself: the first is written, the second merged with it.
      const fresh = new Map(documents.toReversed().map(document => [document.id, document]))
      for (const id of here.keys()) fresh.delete(id)
      const there = await table.insert([...fresh.values()])
      let changed = 0
      for (const document of documents) {
        if (fresh.get(document.id) === document && !there.has(document.id)) continue
        const known = here.get(document.id)
        if (known !== undefined && sameState(collection, known, document)) continue
        if (await meet(collection, document)) changed++
      }
      return { added: fresh.size - there.size, changed }
    },
  }
}

/** Records, types and devices have the same shape. */
function asState(document: AnyDocument): RecordDocument | StateDocument {
  return document as RecordDocument | StateDocument
}
