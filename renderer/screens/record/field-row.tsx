/**
 * One field of the open record: label, editor, and the quiet lines under it. It saves itself a moment after the last key
 * and at once when left; a change from elsewhere never moves what has the cursor (M14).
 */
import { useCallback, useEffect, useId, useRef, useState } from 'react'
import type { CellView, RecordView, TypeSummary } from '../../../core/model/api.ts'
import { equalValues } from '../../../core/model/canonical.ts'
import { isCombined } from '../../../core/model/clock.ts'
import type { Value } from '../../../core/model/record.ts'
import type { Field } from '../../../core/model/record-type.ts'
import { useApp, useNow } from '../../app-context.ts'
import { FieldEditor } from '../../fields/field-editor.tsx'
import { KindIcon } from '../../fields/kind-icon.tsx'
import { rulesOf, validity } from '../../fields/rules-of.ts'
import { afterPress } from '../../parts/after-press.ts'
import { cx } from '../../parts/cx.ts'
import { words } from '../../words/app.ts'
import { deviceName, isThisLaptop } from '../../words/devices.ts'
import { absoluteTime, relativeTime } from '../../words/times.ts'
import { ClashChoice } from './clash-choice.tsx'
import { CombinedNote } from './combined-note.tsx'
import { newestCell } from './newest-cell.ts'
import styles from './field-row.module.css'

const SAVE_DELAY = 300
const FULL_DELAY = 2_000

export interface FieldRowProps {
  readonly record: RecordView
  readonly type: TypeSummary
  readonly field: Field
  /** +1 when something typed begins to wait for being saved, -1 when main has answered. */
  readonly onSaving: (change: 1 | -1) => void
}

export function FieldRow({ record, type, field, onSaving }: FieldRowProps) {
  const { api, info, did, complain } = useApp()
  const now = useNow()
  const labelId = useId()
  const noteId = useId()
  const stored = record.cells[field.id]
  const [focused, setFocused] = useState(false)
  const [problem, setProblem] = useState('')
  /** What the editor is shown: the stored cell, held still while the cursor is in it (M14). */
  const [held, setHeld] = useState<CellView | undefined>(stored)
  const [generation, setGeneration] = useState(0)
  const draft = useRef<{ value: Value; timer: ReturnType<typeof setTimeout> | undefined } | null>(null)
  /** The value that what is in the editor was made from: shown when the cursor came, or sent since. */
  const seen = useRef<Value>(stored?.value ?? null)
  const session = useRef(0)

  const isFromElsewhere = stored !== undefined && (!isThisLaptop(stored, info) || isCombined(stored.stamp))
  const isElsewhere = isFromElsewhere && stored.stamp !== held?.stamp
  useEffect(() => {
    if (!focused || !isElsewhere) setHeld(stored)
    if (!focused) seen.current = stored?.value ?? null
  }, [stored, focused, isElsewhere])

  const flushLatest = useRef<() => void>(() => undefined)
  const flush = useCallback(() => {
    const waiting = draft.current
    if (waiting === null) return
    clearTimeout(waiting.timer)
    draft.current = null
    const before = seen.current
    seen.current = waiting.value
    const send = async () => {
      const cells = [{ record: record.id, field: field.id, value: waiting.value, seen: before }]
      const answer = await api.call('records.edit', { cells })
      if (!answer.ok && answer.failure.code === 'diskFull' && draft.current === null) {
        seen.current = before
        // Kept, and tried again until there is room, also when the field is gone by then. The banner says what to do.
        draft.current = { value: waiting.value, timer: setTimeout(() => flushLatest.current(), FULL_DELAY) }
        return
      }
      onSaving(-1)
      if (!answer.ok) complain(answer.failure)
      else
        did(
          words.records.edit(field.label),
          answer.value.undo,
          undefined,
          `${record.id} ${field.id} ${session.current}`,
        )
    }
    void send()
  }, [api, complain, did, onSaving, record.id, field.id, field.label])
  // Leaving the record, or the window, saves what was just typed.
  flushLatest.current = flush
  useEffect(() => {
    const save = () => flushLatest.current()
    window.addEventListener('pagehide', save)
    return () => {
      window.removeEventListener('pagehide', save)
      save()
    }
  }, [])

  function change(value: Value, settled: boolean) {
    // Compared with what was shown here, not with what has come from elsewhere: leaving an untouched field changes nothing.
    if (draft.current === null && equalValues(value, seen.current)) return
    if (draft.current === null) onSaving(1)
    clearTimeout(draft.current?.timer)
    draft.current = { value, timer: settled ? undefined : setTimeout(() => flushLatest.current(), SAVE_DELAY) }
    if (settled) flush()
  }

  const computed = field.kind === 'lastEditedBy' || field.kind === 'lastEditedAt'
  const newest = computed ? newestCell(record) : undefined
  const shown =
    newest === undefined
      ? held?.value
      : field.kind === 'lastEditedBy'
        ? deviceName(newest, info)
        : relativeTime(newest.at, now)
  const message = problem !== '' ? problem : computed ? '' : validity(stored?.value, field)
  // An empty needed field is only pointed out once somebody has been there.
  const [touched, setTouched] = useState(false)
  const isEmptyMessage = stored === undefined && problem === ''
  const showMessage = message !== '' && (!isEmptyMessage || touched)
  const clashes = record.versions.filter(version => version.field === field.id)
  const isNew = held !== undefined && focused

  return (
    <div
      className={styles.row}
      data-field={rulesOf(field).readOnly ? undefined : field.id}
      onFocus={() => {
        if (!focused) session.current++
        setFocused(true)
      }}
      onBlur={({ currentTarget: row, relatedTarget }) => {
        if (row.contains(relatedTarget)) return
        flush()
        afterPress(() => {
          // The click may have brought the cursor back.
          if (row.contains(document.activeElement)) return
          setFocused(false)
          setTouched(true)
        })
      }}
    >
      <div id={labelId} className={styles.label}>
        <KindIcon kind={field.kind} size={13} />
        <span>{field.label}</span>
        {field.required === true && (
          <span className={styles.required} aria-hidden>
            *
          </span>
        )}
      </div>
      <FieldEditor
        key={generation}
        record={record.id}
        field={field}
        value={shown}
        labelId={labelId}
        describedBy={noteId}
        invalid={problem !== '' || (showMessage && !isEmptyMessage)}
        onChange={change}
        onProblem={text => afterPress(() => setProblem(text))}
      />
      {focused && isElsewhere && stored !== undefined && (
        <button
          type="button"
          className={styles.changed}
          onClick={() => {
            if (draft.current !== null) onSaving(-1)
            clearTimeout(draft.current?.timer)
            draft.current = null
            seen.current = stored.value
            setHeld(stored)
            setGeneration(generation + 1)
          }}
        >
          {words.record.changedElsewhere(deviceName(stored, info))}
        </button>
      )}
      {clashes.length > 0 && <ClashChoice record={record} field={field} type={type} />}
      {clashes.length === 0 && <CombinedNote record={record} field={field} />}
      <div id={noteId} className={styles.notes}>
        {showMessage && <p className={cx(styles.message, isEmptyMessage && styles.gentle)}>{message}</p>}
        {isNew && !showMessage && (
          <p className={styles.provenance} title={absoluteTime(held.at)}>
            {words.record.provenance(deviceName(held, info), relativeTime(held.at, now))}
          </p>
        )}
      </div>
    </div>
  )
}
