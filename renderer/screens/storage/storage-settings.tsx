/** Settings > Storage: how large the database is, its backups, checking and compacting it. One job at a time. */
import { useEffect, useState } from 'react'
import type { BackupView, FilesChecked, StorageJob, StorageView } from '../../../core/model/api.ts'
import { useLive } from '../../api/use-live.ts'
import { useApp, useNow } from '../../app-context.ts'
import { Button } from '../../parts/button.tsx'
import { cx } from '../../parts/cx.ts'
import inputs from '../../parts/inputs.module.css'
import { words as common } from '../../words/app.ts'
import { needsRescue, outcomeWords, storageWords as words } from '../../words/storage.ts'
import { absoluteTime, byteSize, relativeTime } from '../../words/times.ts'
import settings from '../settings/settings.module.css'
import { HistoryKeeping } from './history-keeping.tsx'
import { RestoreSure } from './restore-sure.tsx'
import styles from './storage.module.css'
import { WholeCopy } from './whole-copy.tsx'

export default function StorageSettings() {
  const { api, complain } = useApp()
  const view = useLive('storage', null)
  const now = useNow()
  // The feed has been open since the start, for the banner; sizes have changed meanwhile.
  useEffect(() => void api.call('storage.look', null), [api])
  if (view === undefined) return null
  const begin = async (job: 'storage.backUp' | 'storage.verify' | 'storage.compact' | 'storage.rescue') => {
    const answer = await api.call(job, null)
    if (!answer.ok) complain(answer.failure)
  }
  const isBusy = view.job !== null
  const [newest] = view.backups
  return (
    <>
      <section className={settings.block}>
        <h3 className={inputs.label}>{words.database}</h3>
        <p className={settings.lead}>{words.size(view.bytes)}</p>
      </section>
      <section className={settings.block} aria-labelledby="storage-backups">
        <h3 className={inputs.label} id="storage-backups">
          {words.backups}
        </h3>
        <p className={settings.lead}>{words.intro}</p>
        <div className={styles.line}>
          <Button variant="primary" disabled={isBusy} onClick={() => void begin('storage.backUp')}>
            {words.backUp}
          </Button>
          <span className={styles.quiet}>{newest === undefined ? words.none : words.last(newest, now)}</span>
        </div>
        <Work view={view} jobs={['backUp', 'restore']} />
        {view.backups.length > 0 && <BackupTable backups={view.backups} now={now} isBusy={isBusy} />}
        <p className={settings.help}>{words.keyNote}</p>
      </section>
      <WholeCopy isBusy={isBusy}>
        <Work view={view} jobs={['saveCopy', 'restoreCopy']} />
      </WholeCopy>
      <section className={settings.block}>
        <h3 className={inputs.label}>{words.check}</h3>
        <p className={settings.lead}>{words.checkMore}</p>
        <Button disabled={isBusy} onClick={() => void begin('storage.verify')}>
          {words.checkNow}
        </Button>
        <Work view={view} jobs={['verify']} />
        {view.job === null && view.outcome?.job === 'verify' && 'sound' in view.outcome && (
          <FileList files={view.outcome.files} />
        )}
        {view.job === null && view.outcome !== null && needsRescue(view.outcome) && (
          <Button variant="danger" onClick={() => void begin('storage.rescue')}>
            {words.rescue}
          </Button>
        )}
      </section>
      <section className={settings.block}>
        <h3 className={inputs.label}>{words.compact}</h3>
        <p className={settings.lead}>{words.compactMore}</p>
        <Button disabled={isBusy} onClick={() => void begin('storage.compact')}>
          {words.compactNow}
        </Button>
        <Work view={view} jobs={['compact']} />
      </section>
      <HistoryKeeping />
    </>
  )
}

/** What is under way, or what came of it. */
function Work({ view, jobs }: { readonly view: StorageView; readonly jobs: readonly StorageJob[] }) {
  const { api } = useApp()
  const { job, outcome } = view
  const shown = job !== null && jobs.includes(job.job) ? job : null
  const index = useLive('searchIndex', null) ?? { state: 'ready' }
  const sync = useLive('sync', null)
  const around = { hub: sync !== undefined && sync.provider !== null, index }
  const ended = job === null && outcome !== null && jobs.includes(outcome.job) ? outcomeWords(outcome, around) : null
  return (
    <>
      {shown !== null && (
        <div className={styles.work}>
          <progress
            className={styles.progress}
            aria-label={words.jobs[shown.job]}
            max={1}
            value={shown.total > 0 ? shown.done / shown.total : undefined}
          />
          <span className={styles.quiet}>{words.steps(shown)}</span>
          {shown.job !== 'compact' && (
            <Button small variant="quiet" onClick={() => void api.call('storage.cancel', null)}>
              {common.cancel}
            </Button>
          )}
        </div>
      )}
      <p role="status" className={cx(styles.outcome, ended?.good === false && styles.bad)}>
        {ended?.text}
      </p>
    </>
  )
}

/** Which photos and files a check has found missing or damaged, as far as they are told. */
function FileList({ files }: { readonly files: FilesChecked }) {
  const rest = files.missing + files.damaged - files.named.length
  if (files.named.length === 0) return null
  return (
    <ul className={styles.files} aria-label={words.checkFiles}>
      {files.named.map((file, index) => (
        <li key={index}>
          {words.fileOf(file)}: {words.fileState[file.state]}
        </li>
      ))}
      {rest > 0 && <li>{words.moreFiles(rest)}</li>}
    </ul>
  )
}

function BackupTable(props: {
  readonly backups: readonly BackupView[]
  readonly now: number
  readonly isBusy: boolean
}) {
  const [chosen, choose] = useState<string | null>(null)
  return (
    <table className={styles.table} aria-labelledby="storage-backups">
      <thead>
        <tr>
          <th scope="col">{words.when}</th>
          <th scope="col">{words.why}</th>
          <th scope="col" className={styles.number}>
            {words.bytes}
          </th>
          <th scope="col">
            <span className="visually-hidden">{words.restore}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {props.backups.map(backup => (
          <BackupRow
            key={backup.file}
            backup={backup}
            now={props.now}
            isBusy={props.isBusy}
            isChosen={chosen === backup.file}
            onChoose={is => choose(is ? backup.file : null)}
          />
        ))}
      </tbody>
    </table>
  )
}

function BackupRow(props: {
  readonly backup: BackupView
  readonly now: number
  readonly isBusy: boolean
  readonly isChosen: boolean
  readonly onChoose: (is: boolean) => void
}) {
  const { backup, onChoose } = props
  const { api, complain } = useApp()
  const when = relativeTime(backup.at, props.now)
  async function restore() {
    onChoose(false)
    const answer = await api.call('storage.restore', { file: backup.file })
    if (!answer.ok) complain(answer.failure)
  }
  return (
    <>
      <tr>
        <td title={absoluteTime(backup.at)}>{when}</td>
        <td>{words.kinds[backup.kind]}</td>
        <td className={styles.number}>{byteSize(backup.bytes)}</td>
        <td className={styles.action}>
          <Button
            small
            disabled={props.isBusy}
            aria-expanded={props.isChosen}
            aria-label={words.restoreOf(when)}
            onClick={() => onChoose(!props.isChosen)}
          >
            {words.restore}
          </Button>
        </td>
      </tr>
      {props.isChosen && (
        <tr>
          <td colSpan={4} className={styles.sure}>
            <RestoreSure question={words.restoreSure(when)} onYes={() => void restore()} onNo={() => onChoose(false)} />
          </td>
        </tr>
      )}
    </>
  )
}
