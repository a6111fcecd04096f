/** The editor in a grid cell: text for most kinds, a list for a choice. It reads and commits; the grid decides where next. */
import { useEffect, useRef, useState } from 'react'
import type { Value } from '../../../core/model/record.ts'
import type { Field } from '../../../core/model/record-type.ts'
import { format, readTyped } from '../../fields/rules-of.ts'
import { words } from '../../words/app.ts'
import styles from './grid.module.css'

export type EditEnd = 'stay' | 'down' | 'up' | 'right' | 'left'

export interface CellEditorProps {
  readonly field: Field
  readonly title: string
  readonly value: Value | undefined
  /** The key that began the edit replaces the value; null: edit what is there. */
  readonly typed: string | null
  /** `seen` is what was there when the edit began. */
  readonly onCommit: (value: Value, end: EditEnd, seen: Value) => void
  readonly onCancel: (end: EditEnd) => void
}

export function CellEditor({ field, title, value, typed, onCommit, onCancel }: CellEditorProps) {
  const [first] = useState(() => format(value, field))
  const [text, setText] = useState(typed ?? first)
  const [seen] = useState(value ?? null)
  const [problem, setProblem] = useState('')
  const input = useRef<HTMLTextAreaElement>(null)
  const ended = useRef(false)
  useEffect(() => {
    const element = input.current
    if (element === null) return
    element.focus({ preventScroll: true })
    if (typed === null) element.select()
    else element.setSelectionRange(element.value.length, element.value.length)
  }, [typed])

  function commit(end: EditEnd, insist: boolean) {
    if (ended.current) return
    if (text === first) return finish(() => onCancel(end))
    const read = readTyped(text, field)
    if (read.ok) return finish(() => onCommit(read.value, end, seen))
    if (insist) setProblem(read.message)
    else finish(() => onCancel(end))
  }

  function finish(then: () => void) {
    ended.current = true
    then()
  }

  return (
    <div className={styles.editor}>
      <textarea
        ref={input}
        className={field.kind === 'longText' ? styles.editorTall : styles.editorLine}
        aria-label={words.records.editing(field.label, title)}
        aria-invalid={problem !== ''}
        value={text}
        rows={1}
        spellCheck={field.kind === 'longText'}
        onChange={event => {
          setText(field.kind === 'longText' ? event.target.value : event.target.value.replaceAll('\n', ' '))
          setProblem('')
        }}
        onBlur={() => commit('stay', false)}
        onKeyDown={event => {
          event.stopPropagation()
          if (event.key === 'Escape') {
            event.preventDefault()
            finish(() => onCancel('stay'))
          } else if (
            event.key === 'Enter' &&
            !(event.shiftKey && field.kind === 'longText') &&
            !event.nativeEvent.isComposing
          ) {
            event.preventDefault()
            commit(event.shiftKey ? 'up' : 'down', true)
          } else if (event.key === 'Tab') {
            event.preventDefault()
            commit(event.shiftKey ? 'left' : 'right', true)
          }
        }}
      />
      {problem !== '' && (
        <div role="alert" className={styles.editorProblem}>
          {problem}
        </div>
      )}
    </div>
  )
}

/** A choice's options in a short list under the cell; arrows, Enter and Esc as in any list. */
export function ChoiceEditor({ field, title, value, onCommit, onCancel }: CellEditorProps) {
  const options = [null, ...(field.choices ?? [])]
  const [seen] = useState(value ?? null)
  const [at, setAt] = useState(() =>
    Math.max(
      0,
      options.findIndex(option => (option?.id ?? null) === (value ?? null)),
    ),
  )
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => {
    list.current?.focus({ preventScroll: true })
  }, [])
  const pick = (index: number, end: EditEnd) => onCommit(options[index]?.id ?? null, end, seen)
  return (
    <ul
      ref={list}
      role="listbox"
      tabIndex={0}
      aria-label={words.records.editing(field.label, title)}
      aria-activedescendant={`choice-${at}`}
      className={styles.choices}
      onBlur={() => onCancel('stay')}
      onKeyDown={event => {
        event.stopPropagation()
        const { key } = event
        if (key === 'ArrowDown') setAt(Math.min(options.length - 1, at + 1))
        else if (key === 'ArrowUp') setAt(Math.max(0, at - 1))
        else if (key === 'Enter' || key === ' ') pick(at, 'stay')
        else if (key === 'Tab') pick(at, event.shiftKey ? 'left' : 'right')
        else if (key === 'Escape') onCancel('stay')
        else {
          const found = options.findIndex(option => option?.label.toLowerCase().startsWith(key.toLowerCase()) === true)
          if (found < 0) return
          setAt(found)
        }
        event.preventDefault()
      }}
    >
      {options.map((option, index) => (
        <li
          key={option?.id ?? ''}
          id={`choice-${index}`}
          role="option"
          aria-selected={index === at}
          className={styles.choice}
          onPointerDown={event => {
            event.preventDefault()
            event.stopPropagation()
            pick(index, 'stay')
          }}
        >
          {option?.label ?? words.record.none}
        </li>
      ))}
    </ul>
  )
}
