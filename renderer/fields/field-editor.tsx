/**
 * The editor of one field's value, by kind. It shows a draft and reports every change; saving, clashes and what to say
 * are the record panel's business.
 */
import { useEffect, useId, useRef, useState } from 'react'
import type { Ref } from 'react'
import { Check, ChevronDown, X } from 'lucide-react'
import { Button as AriaButton } from 'react-aria-components/Button'
import { ListBox, ListBoxItem } from 'react-aria-components/ListBox'
import { Popover } from 'react-aria-components/Popover'
import { Select } from 'react-aria-components/Select'
import type { RecordId, Value } from '../../core/model/record.ts'
import type { Field } from '../../core/model/record-type.ts'
import { cx } from '../parts/cx.ts'
import inputs from '../parts/inputs.module.css'
import { Picker } from '../parts/menu.tsx'
import { words } from '../words/app.ts'
import styles from './field-editor.module.css'
import { FilesEditor } from './files-editor.tsx'
import { LinkEditor } from './link-editor.tsx'
import { format, readTyped, rulesOf, summarise } from './rules-of.ts'

export interface FieldEditorProps {
  /** The record whose field it is, where there is one: files are added to it directly. */
  readonly record?: RecordId
  readonly field: Field
  readonly value: Value | undefined
  readonly labelId: string
  readonly describedBy: string
  readonly invalid: boolean
  /** A value that is meant; `settled` when there is no more typing to wait for (a tick, a choice, leaving the field). */
  readonly onChange: (value: Value, settled: boolean) => void
  /** What was typed cannot be read as a value of this kind; '' when it can again. */
  readonly onProblem: (message: string) => void
  readonly inputRef?: Ref<HTMLElement>
}

export function FieldEditor(props: FieldEditorProps) {
  const { field, value } = props
  if (rulesOf(field).readOnly) {
    return (
      <output aria-labelledby={props.labelId} className={styles.readOnly}>
        {summarise(value, field) || words.record.readOnly}
      </output>
    )
  }
  switch (field.kind) {
    case 'checkbox':
      return <CheckboxEditor {...props} />
    case 'choice':
      return <ChoiceField {...props} />
    case 'choices':
      return <ChoicesField {...props} />
    case 'link':
      return <LinkEditor {...props} />
    case 'files':
      return props.record !== undefined ? (
        <FilesEditor {...props} record={props.record} />
      ) : (
        <output aria-labelledby={props.labelId} className={styles.readOnly}>
          {summarise(value, field) || words.record.noFiles}
        </output>
      )
    default:
      return <TextEditor {...props} />
  }
}

/** Everything that is typed. The text stays as typed while it has focus; leaving shows it as the field writes it. */
function TextEditor({ field, value, labelId, describedBy, invalid, onChange, onProblem, inputRef }: FieldEditorProps) {
  const shown = format(value, field)
  const [text, setText] = useState(shown)
  const [unreadable, setUnreadable] = useState(false)
  const focused = useRef(false)
  useEffect(() => {
    if (!focused.current && !unreadable) setText(shown)
  }, [shown, unreadable])

  function type(next: string) {
    setText(next)
    const read = readTyped(next, field)
    setUnreadable(!read.ok)
    onProblem(read.ok ? '' : read.message)
    if (read.ok) onChange(read.value, false)
  }

  const common = {
    'aria-labelledby': labelId,
    'aria-describedby': describedBy,
    'aria-invalid': invalid,
    value: text,
    onFocus: () => {
      focused.current = true
    },
    onBlur: () => {
      focused.current = false
      const read = readTyped(text, field)
      if (!read.ok) return
      onChange(read.value, true)
      setText(format(read.value, field))
    },
  }
  if (field.kind === 'longText') {
    return (
      <textarea
        {...common}
        ref={inputRef as Ref<HTMLTextAreaElement>}
        className={cx(inputs.input, inputs.area)}
        rows={3}
        onChange={event => type(event.target.value)}
      />
    )
  }
  const placeholders: { readonly [kind in Field['kind']]?: string } = {
    date: words.record.date,
    dateTime: words.record.dateTime,
    location: words.record.location,
  }
  const isNumber = field.kind === 'number'
  return (
    <div className={styles.withUnit}>
      <input
        {...common}
        ref={inputRef as Ref<HTMLInputElement>}
        type="text"
        inputMode={isNumber ? 'decimal' : field.kind === 'email' ? 'email' : field.kind === 'phone' ? 'tel' : 'text'}
        className={inputs.input}
        placeholder={placeholders[field.kind]}
        spellCheck={field.kind === 'text'}
        onChange={event => type(event.target.value)}
      />
      {isNumber && field.unit !== undefined && field.unit !== '' && <span className={styles.unit}>{field.unit}</span>}
    </div>
  )
}

function CheckboxEditor({ field, value, describedBy, labelId, onChange, inputRef }: FieldEditorProps) {
  const id = useId()
  return (
    <span className={styles.checkRow}>
      <input
        ref={inputRef as Ref<HTMLInputElement>}
        id={id}
        type="checkbox"
        className={inputs.check}
        aria-labelledby={labelId}
        aria-describedby={describedBy}
        checked={value === true}
        onChange={event => onChange(event.target.checked, true)}
      />
      <label htmlFor={id} className={styles.checkText} aria-hidden>
        {summarise(value ?? false, field) || (value === true ? words.records.yes : words.records.no)}
      </label>
    </span>
  )
}

function ChoiceField({ field, value, labelId, describedBy, onChange }: FieldEditorProps) {
  const none = '$none'
  const options = [
    { id: none, label: words.record.none, muted: true },
    ...(field.choices ?? []).map(choice => ({ id: choice.id, label: choice.label })),
  ]
  return (
    <Picker
      labelledBy={labelId}
      describedBy={describedBy}
      value={typeof value === 'string' ? value : null}
      options={options}
      placeholder={words.record.addChoice}
      className={styles.full ?? ''}
      onPick={id => onChange(id === none ? null : id, true)}
    />
  )
}

function ChoicesField({ field, value, labelId, describedBy, onChange }: FieldEditorProps) {
  const picked = Array.isArray(value) ? value.filter(item => typeof item === 'string') : []
  const choices = field.choices ?? []
  const set = (ids: readonly string[]) => onChange(ids.length === 0 ? null : ids, true)
  return (
    <Select
      selectionMode="multiple"
      aria-labelledby={labelId}
      aria-describedby={describedBy}
      value={picked}
      onChange={keys => set(choices.map(choice => choice.id).filter(id => keys.includes(id)))}
      className={styles.full ?? ''}
    >
      <div className={styles.tags}>
        {picked.map(id => {
          const label = summarise([id], field)
          return (
            <span key={id} className={styles.tag}>
              {label}
              <button
                type="button"
                aria-label={`${words.remove} ${label}`}
                onClick={() => set(picked.filter(each => each !== id))}
              >
                <X size={12} aria-hidden />
              </button>
            </span>
          )
        })}
        <AriaButton className={styles.addTag ?? ''}>
          {words.record.addChoice}
          <ChevronDown size={13} aria-hidden />
        </AriaButton>
      </div>
      <Popover className={styles.popover ?? ''} offset={4}>
        <ListBox className={styles.list ?? ''}>
          {choices.map(choice => (
            <ListBoxItem key={choice.id} id={choice.id} textValue={choice.label} className={styles.item ?? ''}>
              {({ isSelected }) => (
                <>
                  <span className={styles.itemTick}>{isSelected && <Check size={14} aria-hidden />}</span>
                  {choice.label}
                </>
              )}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  )
}
