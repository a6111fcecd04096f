/** The record-type editor: name, icon and fields on the left, the form as it will look on the right. Saved as a whole. */
import { useMemo, useReducer, useState } from 'react'
import { Plus } from 'lucide-react'
import type { TypeSummary } from '../../../core/model/api.ts'
import type { TypeId } from '../../../core/model/record.ts'
import type { Field, RecordType } from '../../../core/model/record-type.ts'
import { useLive } from '../../api/use-live.ts'
import { useApp } from '../../app-context.ts'
import { FieldEditor } from '../../fields/field-editor.tsx'
import { KindIcon } from '../../fields/kind-icon.tsx'
import { Button } from '../../parts/button.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { freshId } from '../../parts/fresh-id.ts'
import inputs from '../../parts/inputs.module.css'
import { TypeIcon } from '../../parts/type-icon.tsx'
import { words } from '../../words/app.ts'
import { failureWords } from '../../words/failures.ts'
import { FieldLine } from './field-line.tsx'
import { IconPicker } from './icon-picker.tsx'
import { changeType, problemOf, tidy } from './type-draft.ts'
import styles from './type-editor.module.css'

export interface TypeEditorProps {
  readonly type: TypeId | null
  readonly onClose: () => void
}

export default function TypeEditor({ type: id, onClose }: TypeEditorProps) {
  const types = useLive('types', null)
  if (types === undefined) return null
  const existing = id === null ? undefined : types.find(each => each.id === id)
  return <Editor key={id ?? ''} existing={existing} types={types} onClose={onClose} />
}

interface EditorProps {
  readonly existing: TypeSummary | undefined
  readonly types: readonly TypeSummary[]
  readonly onClose: () => void
}

function Editor({ existing, types, onClose }: EditorProps) {
  const { api, go, notices, complain } = useApp()
  const [draft, change] = useReducer(changeType, existing, firstDraft)
  const [asked, setAsked] = useState(false)
  const [deleting, setDeleting] = useState(false)
  const [failed, setFailed] = useState('')
  const problem = problemOf(draft)
  const isNew = existing === undefined

  async function save() {
    setAsked(true)
    if (problem !== '') return
    const type = tidy(draft)
    const answer = await api.call('types.save', { type })
    if (!answer.ok) return setFailed(failureWords(answer.failure))
    notices.show(words.typeEditor.saved(type.name))
    onClose()
    if (isNew) go({ to: 'records', type: type.id })
  }

  async function remove() {
    if (existing === undefined) return
    const answer = await api.call('types.delete', { type: existing.id })
    if (!answer.ok) return complain(answer.failure)
    onClose()
    go({ to: 'records', type: null })
  }

  return (
    <Dialog
      title={isNew ? words.typeEditor.newTitle : words.typeEditor.editTitle(existing.name)}
      size="wide"
      keepOpen
      onClose={onClose}
      actions={
        deleting && existing !== undefined ? (
          <>
            <p className={styles.sure}>{words.typeEditor.deleteSure(existing.count ?? 0)}</p>
            <Button variant="quiet" onClick={() => setDeleting(false)}>
              {words.cancel}
            </Button>
            <Button variant="danger" onClick={() => void remove()}>
              {words.typeEditor.deleteYes}
            </Button>
          </>
        ) : (
          <>
            {!isNew && (
              <Button variant="danger" className={styles.left ?? ''} onClick={() => setDeleting(true)}>
                {words.typeEditor.delete}
              </Button>
            )}
            {((asked && problem !== '') || failed !== '') && (
              <p role="alert" className={inputs.error}>
                {failed || problem}
              </p>
            )}
            <Button variant="quiet" onClick={onClose}>
              {words.cancel}
            </Button>
            <Button variant="primary" onClick={() => void save()}>
              {isNew ? words.typeEditor.create : words.typeEditor.save}
            </Button>
          </>
        )
      }
    >
      <div className={styles.columns}>
        <div className={styles.form}>
          <div className={styles.identity}>
            <IconPicker icon={draft.icon} onPick={icon => change({ do: 'icon', icon })} />
            <div className={styles.nameBox}>
              <label className={inputs.label} htmlFor="type-name">
                {words.typeEditor.name}
              </label>
              <input
                id="type-name"
                className={inputs.input}
                value={draft.name}
                maxLength={80}
                autoFocus={isNew}
                placeholder={words.typeEditor.namePlaceholder}
                onChange={event => change({ do: 'name', name: event.target.value })}
              />
            </div>
          </div>
          <h3 className={styles.heading}>{words.typeEditor.fields}</h3>
          <ol className={styles.fields}>
            {draft.fields.map((field, index) => (
              <FieldLine
                key={field.id}
                field={field}
                types={types}
                isFirst={index === 0}
                isLast={index === draft.fields.length - 1}
                isOld={existing?.fields.some(each => each.id === field.id && each.kind !== field.kind) === true}
                change={change}
              />
            ))}
          </ol>
          <Button
            small
            icon={<Plus size={14} />}
            onClick={() => change({ do: 'add', field: { id: freshId(), kind: 'text', label: '' } })}
          >
            {words.typeEditor.addField}
          </Button>
        </div>
        <Preview type={draft} />
      </div>
    </Dialog>
  )
}

function firstDraft(existing: TypeSummary | undefined): RecordType {
  if (existing !== undefined) {
    const { id, name, icon, fields } = existing
    return { id, name, icon, fields }
  }
  return {
    id: freshId(),
    name: '',
    icon: 'file-text',
    fields: [{ id: freshId(), kind: 'text', label: words.records.name }],
  }
}

/** The form as the record will show it; what is typed here goes nowhere. */
function Preview({ type }: { readonly type: RecordType }) {
  return (
    <section className={styles.preview} aria-label={words.typeEditor.preview}>
      <p className={styles.previewLabel}>{words.typeEditor.preview}</p>
      <div className={styles.paper}>
        <p className={styles.previewKind}>
          <TypeIcon name={type.icon} size={14} />
          {type.name || words.typeEditor.newTitle}
        </p>
        {type.fields.length === 0 && <p className={inputs.hint}>{words.typeEditor.previewEmpty}</p>}
        {type.fields.map(field => (
          <PreviewField key={`${field.id} ${field.kind}`} field={field} />
        ))}
      </div>
    </section>
  )
}

function PreviewField({ field }: { readonly field: Field }) {
  const id = useMemo(() => `preview-${field.id}`, [field.id])
  return (
    <div className={styles.previewField}>
      <div id={id} className={styles.previewName}>
        <KindIcon kind={field.kind} size={13} />
        {field.label || words.typeEditor.newField}
        {field.required === true && ' *'}
      </div>
      <FieldEditor
        field={field}
        value={undefined}
        labelId={id}
        describedBy={id}
        invalid={false}
        onChange={() => undefined}
        onProblem={() => undefined}
      />
    </div>
  )
}
