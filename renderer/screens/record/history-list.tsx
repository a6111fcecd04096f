/** What became of a record: who changed what, when and why, newest first, a page at a time, for all fields or for one. */
import { useState } from 'react'
import type { RecordView, TypeSummary } from '../../../core/model/api.ts'
import type { FieldId } from '../../../core/model/record.ts'
import { DELETION } from '../../../core/model/record.ts'
import { useApp, useNow } from '../../app-context.ts'
import { Button } from '../../parts/button.tsx'
import { Picker } from '../../parts/menu.tsx'
import { words } from '../../words/app.ts'
import { deviceLabel } from '../../words/devices.ts'
import { absoluteTime, relativeTime } from '../../words/times.ts'
import { HistoryChange } from './history-change.tsx'
import { groupHistory, type HistoryGroup } from './history-groups.ts'
import styles from './history-list.module.css'
import { useHistoryPages } from './history-pages.ts'

const ALL = '*'

export interface HistoryProps {
  readonly record: RecordView
  readonly type: TypeSummary
}

export function HistoryList({ record, type }: HistoryProps) {
  const [field, setField] = useState<FieldId | null>(null)
  const options = [
    { id: ALL, label: words.record.historyAll },
    ...type.fields.map(({ id, label }) => ({ id, label })),
    { id: DELETION, label: words.record.historyDeletion },
  ]
  return (
    <>
      <div className={styles.filter}>
        <Picker
          label={words.record.historyOf}
          value={field ?? ALL}
          options={options}
          onPick={id => setField(id === ALL ? null : id)}
        />
      </div>
      <Timeline
        key={`${record.id} ${field ?? ALL}`}
        record={record}
        type={type}
        field={field}
        label={options.find(({ id }) => id === field)?.label ?? ''}
      />
    </>
  )
}

interface TimelineProps extends HistoryProps {
  readonly field: FieldId | null
  readonly label: string
}

function Timeline({ record, type, field, label }: TimelineProps) {
  const { info } = useApp()
  const now = useNow()
  const { total, items, showEarlier } = useHistoryPages(record.id, field)
  if (total === undefined) return null
  const deletion = record.cells[DELETION]
  const isDeletionShown = record.deleted && deletion !== undefined && (field === null || field === DELETION)
  const isWhole = items.length >= total
  return (
    <>
      <div className="visually-hidden" role="status">
        {words.record.historyCount(total)}
      </div>
      {total === 0 && (
        <p className={styles.empty}>{field === null ? words.record.historyEmpty : words.record.historyNone(label)}</p>
      )}
      <ol className={styles.groups}>
        {/* The first deletion replaces nothing, so it is no entry: it is told from what shows. */}
        {isDeletionShown && !items.some(({ after, replacedAt }) => after === true && replacedAt === deletion.at) && (
          <li className={styles.milestone} title={absoluteTime(deletion.at)}>
            {words.record.deletedOn(deviceLabel(deletion, info), relativeTime(deletion.at, now))}
          </li>
        )}
        {groupHistory(items).map(group => (
          <Group key={group.id} group={group} record={record} type={type} now={now} />
        ))}
        {isWhole && field === null && (
          <li className={styles.milestone} title={absoluteTime(record.created.at)}>
            {words.record.createdOn(deviceLabel(record.created, info), relativeTime(record.created.at, now))}
          </li>
        )}
      </ol>
      {!isWhole && (
        <Button variant="quiet" onClick={showEarlier}>
          {words.record.historyEarlier(items.length, total)}
        </Button>
      )}
    </>
  )
}

interface GroupProps extends HistoryProps {
  readonly group: HistoryGroup
  readonly now: number
}

function Group({ group, record, type, now }: GroupProps) {
  const { info } = useApp()
  return (
    <li className={styles.group}>
      <h3 className={styles.head}>
        <span className={styles.device}>{deviceLabel(group, info)}</span>
        <time className={styles.when} dateTime={new Date(group.at).toISOString()} title={absoluteTime(group.at)}>
          {relativeTime(group.at, now)}
        </time>
      </h3>
      <ul className={styles.changes}>
        {group.items.map(item => (
          <HistoryChange key={item.id} item={item} record={record} type={type} now={now} />
        ))}
      </ul>
    </li>
  )
}
