/**
 * Sends a whole copy that a person chose to main, in pieces, wherever the person goes meanwhile. It must never hold more than
 * a piece of it in memory; how it goes on from there is told by the storage feed.
 */
import { IMPORT_PIECE_BYTES } from '../../../core/model/api.ts'
import type { Failure } from '../../../core/model/failure.ts'
import type { Api } from '../../api/connect.ts'

/** Resolves once main has all of it or wants no more; 'unreadable': the page cannot read it, and main has been told. */
export async function sendCopy(api: Pick<Api, 'call'>, file: File): Promise<Failure | 'unreadable' | null> {
  const begun = await api.call('storage.restoreCopy', { bytes: file.size })
  if (!begun.ok) return begun.failure
  const address = `/storage/${encodeURIComponent(begun.value.job)}`
  try {
    let from = 0
    do {
      const piece = await file.slice(from, from + IMPORT_PIECE_BYTES).arrayBuffer()
      const { ok } = await fetch(`${address}?from=${from}`, { method: 'POST', body: piece })
      if (!ok) return null
      from += piece.byteLength
    } while (from < file.size)
    return null
  } catch {
    await api.call('storage.cancel', null)
    return 'unreadable'
  }
}
