/**
 * The records grid: our own ARIA grid over windows of rows, one tab stop with an active cell. It draws what
 * window-rows.ts knows, so its cost does not depend on how many records there are.
 */
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import type { KeyboardEvent, MouseEvent, ReactNode } from 'react'
import { ArrowDown, ArrowUp } from 'lucide-react'
import type { Row, TypeSummary, View } from '../../../core/model/api.ts'
import type { RecordId, Value } from '../../../core/model/record.ts'
import { useLive } from '../../api/use-live.ts'
import { useApp, useNow } from '../../app-context.ts'
import { rulesOf } from '../../fields/rules-of.ts'
import { KindIcon } from '../../fields/kind-icon.tsx'
import { cx } from '../../parts/cx.ts'
import { words } from '../../words/app.ts'
import type { EditEnd } from './cell-editor.tsx'
import { CellEditor, ChoiceEditor } from './cell-editor.tsx'
import type { Column } from './columns.ts'
import { isNumeric, isSortable, nextSort } from './columns.ts'
import { cellAsText, readLines, readPasted, rowsAsText } from './grid-clipboard.ts'
import type { CellPlace } from './grid-move.ts'
import { moveCell } from './grid-move.ts'
import { GridRow } from './grid-row.tsx'
import styles from './grid.module.css'
import { HEADER_HEIGHT, ROW_HEIGHT, useRowWindow } from './row-window.ts'
import type { Selection } from './selection.ts'
import { NOTHING_SELECTED, selectIds, toggle } from './selection.ts'
import type { WindowRows } from './window-rows.ts'
import { PAINTED_AFTER_MS, readIds } from './window-rows.ts'
import { BOUNDS } from '../../../core/model/api.ts'

/** Rows kept ready above and below what is on screen. */
const OVERSCAN = 10

export interface GridProps {
  readonly name: string
  readonly view: View
  readonly rows: WindowRows
  readonly columns: readonly Column[]
  readonly types: readonly TypeSummary[]
  readonly openRecord: RecordId | null
  readonly selection: Selection
  readonly onSelect: (selection: Selection) => void
  readonly onOpen: (id: RecordId) => void
  readonly onSort: (sort: View['sort']) => void
  readonly onDelete: (ids: readonly RecordId[]) => void
}

interface Edit {
  readonly id: RecordId
  readonly column: number
  readonly typed: string | null
}

export function Grid(props: GridProps) {
  const { view, rows, columns, types, openRecord, selection, onSelect, onOpen, onSort } = props
  const app = useApp()
  const now = useNow()
  const hasProvider = useLive('sync', null)?.provider != null
  const version = useSyncExternalStore(rows.subscribe, rows.version)
  const total = rows.total() ?? 0
  const [active, setActive] = useState<CellPlace & { readonly id: RecordId | null }>({ row: 0, column: 0, id: null })
  const [edit, setEdit] = useState<Edit | null>(null)

  // What is on screen comes first, what scrolling will show right after.
  const { scroller, from, to, show } = useRowWindow(total, useOverscan())
  useEffect(() => rows.want(from, Math.max(from, to - 1)), [rows, from, to])

  // The active cell stays with its record when rows move above it.
  useEffect(() => {
    if (active.id === null) return
    const index = rows.indexOf(active.id)
    if (index !== undefined && index !== active.row) setActive({ ...active, row: index })
  }, [rows, version, active])

  // A record opened elsewhere (new, from the palette) becomes the active row and is brought into view.
  const lastOpened = useRef<RecordId | null>(null)
  useEffect(() => {
    if (openRecord === lastOpened.current) return
    lastOpened.current = openRecord
    if (openRecord === null) return
    const known = rows.indexOf(openRecord)
    if (known !== undefined) {
      setActive(was => ({ ...was, row: known, id: openRecord }))
      show(known)
      return
    }
    const find = async () => {
      const answer = await app.api.call('records.position', { view, id: openRecord })
      const index = answer.ok ? answer.value.index : null
      if (index === null) return
      setActive(was => ({ ...was, row: index, id: openRecord }))
      show(index)
    }
    void find()
  }, [openRecord, rows, view, app.api, show])

  const gridColumns = useMemo(() => columns.map(column => `${column.width}px`).join(' ') + ' minmax(0, 1fr)', [columns])
  const width = columns.reduce((sum, column) => sum + column.width, 0)
  const activeRow = rows.rowAt(active.row)
  const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 400) - HEADER_HEIGHT) / ROW_HEIGHT) - 1)

  function activate(place: CellPlace) {
    setActive({ ...place, id: rows.rowAt(place.row)?.id ?? null })
    if (place.row >= 0) show(place.row)
    revealColumn(place.column)
    const row = rows.rowAt(place.row)
    if (openRecord !== null && row !== undefined && row.id !== openRecord) {
      lastOpened.current = row.id
      onOpen(row.id)
    }
  }

  function revealColumn(at: number) {
    const element = scroller.current
    const column = columns[at]
    if (element === null || column === undefined || at === 0) return
    const fixed = columns[0]?.width ?? 0
    const left = columns.slice(0, at).reduce((sum, each) => sum + each.width, 0)
    if (left - fixed < element.scrollLeft) element.scrollTo({ left: left - fixed })
    else if (left + column.width > element.scrollLeft + element.clientWidth)
      element.scrollTo({ left: left + column.width - element.clientWidth })
  }

  /** Rows `top` to `bottom`, both included; at most as many as one call may name. */
  async function idsBetween(top: number, bottom: number): Promise<readonly RecordId[]> {
    const known: RecordId[] = []
    for (let at = top; at <= bottom; at++) {
      const id = rows.rowAt(at)?.id
      if (id === undefined) break
      known.push(id)
    }
    if (known.length === bottom - top + 1) return known
    return readIds(app.api, view, top, Math.min(bottom + 1, top + BOUNDS.idsPerCall))
  }

  async function selectSpan(from: number, to: number, anchor: number) {
    const [top, bottom] = from < to ? [from, to] : [to, from]
    const ids = await idsBetween(top, bottom)
    if (bottom - top >= BOUNDS.idsPerCall) app.notices.show(words.records.tooManySelected(BOUNDS.idsPerCall))
    onSelect(selectIds(selection, ids, anchor))
  }

  function beginEdit(typed: string | null) {
    const column = columns[active.column]
    const row = activeRow
    if (row === undefined || column === undefined) return
    if (column.kind !== 'field' || view.deleted || rulesOf(column.field).readOnly) return onOpen(row.id)
    const { field } = column
    if (field.kind === 'checkbox') return save(row, column, row.cells[field.id] !== true)
    const opensPanel: readonly string[] = ['choices', 'link', 'files']
    if (opensPanel.includes(field.kind)) return onOpen(row.id)
    setEdit({ id: row.id, column: active.column, typed: field.kind === 'choice' ? null : typed })
  }

  function save(row: Row, column: Column, value: Value, seen?: Value) {
    if (column.kind !== 'field') return
    const { field } = column
    const send = async () => {
      const answer = await app.api.call('records.edit', {
        cells: [{ record: row.id, field: field.id, value, ...(seen === undefined ? {} : { seen }) }],
      })
      if (answer.ok) app.did(words.records.edit(field.label), answer.value.undo)
      else app.complain(answer.failure)
    }
    void send()
  }

  function endEdit(end: EditEnd) {
    setEdit(null)
    scroller.current?.focus({ preventScroll: true })
    const step: { readonly [e in EditEnd]: readonly [number, number] } = {
      stay: [0, 0],
      down: [1, 0],
      up: [-1, 0],
      right: [0, 1],
      left: [0, -1],
    }
    const [down, right] = step[end]
    if (end === 'stay') return
    activate({
      row: Math.max(0, Math.min(total - 1, active.row + down)),
      column: Math.max(0, Math.min(columns.length - 1, active.column + right)),
    })
  }

  function onKeyDown(event: KeyboardEvent) {
    if (edit !== null || event.altKey) return
    const mod = app.mac ? event.metaKey : event.ctrlKey
    const { key } = event
    const place = moveCell(active, key, mod, { rows: total, columns: columns.length, page })
    if (place !== undefined) {
      event.preventDefault()
      if (event.shiftKey && place.row >= 0 && active.row >= 0 && place.row !== active.row) {
        const anchor = selection.anchor ?? active.row
        void selectSpan(anchor, place.row, anchor)
      }
      activate(place)
    } else if (mod && key.toLowerCase() === 'a') {
      event.preventDefault()
      void selectSpan(0, total - 1, 0)
    } else if (mod && key === 'Enter') {
      event.preventDefault()
      if (activeRow !== undefined) onOpen(activeRow.id)
    } else if (mod) return
    else if (key === 'Enter' || key === 'F2') {
      event.preventDefault()
      event.stopPropagation()
      const column = columns[active.column]
      if (active.row >= 0) beginEdit(null)
      else if (column !== undefined && isSortable(column)) onSort(nextSort(view.sort, column))
    } else if (key === ' ') {
      event.preventDefault()
      if (activeRow !== undefined) onSelect(toggle(selection, activeRow.id, active.row))
    } else if (key === 'Escape') {
      if (selection.ids.size > 0) {
        event.preventDefault()
        event.stopPropagation()
        onSelect(NOTHING_SELECTED)
      }
    } else if (key === 'Delete' || key === 'Backspace') {
      event.preventDefault()
      if (selection.ids.size > 0) props.onDelete([...selection.ids])
      else if (activeRow !== undefined) props.onDelete([activeRow.id])
    } else if (key.length === 1 && key !== '?' && active.row >= 0) {
      event.preventDefault()
      beginEdit(key)
    }
  }

  function placeOf(event: MouseEvent): (CellPlace & { readonly part: string | undefined }) | undefined {
    if (!(event.target instanceof Element)) return undefined
    const cell = event.target.closest<HTMLElement>('[data-column]')
    const row = cell?.closest<HTMLElement>('[data-row]')
    if (cell == null || row == null) return undefined
    const part = event.target.closest<HTMLElement>('[data-part]')?.dataset['part']
    return { row: Number(row.dataset['row']), column: Number(cell.dataset['column']), part }
  }

  function onMouseDown(event: MouseEvent) {
    if (event.target instanceof Element && event.target.closest('textarea, [role=listbox]') !== null) return
    const place = placeOf(event)
    if (place === undefined || event.button !== 0) return
    const row = rows.rowAt(place.row)
    const mod = app.mac ? event.metaKey : event.ctrlKey
    if (event.shiftKey) {
      event.preventDefault()
      const anchor = selection.anchor ?? active.row
      void selectSpan(anchor, place.row, anchor)
    } else if (row !== undefined && (mod || place.part === 'tick')) onSelect(toggle(selection, row.id, place.row))
    else if (row !== undefined && place.part === 'open') onOpen(row.id)
    activate(place)
    scroller.current?.focus({ preventScroll: true })
  }

  function onDoubleClick(event: MouseEvent) {
    const place = placeOf(event)
    if (place !== undefined && place.part === undefined && edit === null) beginEdit(null)
  }

  function onCopy(event: ClipboardEvent) {
    if (edit !== null) return
    const chosen: Row[] = []
    for (let at = 0; at < total && chosen.length < selection.ids.size; at++) {
      const row = rows.rowAt(at)
      if (row !== undefined && selection.ids.has(row.id)) chosen.push(row)
    }
    const text =
      chosen.length > 0 ? rowsAsText(chosen, columns) : activeRow && cellAsText(activeRow, columns[active.column])
    event.preventDefault()
    event.clipboardData?.setData('text/plain', text ?? '')
    if (chosen.length < selection.ids.size)
      app.notices.show(words.records.copiedSome(chosen.length, selection.ids.size), null, 'bad')
  }

  function onPaste(event: ClipboardEvent) {
    if (edit !== null || view.deleted || active.row < 0) return
    event.preventDefault()
    const lines = readLines(event.clipboardData?.getData('text/plain') ?? '')
    const below = Math.min(lines.length, total - active.row)
    if (below > BOUNDS.idsPerCall) return app.notices.show(words.records.tooManyPasted(BOUNDS.idsPerCall), null, 'bad')
    const send = async () => {
      const records = await idsBetween(active.row, active.row + below - 1)
      const { cells, problem } = readPasted(lines, columns.slice(active.column), records)
      if (problem !== null) return app.notices.show(problem, null, 'bad')
      if (cells.length === 0) return
      const answer = await app.api.call('records.edit', { cells })
      if (answer.ok) app.did(words.records.pasted(cells.length), answer.value.undo, words.records.pasted(cells.length))
      else app.complain(answer.failure)
    }
    void send()
  }

  // Where nothing is selected as text, a browser tells the document of these, whatever has the focus.
  useEffect(() => {
    const here = (run: (event: ClipboardEvent) => void) => (event: ClipboardEvent) => {
      if (document.activeElement === scroller.current) run(event)
    }
    const [copy, paste] = [here(onCopy), here(onPaste)]
    document.addEventListener('copy', copy)
    document.addEventListener('paste', paste)
    return () => {
      document.removeEventListener('copy', copy)
      document.removeEventListener('paste', paste)
    }
  })

  function editorFor(row: Row | undefined, column: Column | undefined): ReactNode {
    if (edit === null || row === undefined || column?.kind !== 'field') return null
    const Editor = column.field.kind === 'choice' ? ChoiceEditor : CellEditor
    return (
      <Editor
        field={column.field}
        title={row.title === '' ? words.records.untitled : row.title}
        value={row.cells[column.field.id]}
        typed={edit.typed}
        onCommit={(value, end, seen) => {
          save(row, column, value, seen)
          endEdit(end)
        }}
        onCancel={endEdit}
      />
    )
  }

  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={words.records.grid(props.name)}
      aria-rowcount={total + 1}
      aria-colcount={columns.length}
      aria-multiselectable
      aria-activedescendant={`cell-${active.row}-${active.column}`}
      tabIndex={0}
      className={styles.grid}
      onKeyDown={onKeyDown}
      onMouseDown={onMouseDown}
      onDoubleClick={onDoubleClick}
      style={{ '--columns': gridColumns, '--grid-width': `${width}px` }}
    >
      <div role="rowgroup" className={styles.head}>
        <div role="row" aria-rowindex={1} className={styles.headRow}>
          {columns.map((column, at) => {
            const isSorted = view.sort.field === column.id
            const Arrow = view.sort.descending ? ArrowDown : ArrowUp
            return (
              <div
                key={column.id}
                id={`cell--1-${at}`}
                role="columnheader"
                aria-colindex={at + 1}
                aria-sort={isSorted ? (view.sort.descending ? 'descending' : 'ascending') : 'none'}
                className={cx(
                  styles.headCell,
                  at === 0 && styles.first,
                  isNumeric(column) && styles.numeric,
                  active.row === -1 && active.column === at && styles.active,
                )}
                onClick={() => isSortable(column) && onSort(nextSort(view.sort, column))}
              >
                {column.kind === 'field' && <KindIcon kind={column.field.kind} size={13} />}
                <span className={styles.text}>{column.label}</span>
                {isSorted && <Arrow size={13} aria-hidden />}
              </div>
            )
          })}
        </div>
      </div>
      <div role="rowgroup" className={styles.body} style={{ height: total * ROW_HEIGHT }}>
        {Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at).map(index => {
          const row = rows.rowAt(index)
          const isActive = index === active.row
          return (
            <GridRow
              key={index}
              row={row}
              index={index}
              top={index * ROW_HEIGHT}
              columns={columns}
              types={types}
              active={isActive ? active.column : -1}
              selected={row !== undefined && selection.ids.has(row.id)}
              shown={row !== undefined && row.id === openRecord}
              marksUnsent={hasProvider}
              now={now}
              editor={isActive && edit !== null && edit.id === row?.id ? editorFor(row, columns[edit.column]) : null}
            />
          )
        })}
      </div>
    </div>
  )
}

/** None until the rows on screen have been painted. */
function useOverscan(): number {
  const [overscan, setOverscan] = useState(0)
  useEffect(() => {
    const timer = setTimeout(() => setOverscan(OVERSCAN), PAINTED_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return overscan
}
