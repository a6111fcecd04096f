/** A list of records with its toolbar, selection bar and empty states, and the record panel beside it. */
import { lazy, Suspense, useCallback, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import type { DragEvent, ReactNode } from 'react'
import { Copy, Download, FilterX, Layers, Plus, RotateCcw, Sparkles, Trash2, Upload, X } from 'lucide-react'
import type { TypeSummary, View } from '../../../core/model/api.ts'
import type { RecordId } from '../../../core/model/record.ts'
import { useLive } from '../../api/use-live.ts'
import { useApp, useCommands } from '../../app-context.ts'
import type { Command } from '../../commands/registry.ts'
import { useRecordActions } from '../../commands/record-actions.ts'
import { Button, IconButton } from '../../parts/button.tsx'
import { cx } from '../../parts/cx.ts'
import { EmptyState } from '../../parts/empty-state.tsx'
import { TypeIcon } from '../../parts/type-icon.tsx'
import type { Place } from '../../route.ts'
import { words } from '../../words/app.ts'
import { exportWords } from '../../words/export.ts'
import { useExportCsv } from '../export/use-export.ts'
import { columnsOf } from './columns.ts'
import { FirstRowsContext } from './first-rows.ts'
import { Grid } from './grid.tsx'
import styles from './records-screen.module.css'
import { NOTHING_SELECTED } from './selection.ts'
import { Toolbar } from './toolbar.tsx'
import { openWindowRows } from './window-rows.ts'
import type { WindowRows } from './window-rows.ts'

const RecordPanel = lazy(() => import('../record/record-panel.tsx'))
const NO_TYPES: readonly TypeSummary[] = []
const LATE_AFTER_MS = 300

export function RecordsScreen({ place }: { readonly place: Place & { readonly screen: 'records' } }) {
  const { view, record, full } = place
  const app = useApp()
  const { go } = app
  const types = useLive('types', null) ?? NO_TYPES
  const type = view.type === null ? undefined : types.find(each => each.id === view.type)
  const columns = useMemo(() => columnsOf(type), [type])
  const { rows, late } = useRows(view)
  const [selection, setSelection] = useState(NOTHING_SELECTED)
  const [dropping, setDropping] = useState(false)
  const actions = useRecordActions()
  const exportCsv = useExportCsv()
  const name = view.deleted ? words.records.deleted : (type?.name ?? words.records.all)

  // A selection belongs to the list it was made in; a filter or another order keeps it.
  const list = `${view.type ?? ''} ${view.deleted}`
  useEffect(() => setSelection(NOTHING_SELECTED), [list])

  const setView = useCallback((next: View) => go({ to: 'view', view: next }), [go])
  const open = useCallback((id: RecordId) => go({ to: 'record', record: id }), [go])
  const chosen = useMemo(
    () => (selection.ids.size > 0 ? [...selection.ids] : record === null ? [] : [record]),
    [selection, record],
  )
  const remove = useCallback(
    (ids: readonly RecordId[]) => {
      if (view.deleted) return
      setSelection(NOTHING_SELECTED)
      void actions.remove(ids)
    },
    [actions, view.deleted],
  )

  const commands = useMemo<readonly Command[]>(
    () => [
      {
        id: 'record.duplicate',
        title: words.records.duplicate,
        group: 'Record',
        keys: ['Mod+D'],
        when: () => chosen.length > 0 && !view.deleted,
        run: () => void actions.duplicate(chosen),
      },
      {
        id: 'record.delete',
        title: words.records.delete,
        group: 'Record',
        keys: ['Delete'],
        when: () => chosen.length > 0 && !view.deleted,
        run: () => remove(chosen),
      },
      {
        id: 'record.restore',
        title: words.records.restore,
        group: 'Record',
        when: () => chosen.length > 0 && view.deleted,
        run: () => void actions.restore(chosen),
      },
    ],
    [actions, chosen, remove, view.deleted],
  )
  useCommands(commands)

  function onDrop(event: DragEvent) {
    event.preventDefault()
    setDropping(false)
    const file = event.dataTransfer.files[0]
    if (file !== undefined) go({ to: 'dialog', dialog: { name: 'import', type: view.type, file } })
  }

  return (
    <div
      className={cx(styles.screen, dropping && styles.dropping)}
      onDragOver={event => {
        if (!event.dataTransfer.types.includes('Files')) return
        event.preventDefault()
        setDropping(true)
      }}
      onDragLeave={event => event.currentTarget === event.target && setDropping(false)}
      onDrop={onDrop}
    >
      <section className={styles.list} aria-label={name} hidden={full && record !== null}>
        <Toolbar name={name} view={view} type={type} rows={rows} late={late} onView={setView} />
        <div className={styles.content}>
          <Content
            rows={rows}
            view={view}
            type={type}
            onView={setView}
            grid={
              <Grid
                key={list}
                name={name}
                view={view}
                rows={rows}
                columns={columns}
                types={types}
                openRecord={record}
                selection={selection}
                onSelect={setSelection}
                onOpen={open}
                onSort={sort => setView({ ...view, sort })}
                onDelete={remove}
              />
            }
          />
          {selection.ids.size > 0 && (
            <div className={styles.selectionBar} role="toolbar" aria-label={words.records.selected(selection.ids.size)}>
              <span className={styles.selectionCount}>{words.records.selected(selection.ids.size)}</span>
              {view.deleted ? (
                <Button
                  small
                  icon={<RotateCcw size={14} />}
                  variant="quiet"
                  onClick={() => void actions.restore(chosen)}
                >
                  {words.records.restore}
                </Button>
              ) : (
                <>
                  <Button
                    small
                    icon={<Copy size={14} />}
                    variant="quiet"
                    onClick={() => void actions.duplicate(chosen)}
                  >
                    {words.records.duplicate}
                  </Button>
                  {type !== undefined && (
                    <Button
                      small
                      icon={<Download size={14} />}
                      variant="quiet"
                      onClick={() => void exportCsv(view, chosen, type.name)}
                    >
                      {exportWords.selected}
                    </Button>
                  )}
                  <Button small icon={<Trash2 size={14} />} variant="danger" onClick={() => remove(chosen)}>
                    {words.records.delete}
                  </Button>
                </>
              )}
              <IconButton
                label={words.records.clearSelection}
                hint="Esc"
                onClick={() => setSelection(NOTHING_SELECTED)}
              >
                <X size={15} />
              </IconButton>
            </div>
          )}
        </div>
      </section>
      {record !== null && (
        <Suspense>
          <RecordPanel key={record} id={record} full={full} focusField={place.focusField} types={types} />
        </Suspense>
      )}
      {dropping && <div className={styles.dropHint}>{words.records.dropCsv}</div>}
    </div>
  )
}

/**
 * Rows for the view; the old view's rows stay on screen until the new view has answered. `late`: what is awaited, once that
 * takes long enough to be noticed.
 */
function useRows(view: View): { readonly rows: WindowRows; readonly late: 'order' | 'rows' | null } {
  const { api } = useApp()
  const key = JSON.stringify(view)
  const ahead = useContext(FirstRowsContext)
  const [rows, setRows] = useState(() => ahead?.take(view) ?? openWindowRows(api, view))
  const [openKey, setOpenKey] = useState(key)
  const [lateKey, setLateKey] = useState<string | null>(null)
  useEffect(() => {
    if (key === openKey) return
    const next = openWindowRows(api, JSON.parse(key) as View)
    const timer = setTimeout(() => setLateKey(key), LATE_AFTER_MS)
    let taken = false
    const stop = next.subscribe(() => {
      if (taken) return
      taken = true
      clearTimeout(timer)
      setRows(next)
      setOpenKey(key)
    })
    return () => {
      clearTimeout(timer)
      stop()
      if (!taken) next.close()
    }
  }, [api, key, openKey])
  useEffect(() => () => rows.close(), [rows])
  if (key === openKey || key !== lateKey) return { rows, late: null }
  const { sort } = JSON.parse(openKey) as View
  return { rows, late: JSON.stringify({ ...view, sort }) === openKey ? 'order' : 'rows' }
}

interface ContentProps {
  readonly rows: WindowRows
  readonly view: View
  readonly type: TypeSummary | undefined
  readonly grid: ReactNode
  readonly onView: (view: View) => void
}

function Content({ rows, view, type, grid, onView }: ContentProps) {
  const { go } = useApp()
  const actions = useRecordActions()
  useSyncExternalStore(rows.subscribe, rows.version)
  const counts = useLive('counts', null)
  const total = rows.total()
  if (total === undefined) return null
  if (total > 0) return grid
  if (view.text !== '') {
    const hidden = view.deleted ? (counts?.deleted ?? 0) : (type?.count ?? counts?.all ?? 0)
    return (
      <EmptyState
        icon={<FilterX size={22} />}
        title={words.records.noMatchTitle(view.text)}
        body={words.records.noMatchBody(hidden)}
      >
        <Button onClick={() => onView({ ...view, text: '' })}>{words.records.removeFilter}</Button>
      </EmptyState>
    )
  }
  if (view.deleted)
    return (
      <EmptyState
        icon={<Trash2 size={22} />}
        title={words.records.emptyDeletedTitle}
        body={words.records.emptyDeletedBody}
      />
    )
  if (type === undefined)
    return (
      <EmptyState icon={<Layers size={22} />} title={words.records.emptyAllTitle} body={words.records.emptyAllBody}>
        <Button
          variant="primary"
          icon={<Plus size={15} />}
          onClick={() => go({ to: 'dialog', dialog: { name: 'type', type: null } })}
        >
          {words.sidebar.newType}
        </Button>
        <Button
          icon={<Upload size={15} />}
          onClick={() => go({ to: 'dialog', dialog: { name: 'import', type: null, file: null } })}
        >
          {words.records.import}
        </Button>
      </EmptyState>
    )
  return (
    <EmptyState
      icon={<TypeIcon name={type.icon} size={22} />}
      title={words.records.emptyTitle(type.name)}
      body={words.records.emptyBody}
    >
      <Button variant="primary" icon={<Plus size={15} />} onClick={() => void actions.create(type)}>
        {words.records.newRecord}
      </Button>
      <Button
        icon={<Upload size={15} />}
        onClick={() => go({ to: 'dialog', dialog: { name: 'import', type: type.id, file: null } })}
      >
        {words.records.import}
      </Button>
      <Button icon={<Sparkles size={15} />} onClick={() => void actions.samples(type)}>
        {words.records.samples}
      </Button>
    </EmptyState>
  )
}
