/** Sends an export to main piece by piece; how it ends is told by the `archive` feed. */
import { IMPORT_PIECE_BYTES } from '../../../core/model/api.ts'
import type { Api } from '../../api/connect.ts'

/** An export that comes in, as the page remembers it. */
export interface RunningArchive {
  readonly job: string
  readonly fileName: string
}

/** A file that cannot be read to its end shows as cancelled; what came in stays. */
export async function sendArchive(api: Api, job: string, file: File): Promise<void> {
  try {
    let from = 0
    do {
      const piece = await file.slice(from, from + IMPORT_PIECE_BYTES).arrayBuffer()
      const { ok } = await fetch(`/archive/${encodeURIComponent(job)}?from=${from}`, { method: 'POST', body: piece })
      if (!ok) return
      from += piece.byteLength
    } while (from < file.size)
  } catch {
    await api.call('archive.cancel', { job })
  }
}
