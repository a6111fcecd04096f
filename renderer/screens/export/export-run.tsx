/** An export under way and how it ended, above the sync chip. It must never end an export unless asked to. */
import { CircleCheck, CircleX, TriangleAlert, X } from 'lucide-react'
import { useLive } from '../../api/use-live.ts'
import { useApp } from '../../app-context.ts'
import { Button, IconButton } from '../../parts/button.tsx'
import { words } from '../../words/app.ts'
import { exportWords } from '../../words/export.ts'
import styles from '../import/import-run.module.css'
import type { RunningExport } from './use-export.ts'

export default function ExportRun({ exporting }: { readonly exporting: RunningExport }) {
  const { api, setExporting, complain } = useApp()
  const { job, name } = exporting
  const progress = useLive('export', { job })
  const state = progress?.state ?? 'running'
  const isOver = state !== 'running'
  const Icon = state === 'done' ? CircleCheck : state === 'cancelled' ? CircleX : TriangleAlert
  const ask = async (call: 'export.cancel' | 'export.show') => {
    const answer = await api.call(call, { job })
    if (!answer.ok) complain(answer.failure)
  }
  return (
    <section className={styles.strip} aria-label={exportWords.strip}>
      <div className={styles.stripHead}>
        {isOver && <Icon size={17} aria-hidden className={state === 'done' ? styles.good : styles.bad} />}
        <p className={styles.stripTitle} role="status">
          {exportWords.title(progress, name)}
        </p>
        {isOver && (
          <IconButton label={words.dismiss} onClick={() => setExporting(null)}>
            <X size={14} />
          </IconButton>
        )}
      </div>
      {!isOver && (
        <progress
          className={styles.progress}
          aria-label={exportWords.progress}
          max={1}
          value={progress === undefined || progress.total === 0 ? undefined : progress.done / progress.total}
        />
      )}
      <p className={styles.stripMore}>{exportWords.sentence(progress)}</p>
      <div className={styles.stripActions}>
        {!isOver && (
          <Button small variant="quiet" onClick={() => void ask('export.cancel')}>
            {exportWords.cancel}
          </Button>
        )}
        {state === 'done' && (
          <Button small onClick={() => void ask('export.show')}>
            {exportWords.show}
          </Button>
        )}
      </div>
    </section>
  )
}
