/** Settings > Export and import: everything out into one file that others can read, and such a file back in. */
import { useRef, useState } from 'react'
import type { ArchiveProgress } from '../../../core/model/api.ts'
import { useLive } from '../../api/use-live.ts'
import { useApp } from '../../app-context.ts'
import { Button } from '../../parts/button.tsx'
import { cx } from '../../parts/cx.ts'
import inputs from '../../parts/inputs.module.css'
import { words as common } from '../../words/app.ts'
import { transferWords as words } from '../../words/export.ts'
import { failureWords } from '../../words/failures.ts'
import settings from '../settings/settings.module.css'
import storage from '../storage/storage.module.css'
import { sendArchive } from './send-archive.ts'
import { useExportWorkspace } from './use-export.ts'

export default function TransferSettings() {
  return (
    <>
      <TakeOut />
      <BringIn />
    </>
  )
}

function TakeOut() {
  const exportWorkspace = useExportWorkspace()
  const [isAsked, ask] = useState(false)
  return (
    <section className={settings.block} aria-labelledby="transfer-out">
      <h3 className={inputs.label} id="transfer-out">
        {words.out}
      </h3>
      <p className={settings.lead}>{words.outWhat}</p>
      {isAsked ? (
        <div className={cx(settings.panel, settings.warn)}>
          <div>
            <p className={settings.strong}>{words.plain}</p>
            <p>{words.plainMore}</p>
            <div className={settings.buttons}>
              <Button
                small
                variant="danger"
                onClick={() => {
                  ask(false)
                  void exportWorkspace()
                }}
              >
                {words.outYes}
              </Button>
              <Button small variant="quiet" onClick={() => ask(false)}>
                {common.cancel}
              </Button>
            </div>
          </div>
        </div>
      ) : (
        <Button variant="primary" onClick={() => ask(true)}>
          {words.outNow}
        </Button>
      )}
    </section>
  )
}

function BringIn() {
  const { api, bringing, setBringing } = useApp()
  const [problem, setProblem] = useState('')
  const picker = useRef<HTMLInputElement>(null)
  async function take(file: File | null | undefined) {
    if (file == null) return
    setProblem('')
    const begun = await api.call('archive.begin', { fileName: file.name, fileBytes: file.size })
    if (!begun.ok) return setProblem(begun.failure.code === 'busy' ? words.busy : failureWords(begun.failure))
    setBringing({ job: begun.value.job, fileName: file.name })
    void sendArchive(api, begun.value.job, file)
  }
  return (
    <section className={settings.block} aria-labelledby="transfer-in">
      <h3 className={inputs.label} id="transfer-in">
        {words.in}
      </h3>
      <p className={settings.lead}>{words.inWhat}</p>
      <Button onClick={() => picker.current?.click()}>{words.choose}</Button>
      <input
        ref={picker}
        type="file"
        accept=".tar,application/x-tar"
        hidden
        onChange={event => {
          void take(event.target.files?.[0])
          event.target.value = ''
        }}
      />
      {problem !== '' && (
        <p role="alert" className={inputs.error}>
          {problem}
        </p>
      )}
      {bringing !== null && <Bringing key={bringing.job} job={bringing.job} fileName={bringing.fileName} />}
    </section>
  )
}

function Bringing({ job, fileName }: { readonly job: string; readonly fileName: string }) {
  const { api } = useApp()
  const progress = useLive('archive', { job })
  if (progress === undefined) return null
  const isOver = progress.state !== 'waiting' && progress.state !== 'running'
  return (
    <>
      {!isOver && (
        <div className={storage.work}>
          <progress
            className={storage.progress}
            aria-label={words.inProgress}
            max={1}
            value={progress.fileBytes === 0 ? 0 : progress.bytes / progress.fileBytes}
          />
          <span className={storage.quiet}>{words.bringing(fileName)}</span>
          <Button small variant="quiet" onClick={() => void api.call('archive.cancel', { job })}>
            {common.cancel}
          </Button>
        </div>
      )}
      <p role="status" className={cx(storage.outcome, isOver && !words.isGood(progress) && storage.bad)}>
        {isOver ? words.outcome(progress) : ''}
      </p>
      {isOver && <RefusedLines progress={progress} />}
    </>
  )
}

/** One by one, as far as they are told. */
function RefusedLines({ progress }: { readonly progress: ArchiveProgress }) {
  if (progress.refusedLines.length === 0) return null
  const rest = progress.refused - progress.refusedLines.length
  return (
    <ul className={storage.files} aria-label={words.refusedList}>
      {progress.refusedLines.map((line, index) => (
        <li key={index}>{words.refusedLine(line)}</li>
      ))}
      {rest > 0 && <li>{words.refusedMore(rest)}</li>}
    </ul>
  )
}
