/**
 * A value that a merge made out of two (M4): a quiet line that says so, with a way back to what either device had. Bringing
 * one back is an edit like any other; the history keeps all three.
 */
import { useState } from 'react'
import { ChevronDown, Merge, Undo2 } from 'lucide-react'
import type { HistoryItem, RecordView } from '../../../core/model/api.ts'
import { isCombined } from '../../../core/model/clock.ts'
import type { Value } from '../../../core/model/record.ts'
import type { Field } from '../../../core/model/record-type.ts'
import { useLive } from '../../api/use-live.ts'
import { useApp, useNow } from '../../app-context.ts'
import { isEmpty, summarise } from '../../fields/rules-of.ts'
import { Button } from '../../parts/button.tsx'
import { cx } from '../../parts/cx.ts'
import { words } from '../../words/app.ts'
import { deviceLabel, deviceName, isThisLaptop } from '../../words/devices.ts'
import { absoluteTime, relativeTime } from '../../words/times.ts'
import styles from './combined-note.module.css'

/** A merge is made of two; more of a field's history than this is never needed to find them. */
const LOOKED_THROUGH = 20

interface CombinedProps {
  readonly record: RecordView
  readonly field: Field
}

type Side = HistoryItem & { readonly value: Value }

export function CombinedNote({ record, field }: CombinedProps) {
  const stamp = record.cells[field.id]?.stamp
  return stamp !== undefined && isCombined(stamp) ? <Note key={stamp} record={record} field={field} /> : null
}

function Note({ record, field }: CombinedProps) {
  const { api, info, did, complain } = useApp()
  const now = useNow()
  const [open, setOpen] = useState(false)
  const history = useLive('history', { id: record.id, field: field.id, from: 0, to: LOOKED_THROUGH })
  const cell = record.cells[field.id]
  const sides = (history?.items ?? []).filter(
    (item): item is Side => item.replacedByStamp === cell?.stamp && item.value !== undefined,
  )
  const own = sides.find(side => isThisLaptop(side, info)) ?? sides[0]

  async function bringBack(side: Side) {
    const cells = [{ record: record.id, field: field.id, value: side.value, seen: cell?.value ?? null }]
    const answer = await api.call('records.edit', { cells })
    const text = words.record.broughtBack(field.label, deviceName(side, info))
    if (answer.ok) did(text, answer.value.undo, text)
    else complain(answer.failure)
  }

  return (
    <div
      className={cx(styles.note, open && styles.isOpen)}
      onKeyDown={event => {
        if (!event.altKey || (event.key !== '1' && event.key !== '2')) return
        const side = sides[Number(event.key) - 1]
        event.preventDefault()
        if (side !== undefined) void bringBack(side)
      }}
    >
      <div className={styles.line}>
        <button type="button" className={styles.chip} aria-expanded={open} onClick={() => setOpen(!open)}>
          <Merge size={13} aria-hidden />
          {words.record.combined}
          <ChevronDown size={13} aria-hidden className={styles.arrow} />
        </button>
        {own !== undefined && (
          <Button
            small
            variant="quiet"
            icon={<Undo2 size={13} aria-hidden />}
            title={words.record.undoCombinedMore(deviceName(own, info))}
            aria-label={`${words.record.undoCombined}: ${field.label}, ${words.record.combined}`}
            onClick={() => void bringBack(own)}
          >
            {words.record.undoCombined}
          </Button>
        )}
      </div>
      {open && sides.length === 0 && <p className={styles.gone}>{words.record.sideGone}</p>}
      {open && sides.length > 0 && (
        <ul className={styles.sides} aria-label={words.record.combinedChoose(field.label)}>
          {sides.map(side => (
            <li key={side.id} className={styles.side}>
              <div className={styles.value}>
                {isEmpty(side.value) ? words.record.noValue : summarise(side.value, field)}
              </div>
              <div className={styles.source} title={absoluteTime(side.at)}>
                {deviceLabel(side, info)}, {relativeTime(side.at, now)}
              </div>
              <Button
                small
                aria-label={`${words.record.takeBack}: ${deviceName(side, info)}`}
                onClick={() => void bringBack(side)}
              >
                {words.record.takeBack}
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
