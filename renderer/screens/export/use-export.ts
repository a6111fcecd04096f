/** Begins to take something out into a file; how it goes is shown above the sync chip, whatever else is on screen. */
import { useCallback } from 'react'
import { BOUNDS, type View } from '../../../core/model/api.ts'
import type { Result } from '../../../core/model/failure.ts'
import type { RecordId } from '../../../core/model/record.ts'
import { useApp } from '../../app-context.ts'
import { exportWords, transferWords } from '../../words/export.ts'

/** An export that main runs, as the page remembers it. */
export interface RunningExport {
  readonly job: string
  /** Of what is taken out. */
  readonly name: string
}

/** The records of a view of one type, or those of them that are selected. */
export function useExportCsv(): (view: View, ids: readonly RecordId[] | null, name: string) => Promise<void> {
  const { api } = useApp()
  const begin = useBeginExport()
  return useCallback(
    async (view, ids, name) => {
      const chosen = ids?.slice(0, BOUNDS.idsPerCall) ?? null
      begin(await api.call('export.csv', { view, ids: chosen }), name)
    },
    [api, begin],
  )
}

/** Everything, not encrypted; the person has been told, and asked. */
export function useExportWorkspace(): () => Promise<void> {
  const { api } = useApp()
  const begin = useBeginExport()
  return useCallback(
    async () => begin(await api.call('export.workspace', null), transferWords.everything),
    [api, begin],
  )
}

function useBeginExport(): (begun: Result<{ readonly job: string }>, name: string) => void {
  const { setExporting, complain, notices } = useApp()
  return useCallback(
    (begun, name) => {
      if (begun.ok) setExporting({ job: begun.value.job, name })
      else if (begun.failure.code === 'busy') notices.show(exportWords.busy, null, 'bad')
      else complain(begun.failure)
    },
    [setExporting, complain, notices],
  )
}
