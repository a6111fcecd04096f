/**
 * Why sync does what it does: one sentence, its cause, until when, and the one action that would change it. It decides
 * nothing; "Sync once anyway" is offered only when main says that it would help.
 */
import { useEffect, useRef, useState } from 'react'
import { Check, CircleAlert, X } from 'lucide-react'
import { Dialog } from 'react-aria-components/Dialog'
import type { CallName, SyncView } from '../../../core/model/api.ts'
import { useApp, useNow } from '../../app-context.ts'
import { Button } from '../../parts/button.tsx'
import { cx } from '../../parts/cx.ts'
import { ActionMenu } from '../../parts/menu.tsx'
import { words } from '../../words/app.ts'
import type { Remedy } from '../../words/reasons.ts'
import { checkWords, lastSyncWords, reasonWords, waitingSentence } from '../../words/reasons.ts'
import { trafficTroubles } from '../../words/files.ts'
import { byteSize } from '../../words/times.ts'
import styles from './sync-popover.module.css'

export default function SyncPopover({ sync }: { readonly sync: SyncView }) {
  const app = useApp()
  const { api, go, complain } = app
  const now = useNow()
  const said = reasonWords(sync, now)
  const [busy, setBusy] = useState(false)

  async function ask<N extends CallName>(answer: ReturnType<typeof api.call<N>>) {
    setBusy(true)
    const result = await answer
    setBusy(false)
    if (!result.ok) complain(result.failure)
  }

  // A button that has done its work goes, and the focus with it; without this, Esc would no longer close the popover.
  const box = useRef<HTMLElement>(null)
  useEffect(() => {
    if (document.activeElement === document.body) box.current?.focus()
  })

  const has = (remedy: Remedy) => said.remedies.includes(remedy)
  const { send, fetch } = sync.files ?? { send: { bytes: 0 }, fetch: { bytes: 0 } }
  const bytes = sync.waiting.bytes + send.bytes + fetch.bytes
  const size = bytes > 0 ? byteSize(bytes) : ''
  const troubles = trafficTroubles(sync.files)
  const rules = () => go({ to: 'settings', section: 'rules' })
  const isPaused = sync.reason === 'pausedByUser'
  const canPause = sync.provider !== null && !isPaused && sync.reason !== 'adminOff'
  const progress = sync.progress
  const moving = sync.files?.moving
  const share =
    progress?.total != null && progress.total > 0
      ? progress.done / progress.total
      : moving != null && moving.bytes > 0
        ? moving.done / moving.bytes
        : null

  return (
    <Dialog ref={box} aria-label={words.sync.title} className={styles.box ?? ''}>
      <header className={styles.head}>
        <h2 className={styles.title}>{said.title}</h2>
        <span className={styles.last}>{lastSyncWords(sync, now)}</span>
      </header>
      {sync.provider !== null && <p className={styles.waiting}>{waitingSentence(sync)}</p>}
      {share !== null && (
        <progress className={styles.progress} value={share} max={1} aria-label={said.title}>
          {said.title}
        </progress>
      )}
      {sync.provider !== null && (
        <ul className={styles.checks}>
          {sync.checks.map(check => {
            const line = checkWords(check, sync)
            return (
              <li key={check.name} className={styles.check}>
                <span className={cx(styles.mark, check.passes ? styles.pass : styles.stop)}>
                  {check.passes ? (
                    <Check size={14} strokeWidth={2.5} aria-hidden />
                  ) : (
                    <X size={14} strokeWidth={2.5} aria-hidden />
                  )}
                  <span className="visually-hidden">{check.passes ? words.sync.passes : words.sync.stops}</span>
                </span>
                <span className={styles.label}>{line.label}</span>
                <span className={styles.fact}>{line.fact}</span>
                <span className={styles.rule}>
                  {line.rule}
                  {line.rule !== '' && (
                    <button
                      type="button"
                      className={styles.change}
                      aria-label={words.sync.changeRule(line.label)}
                      onClick={rules}
                    >
                      {words.sync.change}
                    </button>
                  )}
                </span>
              </li>
            )
          })}
        </ul>
      )}
      {(sync.parked.length > 0 || sync.quarantined.length > 0 || troubles.length > 0) && (
        <div className={styles.trouble}>
          <CircleAlert size={15} aria-hidden />
          <div>
            {sync.parked.length > 0 && <p>{words.sync.parked(sync.parked.length)}</p>}
            {sync.quarantined.length > 0 && <p>{words.sync.quarantined(sync.quarantined.length)}</p>}
            {troubles.map(trouble => (
              <p key={trouble}>{trouble}</p>
            ))}
            <p className={styles.faint}>
              {words.sync.others}{' '}
              {sync.parked.length + sync.quarantined.length > 0 && (
                <button type="button" className={styles.change} onClick={() => go({ to: 'activity' })}>
                  {words.sync.which}
                </button>
              )}
            </p>
          </div>
        </div>
      )}
      <footer className={styles.foot}>
        <p className={styles.next}>{said.next}</p>
        <div className={styles.actions}>
          {has('treatUnmetered') && (
            <Button small disabled={busy} onClick={() => void ask(api.call('sync.treatNetwork', { as: 'unmetered' }))}>
              {words.sync.treatUnmetered}
            </Button>
          )}
          {has('treatEither') && (
            <>
              <Button
                small
                disabled={busy}
                onClick={() => void ask(api.call('sync.treatNetwork', { as: 'unmetered' }))}
              >
                {words.sync.treatUnmeteredShort}
              </Button>
              <Button small disabled={busy} onClick={() => void ask(api.call('sync.treatNetwork', { as: 'metered' }))}>
                {words.sync.treatMetered}
              </Button>
            </>
          )}
          {sync.overridable && (
            <Button small variant="primary" disabled={busy} onClick={() => void ask(api.call('sync.once', null))}>
              {words.sync.once(size)}
            </Button>
          )}
          {has('syncNow') && !sync.overridable && sync.provider !== null && (
            <Button small disabled={busy} onClick={() => void ask(api.call('sync.once', null))}>
              {words.sync.now}
            </Button>
          )}
          {(has('connect') || has('reconnect')) && (
            <Button small variant="primary" onClick={() => go({ to: 'dialog', dialog: { name: 'connect' } })}>
              {has('connect') ? words.sync.connect : words.sync.reconnect}
            </Button>
          )}
          {isPaused && (
            <Button
              small
              variant={sync.overridable ? 'plain' : 'primary'}
              disabled={busy}
              onClick={() => void ask(api.call('sync.resume', null))}
            >
              {words.sync.resume}
            </Button>
          )}
          {canPause && (
            <ActionMenu
              label={words.sync.pauseFor}
              className={styles.pause ?? ''}
              actions={[
                {
                  id: 'hour',
                  label: words.sync.pauseHour,
                  run: () => void ask(api.call('sync.pause', { until: Date.now() + 3_600_000 })),
                },
                {
                  id: 'tomorrow',
                  label: words.sync.pauseToday,
                  run: () => void ask(api.call('sync.pause', { until: tomorrowMorning(Date.now()) })),
                },
                {
                  id: 'open',
                  label: words.sync.pauseOpen,
                  run: () => void ask(api.call('sync.pause', { until: null })),
                },
              ]}
            >
              {words.sync.pauseMenu}
            </ActionMenu>
          )}
        </div>
      </footer>
      {sync.provider !== null && (
        <p className={styles.totals}>
          {words.sync.totals(byteSize(sync.bytesSent), byteSize(sync.bytesReceived))}
          <button type="button" className={styles.change} onClick={() => go({ to: 'activity' })}>
            {words.sync.activity}
          </button>
        </p>
      )}
    </Dialog>
  )
}

/** 07:00 on the next day, local time. */
function tomorrowMorning(now: number): number {
  const morning = new Date(now)
  morning.setDate(morning.getDate() + 1)
  return morning.setHours(7, 0, 0, 0)
}
