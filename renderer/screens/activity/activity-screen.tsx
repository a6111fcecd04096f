/** Activity: every exchange with the provider, why nothing went when nothing did, and what is held back. It changes nothing. */
import { useMemo, useState } from 'react'
import { ArrowDownUp } from 'lucide-react'
import type { Exchange } from '../../../core/model/activity.ts'
import { useLive } from '../../api/use-live.ts'
import { useApp, useNow } from '../../app-context.ts'
import { Button } from '../../parts/button.tsx'
import { copyText } from '../../parts/copy-text.ts'
import { cx } from '../../parts/cx.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { activityWords as words, duration, exchangesAsCsv } from '../../words/activity.ts'
import { absoluteTime, relativeTime } from '../../words/times.ts'
import styles from './activity.module.css'
import { DayBars } from './day-bars.tsx'
import { HeldBack } from './held-back.tsx'
import { Ribbon } from './ribbon.tsx'

type Filter = keyof typeof words.filters

const FILTERS: { readonly [filter in Filter]: (exchange: Exchange) => boolean } = {
  all: () => true,
  sent: ({ sent }) => sent > 0,
  received: ({ received }) => received > 0,
  trouble: ({ outcome }) => outcome === 'failed' || outcome === 'paused',
}
/** Drawn at once; older ones are asked for. */
const PAGE = 100

export default function ActivityScreen() {
  const { notices } = useApp()
  const view = useLive('activity', null)
  const sync = useLive('sync', null)
  const now = useNow()
  const [filter, setFilter] = useState<Filter>('all')
  const [pages, setPages] = useState(1)
  const shown = useMemo(() => view?.exchanges.filter(FILTERS[filter]) ?? [], [view, filter])
  if (view === undefined) return null
  const held = sync === undefined ? 0 : sync.parked.length + sync.quarantined.length
  if (view.exchanges.length === 0 && held === 0 && (sync === undefined || sync.provider === null))
    return <EmptyState icon={<ArrowDownUp size={22} />} title={words.emptyTitle} body={words.emptyBody} />
  return (
    <div className={styles.screen}>
      <header className={styles.head}>
        <h1 className={styles.title}>{words.title}</h1>
      </header>
      <div className={styles.page}>
        <Ribbon reasons={view.reasons} now={now} />
        <DayBars days={view.days} now={now} />
        {sync !== undefined && held > 0 && <HeldBack parked={sync.parked} quarantined={sync.quarantined} />}
        <section aria-labelledby="activity-exchanges">
          <div className={styles.line}>
            <h2 className={styles.heading} id="activity-exchanges">
              {words.exchanges}
            </h2>
            <label className={styles.filter}>
              <span className="visually-hidden">{words.show}</span>
              <select value={filter} onChange={event => setFilter(event.target.value as Filter)}>
                {Object.entries(words.filters).map(([id, label]) => (
                  <option key={id} value={id}>
                    {label}
                  </option>
                ))}
              </select>
            </label>
            <Button
              small
              variant="quiet"
              disabled={shown.length === 0}
              onClick={() => {
                if (copyText(exchangesAsCsv(shown))) notices.show(words.copied(shown.length))
              }}
            >
              {words.copy}
            </Button>
          </div>
          {shown.length === 0 ? (
            <p className={styles.quiet}>{words.none}</p>
          ) : (
            <ExchangeTable exchanges={shown.slice(0, pages * PAGE)} now={now} />
          )}
          {shown.length > pages * PAGE && (
            <Button small variant="quiet" onClick={() => setPages(pages + 1)}>
              {words.older}
            </Button>
          )}
        </section>
      </div>
    </div>
  )
}

function ExchangeTable({ exchanges, now }: { readonly exchanges: readonly Exchange[]; readonly now: number }) {
  return (
    <table className={styles.table} aria-labelledby="activity-exchanges">
      <thead>
        <tr>
          <th scope="col">{words.when}</th>
          <th scope="col">{words.what}</th>
          <th scope="col">{words.bytes}</th>
          <th scope="col">{words.took}</th>
          <th scope="col">{words.outcome}</th>
        </tr>
      </thead>
      <tbody>
        {exchanges.map(each => (
          <tr key={`${each.begunAt} ${each.provider}`}>
            <td title={absoluteTime(each.begunAt)}>{relativeTime(each.begunAt, now)}</td>
            <td>{words.moved(each)}</td>
            <td className={styles.amount}>{words.amount(each)}</td>
            <td>{duration(each.endedAt - each.begunAt)}</td>
            <td className={cx(each.outcome === 'failed' && styles.bad)} title={each.provider}>
              {words.ended(each)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
