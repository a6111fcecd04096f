/** What could not be sent or taken, one by one: what it is, why, and what can be done. */
import { useId } from 'react'
import type { ParkedItem } from '../../../core/model/api.ts'
import { useLive } from '../../api/use-live.ts'
import { useApp, useNow } from '../../app-context.ts'
import { Button } from '../../parts/button.tsx'
import { activityWords as words } from '../../words/activity.ts'
import { absoluteTime, relativeTime } from '../../words/times.ts'
import styles from './activity.module.css'

interface HeldBackProps {
  readonly parked: readonly ParkedItem[]
  readonly quarantined: readonly ParkedItem[]
}

/** More would mean that something is wrong with the hub and not with single records. */
const SHOWN = 50

export function HeldBack({ parked, quarantined }: HeldBackProps) {
  const { api, complain, notices } = useApp()
  const id = useId()
  const items = [
    ...parked.map(item => ({ item, state: words.parked })),
    ...quarantined.map(item => ({ item, state: words.quarantined })),
  ]
  async function retry() {
    const answer = await api.call('sync.retryHeld', null)
    if (answer.ok) notices.show(words.retried)
    else complain(answer.failure)
  }
  return (
    <section aria-labelledby={id}>
      <div className={styles.line}>
        <h2 className={styles.heading} id={id}>
          {words.held}
        </h2>
        <Button small onClick={() => void retry()}>
          {words.retry}
        </Button>
      </div>
      <p className={styles.quiet}>{words.heldMore}</p>
      <ul className={styles.held}>
        {items.slice(0, SHOWN).map(({ item, state }) => (
          <HeldItem key={`${state} ${item.collection} ${item.id}`} item={item} state={state} />
        ))}
      </ul>
    </section>
  )
}

function HeldItem({ item, state }: { readonly item: ParkedItem; readonly state: string }) {
  const now = useNow()
  return (
    <li className={styles.item}>
      <div>
        {item.collection === 'records' ? <RecordName id={item.id} /> : <strong>{unnamed(item)}</strong>}
        <span className={styles.state}>{state}</span>
        <span className={styles.quiet} title={absoluteTime(item.at)}>
          {relativeTime(item.at, now)}
        </span>
      </div>
      <p>{words.why(item)}</p>
    </li>
  )
}

function RecordName({ id }: { readonly id: string }) {
  const { go } = useApp()
  const record = useLive('record', { id })
  if (record === undefined || record === null) return <strong>{words.unnamed.records}</strong>
  return (
    <button
      type="button"
      className={styles.link}
      onClick={() => go({ to: 'recordOf', type: record.type, record: record.id })}
    >
      {record.title || words.unnamed.records}
    </button>
  )
}

function unnamed({ collection }: ParkedItem): string {
  return Object.entries(words.unnamed).find(([name]) => name === collection)?.[1] ?? words.unnamed.records
}
