/** One change of the timeline: what a field held, what came in its place, why, and a way back to what it held. */
import { useMemo, useState } from 'react'
import type { HistoryItem, RecordView, TypeSummary } from '../../../core/model/api.ts'
import { equalValues } from '../../../core/model/canonical.ts'
import type { Value } from '../../../core/model/record.ts'
import { DELETION } from '../../../core/model/record.ts'
import type { Field } from '../../../core/model/record-type.ts'
import { diffText } from '../../../core/model/text-diff.ts'
import { useApp } from '../../app-context.ts'
import { format, isEmpty, rulesOf, summarise } from '../../fields/rules-of.ts'
import { Button } from '../../parts/button.tsx'
import { cx } from '../../parts/cx.ts'
import { words } from '../../words/app.ts'
import { deviceName } from '../../words/devices.ts'
import { absoluteTime, relativeTime } from '../../words/times.ts'
import styles from './history-change.module.css'

export interface HistoryChangeProps {
  readonly item: HistoryItem
  readonly record: RecordView
  readonly type: TypeSummary
  readonly now: number
}

/** Texts of at least this many characters are compared word by word. */
const COMPARED_LENGTH = 40
/** What is left of a long stretch without changes, at each end. */
const CONTEXT = 60

export function HistoryChange(props: HistoryChangeProps) {
  return props.item.field === DELETION ? <Existence {...props} /> : <FieldChange {...props} />
}

function Existence({ item, now }: HistoryChangeProps) {
  const { info } = useApp()
  const wasDeleted = item.value === true
  const title = !wasDeleted
    ? words.record.changeDeleted
    : item.cause === 'settle'
      ? words.record.changeKept
      : words.record.changeRestored
  return (
    <li className={styles.change}>
      <div className={styles.body}>
        <div className={styles.label}>{title}</div>
        {wasDeleted && (
          <div className={styles.who} title={absoluteTime(item.at)}>
            {words.record.wasDeletedOn(deviceName(item, info), relativeTime(item.at, now))}
          </div>
        )}
      </div>
    </li>
  )
}

function FieldChange({ item, record, type, now }: HistoryChangeProps) {
  const { api, info, did, complain } = useApp()
  const field = type.fields.find(each => each.id === item.field)
  const label = field?.label ?? item.field
  const { value } = item
  const isShown = value === undefined || equalValues(record.cells[item.field]?.value ?? null, value)

  async function restore(again: Value) {
    const cells = [{ record: record.id, field: item.field, value: again }]
    const answer = await api.call('records.edit', { cells })
    if (answer.ok) did(words.record.restored(label), answer.value.undo, words.record.restored(label))
    else complain(answer.failure)
  }

  return (
    <li className={styles.change}>
      <div className={styles.body}>
        <div className={styles.label}>
          {label}
          {item.cause !== 'edit' && (
            <span className={styles.cause} title={words.record.causeMore[item.cause]}>
              {words.record.cause[item.cause]}
            </span>
          )}
        </div>
        <Comparison before={value} after={item.after} field={field} />
        <div className={styles.who} title={absoluteTime(item.at)}>
          {words.record.wrote(deviceName(item, info), relativeTime(item.at, now))}
        </div>
      </div>
      {field !== undefined && !rulesOf(field).readOnly && !isShown && (
        <Button
          small
          variant="quiet"
          aria-label={`${words.record.restore} ${label}: ${textOf(value, field)}`}
          onClick={() => void restore(value)}
        >
          {words.record.restore}
        </Button>
      )}
    </li>
  )
}

interface ComparisonProps {
  readonly before: Value | undefined
  readonly after: Value | undefined
  readonly field: Field | undefined
}

function Comparison({ before, after, field }: ComparisonProps) {
  const isText = typeof before === 'string' && typeof after === 'string' && field?.kind !== 'choice'
  if (isText && Math.max(before.length, after.length) >= COMPARED_LENGTH && before !== '' && after !== '')
    return <TextComparison before={before} after={after} />
  const [old, fresh] = [before, after].map(value => (value === undefined ? undefined : textOf(value, field)))
  return (
    <div className={styles.values}>
      <span className="visually-hidden">{words.record.was} </span>
      {before === undefined ? (
        <span className={styles.none}>{words.record.notKept}</span>
      ) : (
        <del className={cx(styles.old, isEmpty(before) && styles.none)}>{old}</del>
      )}
      {fresh !== undefined && (
        <>
          <span className={styles.arrow} aria-hidden>
            →
          </span>
          <span className="visually-hidden">, {words.record.became} </span>
          <ins className={cx(styles.fresh, isEmpty(after) && styles.none)}>{fresh}</ins>
        </>
      )}
    </div>
  )
}

function TextComparison({ before, after }: { readonly before: string; readonly after: string }) {
  const [whole, setWhole] = useState(false)
  const parts = useMemo(() => diffText(before, after), [before, after])
  const shortened = parts.map(({ kind, text }, at) =>
    kind === 'same' ? shorten(text, at === 0, at === parts.length - 1) : text,
  )
  const canShorten = shortened.some((text, at) => text !== parts[at]?.text)
  return (
    <div className={styles.text}>
      {parts.map(({ kind, text }, at) => {
        const shown = whole ? text : shortened[at]
        if (kind === 'same') return <span key={at}>{shown}</span>
        return kind === 'gone' ? (
          <del key={at} className={styles.gone}>
            <span className="visually-hidden">{words.record.takenOut} </span>
            {shown}
          </del>
        ) : (
          <ins key={at} className={styles.new}>
            <span className="visually-hidden">{words.record.putIn} </span>
            {shown}
          </ins>
        )
      })}
      {canShorten && (
        <div className={styles.more}>
          <Button small variant="quiet" aria-expanded={whole} onClick={() => setWhole(was => !was)}>
            {whole ? words.record.changedPlaces : words.record.wholeText}
          </Button>
        </div>
      )}
    </div>
  )
}

/** Keeps what is beside a change; `first` and `last` say that there is none before or after. */
function shorten(text: string, first: boolean, last: boolean): string {
  if (text.length <= CONTEXT * 2 + 20) return text
  // Words stay whole where there are blanks to cut at.
  const head = first ? '' : text.slice(0, CONTEXT).replace(/\s+\S*$/, '')
  const tail = last ? '' : text.slice(-CONTEXT).replace(/^\S*\s+/, '')
  return `${head} … ${tail}`.toWellFormed()
}

function textOf(value: Value, field: Field | undefined): string {
  if (isEmpty(value)) return words.record.noValue
  if (field === undefined) return JSON.stringify(value)
  return (field.kind === 'longText' ? format(value, field) : summarise(value, field)) || words.record.noValue
}
