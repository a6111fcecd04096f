/**
 * What the provider is known to hold, written beside each document: `sent` is its hash there, `unsent` goes to 0 when that
 * is what shows here. Written a little later and in bulk; a crash in between only costs offering a document once more.
 */
import { deleteRecord } from '../model/edit.ts'
import type { CollectionName } from '../model/protocol.ts'
import type { AnyDocument, RecordDocument } from '../database/documents.ts'
import { sameState, toDocument, toState } from '../database/states.ts'
import type { Workspace } from '../database/workspace.ts'
import { tableOf } from './tables.ts'
import { sleep, type Timer } from './timer.ts'

export interface Acknowledgements {
  /** The provider holds `document`, under the hash `h`. */
  add(document: AnyDocument, h: string): void
  /** Resolves when everything added so far is written. */
  flush(): Promise<void>
}

const CHUNK = 200
const DELAY_MS = 25

export function createAcknowledgements(
  collection: CollectionName,
  workspace: Workspace,
  timer: Timer,
): Acknowledgements {
  const table = tableOf(workspace.context.tables, collection)
  const { report } = workspace.context
  let pending = new Map<string, { readonly document: AnyDocument; readonly h: string }>()
  let writing = Promise.resolve()
  let cancel: (() => void) | undefined

  async function write(): Promise<void> {
    cancel?.()
    cancel = undefined
    const entries = [...pending]
    pending = new Map()
    for (let from = 0; from < entries.length; from += CHUNK) {
      const chunk = new Map(entries.slice(from, from + CHUNK))
      const found = new Set<string>()
      await table.change([...chunk.keys()], stored => {
        found.add(stored.id)
        const known = chunk.get(stored.id)
        if (known === undefined) return null
        const same = sameState(collection, stored, known.document)
        // Something else of the provider's has come in meanwhile, with a hash of its own: `sent` must not claim more than
        // what is stored, or the digests would agree over a stale document.
        if (!same && stored.unsent === 0) return null
        const unsent = same ? 0 : stored.unsent
        return stored.sent === known.h && stored.unsent === unsent
          ? null
          : { document: { ...stored, sent: known.h, unsent } }
      })
      if (collection === 'records') await deleteRevoked([...chunk].filter(([id]) => !found.has(id)))
      // Lets others use the storage, which answers without ever leaving this turn of the event loop.
      if (from + CHUNK < entries.length) await sleep(timer, 0)
    }
  }

  /** An import was taken back while its records were on their way: they arrived, so they are deleted the ordinary way. */
  async function deleteRevoked(
    arrived: readonly (readonly [string, { document: AnyDocument; h: string }])[],
  ): Promise<void> {
    const { context, revoked } = workspace
    const documents = arrived.flatMap(([id, { document, h }]) => {
      if (!revoked.delete(id)) return []
      const { record } = deleteRecord(toState(document as RecordDocument), context.clock.stamp())
      return [toDocument(record, context.typeOf(record.type), { unsent: 1, sent: h })]
    })
    if (documents.length > 0) await context.tables.records.insert(documents)
  }

  function flush(): Promise<void> {
    writing = writing.then(write).catch(report)
    return writing
  }

  return {
    add(document, h) {
      pending.set(document.id, { document, h })
      cancel ??= timer(DELAY_MS, () => void flush())
    },
    flush,
  }
}
