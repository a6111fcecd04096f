/** One record: its fields in order, each saving itself, and its history. It never holds a value that is not in a field's draft. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { Copy, Ellipsis, Maximize2, Minimize2, RotateCcw, Trash2, X } from 'lucide-react'
import type { RecordView, TypeSummary } from '../../../core/model/api.ts'
import type { RecordId } from '../../../core/model/record.ts'
import { DELETION } from '../../../core/model/record.ts'
import { useLive } from '../../api/use-live.ts'
import { useApp, useCommands } from '../../app-context.ts'
import { showKeys } from '../../commands/keys.ts'
import { useRecordActions } from '../../commands/record-actions.ts'
import type { Command } from '../../commands/registry.ts'
import { hasFiles, pastedFiles } from '../../files/given-files.ts'
import { Button, IconButton } from '../../parts/button.tsx'
import { cx } from '../../parts/cx.ts'
import { ActionMenu } from '../../parts/menu.tsx'
import { TypeIcon } from '../../parts/type-icon.tsx'
import { words } from '../../words/app.ts'
import { ClashChoice } from './clash-choice.tsx'
import { FieldRow } from './field-row.tsx'
import { HistoryList } from './history-list.tsx'
import styles from './record-panel.module.css'

export interface RecordPanelProps {
  readonly id: RecordId
  readonly full: boolean
  readonly focusField: boolean
  readonly types: readonly TypeSummary[]
}

export default function RecordPanel({ id, full, focusField, types }: RecordPanelProps) {
  const { go, mac } = useApp()
  const record = useLive('record', { id })
  const actions = useRecordActions()
  const [tab, setTab] = useState<'fields' | 'history'>('fields')
  const panel = useRef<HTMLElement>(null)
  const [saving, setSaving] = useState(0)
  const onSaving = useCallback((change: 1 | -1) => setSaving(was => was + change), [])
  const type = record == null ? undefined : types.find(each => each.id === record.type)

  const commands = useMemo<readonly Command[]>(
    () => [
      {
        id: 'record.close',
        title: words.record.close,
        group: 'Record',
        keys: ['Escape'],
        run: () => go({ to: 'record', record: null }),
      },
      {
        id: 'record.full',
        title: full ? words.record.peek : words.record.full,
        group: 'Record',
        keys: ['Mod+Enter'],
        run: () => go({ to: 'full', full: !full }),
      },
    ],
    [go, full],
  )
  useCommands(commands)

  const { copies } = useApp()
  const photos = record?.deleted === false ? type?.fields.find(field => field.kind === 'files') : undefined
  /** To the field they came to, else to the first that takes them. */
  const give = (target: EventTarget, files: readonly File[]) => {
    const there = target instanceof Element ? target.closest<HTMLElement>('[data-field]')?.dataset['field'] : undefined
    const field = type?.fields.find(each => each.id === there && each.kind === 'files') ?? photos
    if (field !== undefined && files.length > 0) copies.add(id, field.id, files)
  }

  // A browser tells the document of a paste where nothing can be typed into, whatever has the focus.
  useEffect(() => {
    const paste = (event: ClipboardEvent) => {
      const focused = document.activeElement
      if (event.clipboardData === null || focused === null || panel.current?.contains(focused) !== true) return
      const files = pastedFiles(event.clipboardData, focused, Date.now())
      if (files.length === 0 || photos === undefined) return
      event.preventDefault()
      give(focused, files)
    }
    document.addEventListener('paste', paste)
    return () => document.removeEventListener('paste', paste)
  })

  const isReady = record != null && type !== undefined
  useEffect(() => {
    if (!focusField || !isReady) return
    panel.current?.querySelector<HTMLElement>('[data-field] input, [data-field] textarea, [data-field] button')?.focus()
  }, [focusField, isReady])

  return (
    <aside
      ref={panel}
      className={cx(styles.panel, full && styles.full)}
      aria-label={words.record.panel}
      onDragOver={event => {
        if (!hasFiles(event.dataTransfer)) return
        // The list behind would take it for a table to import.
        event.preventDefault()
        event.stopPropagation()
        event.dataTransfer.dropEffect = photos === undefined ? 'none' : 'copy'
      }}
      onDrop={event => {
        event.preventDefault()
        event.stopPropagation()
        give(event.target, [...event.dataTransfer.files])
      }}
      onKeyDown={event => {
        // Esc in a field leaves the panel too: what was typed is already saved.
        if (event.key !== 'Escape' || event.defaultPrevented) return
        event.stopPropagation()
        go({ to: 'record', record: null })
        document.querySelector<HTMLElement>('[role=grid]')?.focus()
      }}
    >
      <header className={styles.head}>
        <div className={styles.kind}>
          {type !== undefined && (
            <>
              <TypeIcon name={type.icon} size={14} />
              <span>{type.name}</span>
            </>
          )}
        </div>
        {isReady && <SaveState record={record} saving={saving > 0} />}
        <IconButton
          label={full ? words.record.peek : words.record.full}
          hint={showKeys('Mod+Enter', mac)}
          onClick={() => go({ to: 'full', full: !full })}
        >
          {full ? <Minimize2 size={15} /> : <Maximize2 size={15} />}
        </IconButton>
        {isReady && !record.deleted && (
          <ActionMenu
            label={words.more}
            actions={[
              {
                id: 'duplicate',
                label: words.records.duplicate,
                icon: <Copy size={15} />,
                keys: showKeys('Mod+D', mac),
                run: () => void actions.duplicate([id]),
              },
              {
                id: 'delete',
                label: words.records.delete,
                icon: <Trash2 size={15} />,
                danger: true,
                run: () => void actions.remove([id]),
              },
            ]}
          >
            <Ellipsis size={16} />
          </ActionMenu>
        )}
        <IconButton label={words.record.close} hint="Esc" onClick={() => go({ to: 'record', record: null })}>
          <X size={16} />
        </IconButton>
      </header>
      {record === null && <p className={styles.gone}>{words.record.gone}</p>}
      {isReady && (
        <div className={styles.scroll}>
          <div className={styles.column}>
            <h2 className={cx(styles.title, record.title === '' && styles.untitled)}>
              {record.title || words.records.untitled}
            </h2>
            {record.deleted && (
              <div className={styles.deleted}>
                <span>{words.record.deleted}</span>
                <Button small icon={<RotateCcw size={14} />} onClick={() => void actions.restore([id])}>
                  {words.records.restore}
                </Button>
              </div>
            )}
            {record.versions.some(version => version.field === DELETION) && (
              <ClashChoice record={record} field={undefined} type={type} />
            )}
            <div role="tablist" aria-label={words.record.panel} className={styles.tabs}>
              {(['fields', 'history'] as const).map(name => (
                <button
                  key={name}
                  type="button"
                  role="tab"
                  id={`tab-${name}`}
                  aria-selected={tab === name}
                  aria-controls={`panel-${name}`}
                  tabIndex={tab === name ? 0 : -1}
                  className={cx(styles.tab, tab === name && styles.tabOn)}
                  onClick={() => setTab(name)}
                  onKeyDown={event => {
                    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
                    const other = name === 'fields' ? 'history' : 'fields'
                    setTab(other)
                    document.getElementById(`tab-${other}`)?.focus()
                  }}
                >
                  {words.record[name]}
                </button>
              ))}
            </div>
            <div role="tabpanel" id={`panel-${tab}`} aria-labelledby={`tab-${tab}`}>
              {tab === 'fields' ? (
                <div className={styles.fields}>
                  {type.fields.map(field => (
                    <FieldRow key={field.id} record={record} type={type} field={field} onSaving={onSaving} />
                  ))}
                </div>
              ) : (
                <HistoryList record={record} type={type} />
              )}
            </div>
          </div>
        </div>
      )}
    </aside>
  )
}

/** "Saving…" until main has answered, "Saved on this laptop", and "Sent" once the provider has it. */
function SaveState({ record, saving }: { readonly record: RecordView; readonly saving: boolean }) {
  const hasProvider = useLive('sync', null)?.provider != null
  const isSent = hasProvider && !record.unsent
  return (
    <span className={styles.saved} role="status">
      {saving ? words.record.saving : isSent ? words.record.sent : words.record.savedHere}
    </span>
  )
}
