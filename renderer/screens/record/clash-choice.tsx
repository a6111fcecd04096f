/**
 * A same-field clash where it happened: a chip that says what else there is, and the choice in place when asked for.
 * `field` undefined means the record itself: deleted on one device, edited on another (M8).
 */
import { useId, useState } from 'react'
import { ChevronDown } from 'lucide-react'
import type { Choice, RecordView, TypeSummary } from '../../../core/model/api.ts'
import type { Value } from '../../../core/model/record.ts'
import { DELETION } from '../../../core/model/record.ts'
import type { Field } from '../../../core/model/record-type.ts'
import { useApp, useNow } from '../../app-context.ts'
import { isEmpty, summarise } from '../../fields/rules-of.ts'
import { Button } from '../../parts/button.tsx'
import { cx } from '../../parts/cx.ts'
import { words } from '../../words/app.ts'
import { deviceLabel, deviceName } from '../../words/devices.ts'
import { absoluteTime, relativeTime } from '../../words/times.ts'
import { newestCell } from './newest-cell.ts'
import styles from './clash-choice.module.css'

interface ClashProps {
  readonly record: RecordView
  readonly field: Field | undefined
  readonly type: TypeSummary
}

interface Option {
  readonly key: string
  readonly text: string
  readonly source: string
  readonly title: string
  readonly choice: Choice
}

export function ClashChoice({ record, field }: ClashProps) {
  const { api, info, did, complain } = useApp()
  const now = useNow()
  const name = useId()
  const [open, setOpen] = useState(false)
  const [picked, setPicked] = useState(0)
  const slot = field?.id ?? DELETION
  const versions = record.versions.filter(version => version.field === slot)
  const first = versions[0]
  if (first === undefined) return null
  const cell = record.cells[slot] ?? newestCell(record)

  const textOf = (value: Value | undefined): string => {
    if (field === undefined) return value === true ? words.record.deleteAnyway : words.record.keepIt
    return isEmpty(value) ? words.record.noValue : summarise(value, field)
  }
  const options: Option[] = [
    {
      key: 'shown',
      text: field === undefined ? words.record.keepIt : textOf(cell?.value),
      source: cell === undefined ? words.record.shownNow : `${deviceLabel(cell, info)}, ${relativeTime(cell.at, now)}`,
      title: cell === undefined ? '' : absoluteTime(cell.at),
      choice: { kind: 'shown' },
    },
    ...versions.map((version): Option => ({
      key: version.stamp,
      text: textOf(version.value),
      source: `${deviceLabel(version, info)}, ${relativeTime(version.at, now)}`,
      title: absoluteTime(version.at),
      choice: { kind: 'version', stamp: version.stamp },
    })),
  ]
  if (field !== undefined && first.before !== undefined) {
    options.push({
      key: 'before',
      text: textOf(first.before),
      source: words.record.before,
      title: '',
      choice: { kind: 'before', stamp: first.stamp },
    })
  }

  async function settle(choice: Choice) {
    const answer = await api.call('conflicts.settle', { record: record.id, field: slot, choice })
    if (!answer.ok) return complain(answer.failure)
    const text = words.needsYou.settledHere(field?.label ?? words.needsYou.deletionField)
    did(text, answer.value.undo, text)
  }

  const other = deviceName(first, info)
  const when = relativeTime(first.at, now)
  return (
    <div
      className={cx(styles.clash, open && styles.isOpen)}
      onKeyDown={event => {
        if (!event.altKey || (event.key !== '1' && event.key !== '2')) return
        const option = options[Number(event.key) - 1]
        event.preventDefault()
        if (option !== undefined) void settle(option.choice)
      }}
    >
      <button
        type="button"
        className={styles.chip}
        aria-expanded={open}
        title={absoluteTime(first.at)}
        onClick={() => setOpen(!open)}
      >
        <span className={styles.dot} aria-hidden />
        <span className={styles.chipText}>
          {field === undefined ? (
            words.record.alsoDeleted(other, when)
          ) : (
            <>
              {words.record.also} <strong>{textOf(first.value)}</strong> {words.record.from(other, when)}
            </>
          )}
        </span>
        <ChevronDown size={14} aria-hidden />
      </button>
      {open && (
        <fieldset className={styles.choices}>
          <legend className={styles.legend}>{words.record.choose(field?.label ?? words.needsYou.deletionField)}</legend>
          {options.map((option, index) => (
            <label key={option.key} className={cx(styles.option, picked === index && styles.picked)}>
              <input type="radio" name={name} checked={picked === index} onChange={() => setPicked(index)} />
              <span className={styles.value}>{option.text}</span>
              <span className={styles.source} title={option.title}>
                {option.source}
              </span>
            </label>
          ))}
          <div className={styles.actions}>
            <Button
              small
              variant="primary"
              onClick={() => {
                const option = options[picked]
                if (option !== undefined) void settle(option.choice)
              }}
            >
              {words.record.keep}
            </Button>
            <Button small variant="quiet" onClick={() => setOpen(false)}>
              {words.record.notNow}
            </Button>
          </div>
        </fieldset>
      )}
    </div>
  )
}
