/**
 * An import under way and how it ended. It begins as a dialog and steps aside, above the sync chip, when there is other
 * work to do: nothing about it stops a person. It must never end an import unless asked to.
 */
import { useEffect, useRef } from 'react'
import { CircleCheck, CircleX, TriangleAlert, X } from 'lucide-react'
import type { ImportProgress } from '../../../core/model/api.ts'
import { useLive } from '../../api/use-live.ts'
import { useApp } from '../../app-context.ts'
import { Button, IconButton } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { words } from '../../words/app.ts'
import { failureWords } from '../../words/failures.ts'
import { byteSize, count } from '../../words/times.ts'
import styles from './import-run.module.css'
import { RefusedRows } from './refused-rows.tsx'
import type { RunningImport } from './running-import.ts'
import { takeBack } from './running-import.ts'

export default function ImportRun({ importing }: { readonly importing: RunningImport }) {
  const { api, go, route, setImporting, complain } = useApp()
  const { job, fileName, fileBytes, type } = importing
  const progress = useLive('import', { job })
  useTakenBack(importing, progress)
  const dialog = route.dialog?.name
  const closeDialog = () => go({ to: 'dialog', dialog: null })
  const state = progress?.state ?? 'waiting'

  const run: RunView = {
    fileName,
    progress,
    isOver: state === 'done' || state === 'cancelled' || state === 'failed',
    async cancel() {
      const answer = await api.call('import.cancel', { job })
      if (!answer.ok) complain(answer.failure)
    },
    dismiss() {
      setImporting(null)
      closeDialog()
    },
    showRecords() {
      setImporting(null)
      closeDialog()
      go({ to: 'records', type })
    },
  }
  // Whoever asks for an import sees the one that runs.
  return dialog === 'importRun' || dialog === 'import' ? (
    <RunDialog run={run} fileBytes={fileBytes} onAside={closeDialog} />
  ) : (
    <RunStrip run={run} onShow={() => go({ to: 'dialog', dialog: { name: 'importRun' } })} />
  )
}

interface RunView {
  readonly fileName: string
  readonly progress: ImportProgress | undefined
  readonly isOver: boolean
  cancel(): Promise<void>
  /** It was read how it ended. */
  dismiss(): void
  showRecords(): void
}

interface RunDialogProps {
  readonly run: RunView
  readonly fileBytes: number
  readonly onAside: () => void
}

function RunDialog({ run, fileBytes, onAside }: RunDialogProps) {
  const { progress, isOver } = run
  const done = progress?.state === 'done'
  return (
    <Dialog
      title={titleOf(progress)}
      intro={words.import.sentAs(run.fileName, byteSize(fileBytes))}
      size={progress !== undefined && progress.refused > 0 ? 'wide' : 'medium'}
      keepOpen
      onClose={isOver ? run.dismiss : onAside}
      actions={
        isOver ? (
          <>
            <Button variant={done ? 'quiet' : 'primary'} onClick={run.dismiss}>
              {words.close}
            </Button>
            {done && (
              <Button variant="primary" onClick={run.showRecords}>
                {words.import.show}
              </Button>
            )}
          </>
        ) : (
          <>
            <Button variant="quiet" onClick={() => void run.cancel()}>
              {words.import.cancelJob}
            </Button>
            <Button onClick={onAside}>{words.import.aside}</Button>
          </>
        )
      }
    >
      {!isOver && <Bar progress={progress} />}
      <p className={styles.state} role="status">
        {isOver && <StateIcon state={progress?.state} />}
        {sentenceOf(progress)}
        {progress !== undefined && progress.refused > 0 && (
          <span className={styles.refusedCount}>{words.import.refused(progress.refused)}</span>
        )}
      </p>
      {progress !== undefined && isOver && progress.refusedRows.length > 0 && (
        <RefusedRows rows={progress.refusedRows} total={progress.refused} />
      )}
    </Dialog>
  )
}

function RunStrip({ run, onShow }: { readonly run: RunView; readonly onShow: () => void }) {
  const { progress, isOver, fileName } = run
  const refused = progress?.refused ?? 0
  return (
    <section className={styles.strip} aria-label={words.import.stripLabel}>
      <div className={styles.stripHead}>
        {isOver && <StateIcon state={progress?.state} />}
        <p className={styles.stripTitle} role="status">
          {isOver ? titleOf(progress) : words.import.bringingIn(fileName)}
        </p>
        {isOver && (
          <IconButton label={words.dismiss} onClick={run.dismiss}>
            <X size={14} />
          </IconButton>
        )}
      </div>
      {!isOver && <Bar progress={progress} />}
      <div className={styles.stripActions}>
        {!isOver && <span className={styles.stripCount}>{sentenceOf(progress)}</span>}
        {isOver && refused === 0 && progress?.state === 'done' ? (
          <Button small onClick={run.showRecords}>
            {words.import.show}
          </Button>
        ) : (
          <Button small variant="quiet" onClick={onShow}>
            {isOver && refused > 0 ? words.import.refused(refused) : words.import.details}
          </Button>
        )}
      </div>
    </section>
  )
}

function Bar({ progress }: { readonly progress: ImportProgress | undefined }) {
  const share = progress === undefined || progress.fileBytes === 0 ? 0 : progress.bytes / progress.fileBytes
  return (
    <progress className={styles.progress} value={share} max={1} aria-label={words.import.progress}>
      {Math.round(share * 100)} %
    </progress>
  )
}

function StateIcon({ state }: { readonly state: ImportProgress['state'] | undefined }) {
  const Icon = state === 'done' ? CircleCheck : state === 'cancelled' ? CircleX : TriangleAlert
  return <Icon size={17} aria-hidden className={state === 'done' ? styles.good : styles.bad} />
}

function titleOf(progress: ImportProgress | undefined): string {
  switch (progress?.state) {
    case 'done':
      return words.import.doneTitle(progress.imported)
    case 'cancelled':
      return words.import.cancelledTitle
    case 'failed':
      return words.import.failedTitle
    default:
      return words.import.title
  }
}

function sentenceOf(progress: ImportProgress | undefined): string {
  if (progress?.state === 'cancelled') return words.import.cancelledBody
  if (progress?.state === 'failed')
    return `${progress.failure === undefined ? '' : `${failureWords(progress.failure)} `}${words.import.cancelledBody}`
  return words.import.running(count(progress?.imported ?? 0))
}

/** An import that came to nothing leaves nothing: what was made for it goes too, once. */
function useTakenBack({ type, made }: RunningImport, progress: ImportProgress | undefined): void {
  const { api } = useApp()
  const types = useLive('types', null)
  const now = types?.find(each => each.id === type)
  const isTaken = useRef(false)
  const isVain = progress?.state === 'cancelled' || progress?.state === 'failed'
  useEffect(() => {
    if (!isVain || isTaken.current || now === undefined) return
    isTaken.current = true
    void takeBack(api, now, made)
  }, [api, isVain, made, now])
}
