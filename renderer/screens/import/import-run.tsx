/** An import under way and how it ended: progress, cancel, and the rows that were refused with line, column and reason. */
import { useEffect, useRef, useState } from 'react'
import { CircleCheck, CircleX, TriangleAlert } from 'lucide-react'
import type { RefusedRow } from '../../../core/model/api.ts'
import type { TypeId } from '../../../core/model/record.ts'
import { useLive } from '../../api/use-live.ts'
import { useApp } from '../../app-context.ts'
import { Button } from '../../parts/button.tsx'
import { copyText } from '../../parts/copy-text.ts'
import { cx } from '../../parts/cx.ts'
import { Dialog } from '../../parts/dialog.tsx'
import inputs from '../../parts/inputs.module.css'
import { words } from '../../words/app.ts'
import { reasonOf } from '../../words/fields.ts'
import { byteSize, count } from '../../words/times.ts'
import styles from './import-dialog.module.css'
import { refusedCsv } from './refused-csv.ts'

export interface ImportRunProps {
  readonly file: File
  readonly job: string
  readonly type: TypeId
  /** Undoes what the import changed of the record type. */
  readonly takeBack: () => void
  readonly onClose: () => void
}

export function ImportRun({ file, job, type, takeBack, onClose }: ImportRunProps) {
  const { api, go, complain } = useApp()
  const progress = useLive('import', { job })
  const state = progress?.state ?? 'waiting'
  const isOver = state === 'done' || state === 'cancelled' || state === 'failed'
  const takenBack = useRef(false)
  useEffect(() => {
    if ((state !== 'cancelled' && state !== 'failed') || takenBack.current) return
    takenBack.current = true
    takeBack()
  }, [state, takeBack])

  async function cancel() {
    const answer = await api.call('import.cancel', { job })
    if (!answer.ok) complain(answer.failure)
  }

  const imported = progress?.imported ?? 0
  const share = progress === undefined || progress.fileBytes === 0 ? 0 : progress.bytes / progress.fileBytes
  const title =
    state === 'done'
      ? words.import.doneTitle(imported)
      : state === 'cancelled'
        ? words.import.cancelledTitle
        : state === 'failed'
          ? words.import.failedTitle
          : words.import.title
  const Icon = state === 'done' ? CircleCheck : state === 'cancelled' ? CircleX : TriangleAlert

  return (
    <Dialog
      title={title}
      intro={words.import.sentAs(file.name, byteSize(file.size))}
      size={progress !== undefined && progress.refused > 0 ? 'wide' : 'medium'}
      keepOpen
      onClose={() => (isOver ? onClose() : void cancel())}
      actions={
        isOver ? (
          <>
            <Button variant={state === 'done' ? 'quiet' : 'primary'} onClick={onClose}>
              {words.close}
            </Button>
            {state === 'done' && (
              <Button
                variant="primary"
                onClick={() => {
                  onClose()
                  go({ to: 'records', type })
                }}
              >
                {words.import.show}
              </Button>
            )}
          </>
        ) : (
          <Button onClick={() => void cancel()}>{words.import.cancelJob}</Button>
        )
      }
    >
      {!isOver && (
        <progress className={styles.progress} value={share} max={1} aria-label={words.import.progress}>
          {Math.round(share * 100)} %
        </progress>
      )}
      <p className={styles.state} role="status">
        {isOver && <Icon size={17} aria-hidden className={state === 'done' ? styles.good : styles.bad} />}
        {state === 'cancelled'
          ? words.import.cancelledBody
          : state === 'failed'
            ? (progress?.failure ?? words.import.cancelledBody)
            : words.import.running(count(imported))}
        {progress !== undefined && progress.refused > 0 && (
          <span className={styles.refusedCount}>{words.import.refused(progress.refused)}</span>
        )}
      </p>
      {progress !== undefined && isOver && progress.refusedRows.length > 0 && (
        <Refused rows={progress.refusedRows} total={progress.refused} />
      )}
    </Dialog>
  )
}

function Refused({ rows, total }: { readonly rows: readonly RefusedRow[]; readonly total: number }) {
  const [copied, setCopied] = useState(false)
  return (
    <section className={styles.refused} aria-label={words.import.refused(total)}>
      <div className={styles.refusedHead}>
        <p className={inputs.hint}>
          {words.import.refusedIntro} {total > rows.length && words.import.refusedFirst(rows.length)}
        </p>
        <Button small variant="quiet" onClick={() => setCopied(copyText(refusedCsv(rows)))}>
          {copied ? words.import.copied : words.import.copyReport}
        </Button>
        <Button small onClick={() => saveText('refused-rows.csv', refusedCsv(rows))}>
          {words.import.saveReport}
        </Button>
      </div>
      <div className={styles.refusedScroll} tabIndex={0} role="group" aria-label={words.import.refused(total)}>
        <table className={cx(styles.table, styles.refusedTable)}>
          <thead>
            <tr>
              <th scope="col">{words.import.line}</th>
              <th scope="col">{words.import.column}</th>
              <th scope="col">{words.import.reason}</th>
              <th scope="col">{words.import.text}</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, 200).map((row, index) => (
              <tr key={index}>
                <td className={styles.line}>{count(row.line)}</td>
                <td>{row.column ?? ''}</td>
                <td>{reasonOf(row.reason)}</td>
                <td className={styles.sample}>{row.excerpt}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

/** Hands the text to the system's own way of saving a download. */
function saveText(name: string, text: string) {
  const url = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
