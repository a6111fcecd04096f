/**
 * Parsed documents by row id, bounded by number and size, least recently used first out. Whoever reads through it must have
 * made sure that no other connection has written; it never returns a document that this one has replaced.
 */
import type { StoredDocument } from './table-layout.ts'

export interface DocumentCache {
  byRow(rid: number): StoredDocument | undefined
  rowOf(id: string): number | undefined
  put(rid: number, id: string, document: StoredDocument, length: number): void
  drop(rid: number): void
  clear(): void
}

export interface CacheBounds {
  readonly documents: number
  /** Of JSON text, in UTF-16 units. */
  readonly length: number
}

export function createDocumentCache(bounds: CacheBounds): DocumentCache {
  const entriesByRow = new Map<
    number,
    { readonly id: string; readonly document: StoredDocument; readonly length: number }
  >()
  const rowsById = new Map<string, number>()
  let total = 0

  function drop(rid: number): void {
    const entry = entriesByRow.get(rid)
    if (!entry) return
    entriesByRow.delete(rid)
    rowsById.delete(entry.id)
    total -= entry.length
  }

  return {
    byRow(rid) {
      const entry = entriesByRow.get(rid)
      if (!entry) return undefined
      entriesByRow.delete(rid)
      entriesByRow.set(rid, entry)
      return entry.document
    },
    rowOf: id => rowsById.get(id),
    put(rid, id, document, length) {
      drop(rid)
      entriesByRow.set(rid, { id, document, length })
      rowsById.set(id, rid)
      total += length
      while (entriesByRow.size > bounds.documents || total > bounds.length) {
        const oldest = entriesByRow.keys().next()
        if (oldest.done) break
        drop(oldest.value)
      }
    },
    drop,
    clear() {
      entriesByRow.clear()
      rowsById.clear()
      total = 0
    },
  }
}
