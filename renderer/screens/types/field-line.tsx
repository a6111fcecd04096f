/** One field in the type editor: name, kind, order, and the options its kind has. */
import { useState } from 'react'
import { ArrowDown, ArrowUp, Plus, Settings2, Trash2, X } from 'lucide-react'
import type { TypeSummary } from '../../../core/model/api.ts'
import { FIELD_KINDS } from '../../../core/model/record-type.ts'
import type { Field, FieldKind } from '../../../core/model/record-type.ts'
import { KindIcon } from '../../fields/kind-icon.tsx'
import { rulesOf } from '../../fields/rules-of.ts'
import { Button, IconButton } from '../../parts/button.tsx'
import { cx } from '../../parts/cx.ts'
import { freshId } from '../../parts/fresh-id.ts'
import inputs from '../../parts/inputs.module.css'
import { Picker } from '../../parts/menu.tsx'
import { TypeIcon } from '../../parts/type-icon.tsx'
import { words } from '../../words/app.ts'
import { KIND_WORDS } from '../../words/fields.ts'
import type { Change } from './type-draft.ts'
import { withKind } from './type-draft.ts'
import styles from './type-editor.module.css'

export interface FieldLineProps {
  readonly field: Field
  readonly types: readonly TypeSummary[]
  readonly isFirst: boolean
  readonly isLast: boolean
  /** It was of another kind when the editor was opened. */
  readonly isOld: boolean
  readonly change: (change: Change) => void
}

const KIND_OPTIONS = FIELD_KINDS.map(kind => ({ id: kind, label: KIND_WORDS[kind], icon: <KindIcon kind={kind} /> }))

export function FieldLine({ field, types, isFirst, isLast, isOld, change }: FieldLineProps) {
  const hasChoices = field.kind === 'choice' || field.kind === 'choices'
  const [open, setOpen] = useState(hasChoices && field.label === '')
  const name = field.label || words.typeEditor.newField
  const set = (next: Field) => change({ do: 'field', field: next })
  return (
    <li className={styles.field}>
      <div className={styles.line}>
        <input
          className={cx(inputs.input, styles.fieldName)}
          aria-label={words.typeEditor.fieldName}
          placeholder={words.typeEditor.fieldName}
          value={field.label}
          maxLength={120}
          autoFocus={field.label === ''}
          onChange={event => set({ ...field, label: event.target.value })}
        />
        <Picker
          label={`${words.typeEditor.kind}, ${name}`}
          className={styles.kind ?? ''}
          value={field.kind}
          options={KIND_OPTIONS}
          onPick={id => {
            const kind = FIELD_KINDS.find(each => each === id) satisfies FieldKind | undefined
            if (kind === undefined) return
            set(withKind(field, kind, () => [{ id: freshId(), label: '' }]))
            if (kind === 'choice' || kind === 'choices' || kind === 'link') setOpen(true)
          }}
        />
        <IconButton label={words.typeEditor.options(name)} aria-expanded={open} onClick={() => setOpen(!open)}>
          <Settings2 size={15} />
        </IconButton>
        <IconButton
          label={words.typeEditor.moveUp(name)}
          disabled={isFirst}
          onClick={() => change({ do: 'move', id: field.id, by: -1 })}
        >
          <ArrowUp size={15} />
        </IconButton>
        <IconButton
          label={words.typeEditor.moveDown(name)}
          disabled={isLast}
          onClick={() => change({ do: 'move', id: field.id, by: 1 })}
        >
          <ArrowDown size={15} />
        </IconButton>
        <IconButton label={words.typeEditor.removeField(name)} onClick={() => change({ do: 'remove', id: field.id })}>
          <Trash2 size={15} />
        </IconButton>
      </div>
      {isOld && <p className={inputs.hint}>{words.typeEditor.kindChanged}</p>}
      {open && (
        <div className={styles.options}>
          {hasChoices && <Choices field={field} onChange={set} />}
          {field.kind === 'number' && <NumberOptions field={field} onChange={set} />}
          {field.kind === 'link' && (
            <div className={styles.optionRow}>
              <span>{words.typeEditor.target}</span>
              <Picker
                label={words.typeEditor.target}
                value={field.target ?? null}
                placeholder={words.record.addChoice}
                options={types.map(type => ({ id: type.id, label: type.name, icon: <TypeIcon name={type.icon} /> }))}
                onPick={target => set({ ...field, target })}
              />
            </div>
          )}
          {rulesOf(field).policies.length > 0 && <PolicyOption field={field} onChange={set} />}
          <label className={styles.optionRow}>
            <input
              type="checkbox"
              className={inputs.check}
              checked={field.required === true}
              onChange={event => set({ ...field, required: event.target.checked })}
            />
            {words.typeEditor.required}
          </label>
        </div>
      )}
    </li>
  )
}

interface OptionProps {
  readonly field: Field
  readonly onChange: (field: Field) => void
}

function Choices({ field, onChange }: OptionProps) {
  const choices = field.choices ?? []
  const add = () => onChange({ ...field, choices: [...choices, { id: freshId(), label: '' }] })
  return (
    <ul className={styles.choices} aria-label={words.typeEditor.choices}>
      {choices.map((choice, index) => (
        <li key={choice.id} className={styles.choice}>
          <input
            className={inputs.input}
            aria-label={words.typeEditor.choice(index + 1)}
            placeholder={words.typeEditor.choice(index + 1)}
            value={choice.label}
            autoFocus={choice.label === '' && index > 0}
            onChange={event =>
              onChange({
                ...field,
                choices: choices.map(each => (each.id === choice.id ? { ...each, label: event.target.value } : each)),
              })
            }
            onKeyDown={event => {
              if (event.key !== 'Enter') return
              event.preventDefault()
              add()
            }}
          />
          <IconButton
            label={words.typeEditor.removeField(choice.label || words.typeEditor.choice(index + 1))}
            onClick={() => onChange({ ...field, choices: choices.filter(each => each.id !== choice.id) })}
          >
            <X size={14} />
          </IconButton>
        </li>
      ))}
      <li>
        <Button small variant="quiet" icon={<Plus size={14} />} onClick={add}>
          {words.typeEditor.addChoice}
        </Button>
      </li>
    </ul>
  )
}

/** What becomes of two different edits of this field: M5, in the words of whoever fills it in. */
function PolicyOption({ field, onChange }: OptionProps) {
  const { policy, ...asking } = field
  const known = rulesOf(field).policies
  const options = [
    { id: 'ask', label: words.typeEditor.policies.ask[rulesOf(field).mergeKind] },
    ...known.map(id => ({ id, label: words.typeEditor.policies[id] })),
    // Of a newer version: kept until another one is picked.
    ...(policy === undefined || known.includes(policy) ? [] : [{ id: policy, label: words.typeEditor.policyUnknown }]),
  ]
  return (
    <div className={styles.optionRow}>
      <span>{words.typeEditor.policy}</span>
      <Picker
        label={words.typeEditor.policy}
        value={policy ?? 'ask'}
        options={options}
        onPick={id => {
          const picked = known.find(each => each === id)
          if (picked !== undefined) onChange({ ...field, policy: picked })
          else if (id === 'ask') onChange(asking)
        }}
      />
    </div>
  )
}

function NumberOptions({ field, onChange }: OptionProps) {
  const { decimals: _, ...withoutDecimals } = field
  return (
    <>
      <label className={styles.optionRow}>
        <span>{words.typeEditor.unit}</span>
        <input
          className={cx(inputs.input, styles.short)}
          placeholder={words.typeEditor.unitPlaceholder}
          value={field.unit ?? ''}
          maxLength={20}
          onChange={event => onChange({ ...field, unit: event.target.value })}
        />
      </label>
      <div className={styles.optionRow}>
        <span>{words.typeEditor.decimals}</span>
        <Picker
          label={words.typeEditor.decimals}
          value={field.decimals === undefined ? 'any' : String(field.decimals)}
          options={[
            { id: 'any', label: words.typeEditor.decimalsAny },
            ...['0', '1', '2', '3', '4', '5', '6'].map(id => ({ id, label: id })),
          ]}
          onPick={id => onChange(id === 'any' ? withoutDecimals : { ...field, decimals: Number(id) })}
        />
      </div>
    </>
  )
}
