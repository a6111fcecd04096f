/** What a record's fields held before: newest first, with who, where, when and why, and a way back. */
import type { HistoryItem, RecordView, TypeSummary } from '../../../core/model/api.ts'
import { DELETION } from '../../../core/model/record.ts'
import { useLive } from '../../api/use-live.ts'
import { useApp, useNow } from '../../app-context.ts'
import { isEmpty, rulesOf, summarise } from '../../fields/rules-of.ts'
import { Button } from '../../parts/button.tsx'
import { words } from '../../words/app.ts'
import { deviceLabel } from '../../words/devices.ts'
import { absoluteTime, relativeTime } from '../../words/times.ts'
import styles from './history-list.module.css'

export function HistoryList({ record, type }: { readonly record: RecordView; readonly type: TypeSummary }) {
  const items = useLive('history', { id: record.id })
  const now = useNow()
  if (items === undefined) return null
  if (items.length === 0) return <p className={styles.empty}>{words.record.historyEmpty}</p>
  const newestFirst = [...items].sort((a, b) => b.replacedAt - a.replacedAt || (a.id < b.id ? 1 : -1))
  return (
    <ol className={styles.list}>
      {newestFirst.map(item => (
        <Entry key={item.id} item={item} record={record} type={type} now={now} />
      ))}
    </ol>
  )
}

interface EntryProps {
  readonly item: HistoryItem
  readonly record: RecordView
  readonly type: TypeSummary
  readonly now: number
}

function Entry({ item, record, type, now }: EntryProps) {
  const { api, info, did, complain } = useApp()
  const field = type.fields.find(each => each.id === item.field)
  const isDeletion = item.field === DELETION
  const label = field?.label ?? (isDeletion ? words.needsYou.deletion : item.field)
  const text = isDeletion
    ? item.value === true
      ? words.record.stateDeleted
      : words.needsYou.notDeleted
    : isEmpty(item.value)
      ? words.record.noValue
      : field === undefined
        ? JSON.stringify(item.value)
        : summarise(item.value, field)

  async function restore() {
    const cells = [{ record: record.id, field: item.field, value: item.value }]
    const answer = await api.call('records.edit', { cells })
    if (answer.ok) did(words.record.restored(label), answer.value.undo, words.record.restored(label))
    else complain(answer.failure)
  }

  const replacedBy = item.replacedBy ?? words.anotherDevice
  return (
    <li className={styles.entry}>
      <span className={styles.mark} aria-hidden />
      <div className={styles.body}>
        <div className={styles.top}>
          <span className={styles.field}>{label}</span>
          <span className={styles.cause}>{words.record.cause[item.cause]}</span>
          <time className={styles.when} title={absoluteTime(item.replacedAt)}>
            {relativeTime(item.replacedAt, now)}
          </time>
        </div>
        <div className={styles.value}>{text}</div>
        <div className={styles.who} title={absoluteTime(item.at)}>
          {words.record.wrote(deviceLabel(item, info), relativeTime(item.at, now))}
          {item.replacedBy !== undefined && item.replacedBy !== item.deviceName && (
            <>. {words.record.replacedOn(replacedBy)}</>
          )}
        </div>
      </div>
      {field !== undefined && !rulesOf(field).readOnly && (
        <Button
          small
          variant="quiet"
          aria-label={`${words.record.restore} ${label}: ${text}`}
          onClick={() => void restore()}
        >
          {words.record.restore}
        </Button>
      )}
    </li>
  )
}
