/** A link to a record of another type: shows its title, opens it, or finds one by typing. One link; lists are kept as they are. */
import { useId, useState } from 'react'
import type { Ref } from 'react'
import { X } from 'lucide-react'
import type { View } from '../../core/model/api.ts'
import { useLive } from '../api/use-live.ts'
import { useApp } from '../app-context.ts'
import { IconButton } from '../parts/button.tsx'
import inputs from '../parts/inputs.module.css'
import { words } from '../words/app.ts'
import type { FieldEditorProps } from './field-editor.tsx'
import styles from './field-editor.module.css'
import finder from './link-editor.module.css'

export function LinkEditor({ field, value, labelId, describedBy, onChange, inputRef }: FieldEditorProps) {
  const target =
    typeof value === 'string' ? value : Array.isArray(value) && typeof value[0] === 'string' ? value[0] : null
  if (target !== null) return <Linked id={target} onRemove={() => onChange(null, true)} />
  return (
    <RecordFinder
      type={field.target ?? null}
      labelId={labelId}
      describedBy={describedBy}
      inputRef={inputRef as Ref<HTMLInputElement>}
      onPick={id => onChange(id, true)}
    />
  )
}

function Linked({ id, onRemove }: { readonly id: string; readonly onRemove: () => void }) {
  const { go } = useApp()
  const record = useLive('record', { id })
  const title = record === null ? words.record.linkMissing : (record?.title ?? '') || words.records.untitled
  return (
    <div className={styles.linked}>
      <button
        type="button"
        className={styles.linkName}
        disabled={record == null}
        onClick={() => record != null && go({ to: 'recordOf', type: record.type, record: id })}
      >
        {title}
      </button>
      <IconButton label={`${words.remove} ${title}`} onClick={onRemove}>
        <X size={14} />
      </IconButton>
    </div>
  )
}

interface FinderProps {
  readonly type: string | null
  readonly labelId: string
  readonly describedBy: string
  readonly inputRef: Ref<HTMLInputElement>
  readonly onPick: (id: string) => void
}

function RecordFinder({ type, labelId, describedBy, inputRef, onPick }: FinderProps) {
  const [text, setText] = useState('')
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(0)
  const list = useId()
  return (
    <div
      className={finder.finder}
      onBlur={event => !event.currentTarget.contains(event.relatedTarget) && setOpen(false)}
    >
      <input
        ref={inputRef}
        role="combobox"
        aria-expanded={open}
        aria-controls={list}
        aria-autocomplete="list"
        aria-labelledby={labelId}
        aria-describedby={describedBy}
        aria-activedescendant={open ? `${list}-${at}` : undefined}
        className={inputs.input}
        placeholder={words.record.linkPlaceholder}
        value={text}
        onFocus={() => setOpen(true)}
        onChange={event => {
          setText(event.target.value)
          setAt(0)
          setOpen(true)
        }}
        onKeyDown={event => {
          if (event.key === 'ArrowDown') setAt(at + 1)
          else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1))
          else if (event.key === 'Escape' && open) setOpen(false)
          else if (event.key === 'Enter') document.getElementById(`${list}-${at}`)?.click()
          else return
          event.preventDefault()
          event.stopPropagation()
        }}
      />
      {open && <Found id={list} type={type} text={text} at={at} onPick={onPick} />}
    </div>
  )
}

interface FoundProps {
  readonly id: string
  readonly type: string | null
  readonly text: string
  readonly at: number
  readonly onPick: (id: string) => void
}

function Found({ id, type, text, at, onPick }: FoundProps) {
  const view: View = { type, text, sort: { field: '$updatedAt', descending: true }, deleted: false, open: false }
  const frame = useLive('window', { view, from: 0, to: 8 })
  return (
    <ul id={id} role="listbox" className={finder.list}>
      {frame?.rows.map((row, index) => (
        <li
          key={row.id}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === Math.min(at, frame.rows.length - 1)}
          className={finder.option}
          onPointerDown={event => event.preventDefault()}
          onClick={() => onPick(row.id)}
        >
          {row.title || words.records.untitled}
        </li>
      ))}
      {frame !== undefined && frame.total === 0 && <li className={finder.none}>{words.record.linkNone}</li>}
    </ul>
  )
}
