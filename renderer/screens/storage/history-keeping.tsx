/** Settings > Storage > Earlier values: for how long they are kept. Nothing is let go of before it was said how much that is. */
import { useEffect, useState } from 'react'
import { KEEPING_DAYS, type KeepingDays } from '../../../core/model/history-keeping.ts'
import { useApp, useNow } from '../../app-context.ts'
import { Button } from '../../parts/button.tsx'
import { words as common } from '../../words/app.ts'
import { historyKeepingWords as words } from '../../words/history-keeping.ts'
import { Choices } from '../settings/choices.tsx'
import settings from '../settings/settings.module.css'
import styles from './storage.module.css'

const FOR_EVER = 'ever'
type Kept = KeepingDays | null

interface Asked {
  readonly days: KeepingDays
  /** Undefined while they are counted. */
  readonly values: number | undefined
  readonly working: boolean
}

export function HistoryKeeping() {
  const { api, complain } = useApp()
  const now = useNow()
  const [kept, setKept] = useState<Kept>()
  const [asked, setAsked] = useState<Asked | null>(null)
  const [did, setDid] = useState('')
  useEffect(() => {
    let stale = false
    void api.call('history.keeping', null).then(answer => {
      if (!stale && answer.ok) setKept(answer.value.days)
    })
    return () => {
      stale = true
    }
  }, [api])
  if (kept === undefined) return null

  async function pick(days: Kept) {
    setDid('')
    if (days === null || days === kept) {
      setAsked(null)
      if (days === null && kept !== null) await keep(null)
      return
    }
    setAsked({ days, values: undefined, working: false })
    const answer = await api.call('history.countPast', { days })
    if (!answer.ok) return giveUp(answer.failure)
    const { values } = answer.value
    setAsked(is => (is?.days === days ? { ...is, values } : is))
  }

  async function keep(days: Kept) {
    setAsked(is => is && { ...is, working: true })
    const answer = await api.call('history.keep', { days })
    if (!answer.ok) return giveUp(answer.failure)
    setKept(days)
    setAsked(null)
    setDid(words.did(days, answer.value.values))
  }

  function giveUp(failure: Parameters<typeof complain>[0]) {
    setAsked(null)
    complain(failure)
  }

  const options = [null, ...KEEPING_DAYS.toReversed()].map(days => ({
    id: days === null ? FOR_EVER : String(days),
    label: words.spans[days ?? FOR_EVER],
  }))
  const shown = asked === null ? kept : asked.days
  return (
    <section className={settings.block}>
      <Choices
        label={words.title}
        more={words.more}
        value={shown === null ? FOR_EVER : String(shown)}
        options={options}
        onPick={id => void pick(KEEPING_DAYS.find(days => String(days) === id) ?? null)}
      />
      {asked !== null && (
        <div className={styles.sure} role="group" aria-label={words.title}>
          <p className={settings.strong}>{words.sure(asked.days, asked.values, now)}</p>
          <p>{words.what}</p>
          <div className={settings.buttons}>
            <Button
              small
              variant="danger"
              disabled={asked.values === undefined || asked.working}
              onClick={() => void keep(asked.days)}
            >
              {asked.working ? words.working : words.yes(asked.values ?? 0)}
            </Button>
            <Button small variant="quiet" disabled={asked.working} onClick={() => setAsked(null)}>
              {common.cancel}
            </Button>
          </div>
        </div>
      )}
      <p role="status" className={styles.outcome}>
        {did}
      </p>
    </section>
  )
}
