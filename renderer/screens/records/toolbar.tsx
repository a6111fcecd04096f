/** Above the grid: what is shown, how many, a filter box, New and more. */
import { useEffect, useId, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import type { RefObject } from 'react'
import { Download, Ellipsis, Pencil, Plus, Search, Upload, X } from 'lucide-react'
import type { TypeSummary, View } from '../../../core/model/api.ts'
import { useLive } from '../../api/use-live.ts'
import { useApp, useCommands } from '../../app-context.ts'
import { showKeys } from '../../commands/keys.ts'
import { useRecordActions } from '../../commands/record-actions.ts'
import type { Command } from '../../commands/registry.ts'
import { Button, IconButton } from '../../parts/button.tsx'
import { ActionMenu } from '../../parts/menu.tsx'
import { TypeIcon } from '../../parts/type-icon.tsx'
import { words } from '../../words/app.ts'
import { exportWords } from '../../words/export.ts'
import { count } from '../../words/times.ts'
import { useExportCsv } from '../export/use-export.ts'
import styles from './toolbar.module.css'
import type { WindowRows } from './window-rows.ts'

export interface ToolbarProps {
  readonly name: string
  readonly view: View
  readonly type: TypeSummary | undefined
  readonly rows: WindowRows
  /** The rows on screen are still those of the view before this one. */
  readonly late: 'order' | 'rows' | null
  readonly onView: (view: View) => void
}

export function Toolbar({ name, view, type, rows, late, onView }: ToolbarProps) {
  const { go, mac } = useApp()
  const types = useLive('types', null)
  const actions = useRecordActions()
  useSyncExternalStore(rows.subscribe, rows.version)
  const total = rows.total()
  const filter = useRef<HTMLInputElement>(null)
  const commands = useMemo<readonly Command[]>(
    () => [
      {
        id: 'records.filter',
        title: words.records.filter,
        group: 'Go to',
        keys: ['Mod+F'],
        run: () => filter.current?.select(),
      },
    ],
    [],
  )
  useCommands(commands)
  const exportCsv = useExportCsv()
  const openImport = () => go({ to: 'dialog', dialog: { name: 'import', type: view.type, file: null } })

  return (
    <header className={styles.toolbar}>
      <h1 className={styles.name}>
        {type !== undefined && <TypeIcon name={type.icon} size={18} />}
        <span>{name}</span>
        {total !== undefined && total > 0 && <span className={styles.count}>{count(total)}</span>}
      </h1>
      <span role="status" className={styles.late}>
        {late === 'order' && words.records.sorting}
        {late === 'rows' && words.records.gathering}
      </span>
      <FilterBox
        key={`${view.type} ${view.deleted}`}
        view={view}
        onView={onView}
        input={filter}
        hint={showKeys('Mod+F', mac)}
        how={type?.fields[0] === undefined ? words.records.filterHow : words.records.filterHowIn(type.fields[0].label)}
      />
      {!view.deleted && (
        <>
          {type === undefined ? (
            <ActionMenu
              label={words.records.newRecord}
              className={styles.newMenu ?? ''}
              actions={(types ?? []).map(each => ({
                id: each.id,
                label: each.name,
                icon: <TypeIcon name={each.icon} />,
                run: () => void actions.create(each),
              }))}
            >
              <Plus size={15} aria-hidden />
              {words.records.newRecord}
            </ActionMenu>
          ) : (
            <Button
              variant="primary"
              icon={<Plus size={15} />}
              title={`${words.records.newRecord} (${showKeys('Mod+N', mac)})`}
              onClick={() => void actions.create(type)}
            >
              {words.records.newRecord}
            </Button>
          )}
          <ActionMenu
            label={words.more}
            actions={[
              { id: 'import', label: words.records.import, icon: <Upload size={15} />, run: openImport },
              ...(type === undefined
                ? []
                : [
                    {
                      id: 'export',
                      label: exportWords.csv,
                      icon: <Download size={15} />,
                      run: () => void exportCsv(view, null, type.name),
                    },
                    {
                      id: 'edit',
                      label: words.records.editType,
                      icon: <Pencil size={15} />,
                      run: () => go({ to: 'dialog', dialog: { name: 'type', type: type.id } }),
                    },
                  ]),
            ]}
          >
            <Ellipsis size={16} />
          </ActionMenu>
        </>
      )}
    </header>
  )
}

interface FilterProps {
  readonly view: View
  readonly onView: (view: View) => void
  readonly input: RefObject<HTMLInputElement | null>
  readonly hint: string
  /** What can be typed, in one line. */
  readonly how: string
}

/** Filters a moment after the last key, so that typing is never slowed by the answer. */
function FilterBox({ view, onView, input, hint, how }: FilterProps) {
  const help = useId()
  const [text, setText] = useState(view.text)
  const latest = useRef({ view, onView })
  latest.current = { view, onView }
  useEffect(() => setText(view.text), [view.text])
  useEffect(() => {
    if (text === latest.current.view.text) return
    const timer = setTimeout(() => latest.current.onView({ ...latest.current.view, text }), 120)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <div className={styles.filter} role="search">
      <Search size={14} aria-hidden />
      <input
        ref={input}
        type="text"
        aria-label={words.records.filter}
        aria-describedby={help}
        placeholder={words.records.filter}
        title={`${words.records.filter} (${hint})`}
        value={text}
        onChange={event => setText(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Escape' && text !== '') {
            event.stopPropagation()
            setText('')
          }
        }}
      />
      {text !== '' && (
        <IconButton label={words.records.clearFilter} className={styles.clear ?? ''} onClick={() => setText('')}>
          <X size={13} />
        </IconButton>
      )}
      <div id={help} className={styles.how}>
        {how}
      </div>
    </div>
  )
}
