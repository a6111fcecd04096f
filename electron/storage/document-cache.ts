/**
 * Parsed documents by row id, bounded by number and size. Two generations instead of a strict LRU: what was used since the
 * last turn survives it, and a bulk load costs two map entries a document. Whoever reads through it must have made sure that
 * no other connection has written; it never returns a document that this one has replaced.
 */
import type { StoredDocument } from './table-layout.ts'

export interface DocumentCache {
  byRow(rid: number): StoredDocument | undefined
  rowOf(id: string): number | undefined
  put(rid: number, id: string, document: StoredDocument, length: number): void
  drop(rid: number): void
  clear(): void
}

/** Of both generations together. */
export interface CacheBounds {
  readonly documents: number
  /** Of JSON text, in UTF-16 units. */
  readonly length: number
}

interface Entry {
  readonly rid: number
  readonly id: string
  readonly document: StoredDocument
  readonly length: number
}

interface Generation {
  readonly entriesByRow: Map<number, Entry>
  readonly rowsById: Map<string, number>
  length: number
}

export function createDocumentCache(bounds: CacheBounds): DocumentCache {
  let young = createGeneration()
  let old = createGeneration()

  function keep(entry: Entry): void {
    young.entriesByRow.set(entry.rid, entry)
    young.rowsById.set(entry.id, entry.rid)
    young.length += entry.length
    if (young.entriesByRow.size * 2 < bounds.documents && young.length * 2 < bounds.length) return
    old = young
    young = createGeneration()
  }

  return {
    byRow(rid) {
      const fresh = young.entriesByRow.get(rid)
      if (fresh) return fresh.document
      const entry = old.entriesByRow.get(rid)
      if (!entry) return undefined
      keep(entry)
      return entry.document
    },
    rowOf: id => young.rowsById.get(id) ?? old.rowsById.get(id),
    put(rid, id, document, length) {
      keep({ rid, id, document, length })
    },
    drop(rid) {
      for (const generation of [young, old]) {
        const entry = generation.entriesByRow.get(rid)
        if (!entry) continue
        generation.entriesByRow.delete(rid)
        generation.rowsById.delete(entry.id)
      }
    },
    clear() {
      young = createGeneration()
      old = createGeneration()
    },
  }
}

function createGeneration(): Generation {
  return { entriesByRow: new Map(), rowsById: new Map(), length: 0 }
}
