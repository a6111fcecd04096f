/** One row of the grid. It only draws; what a press means is the grid's business. */
import { memo } from 'react'
import type { ReactNode } from 'react'
import { ArrowUp, Check, Maximize2 } from 'lucide-react'
import type { Row, TypeSummary } from '../../../core/model/api.ts'
import { summarise } from '../../fields/rules-of.ts'
import { cx } from '../../parts/cx.ts'
import { TypeIcon } from '../../parts/type-icon.tsx'
import { words } from '../../words/app.ts'
import { absoluteTime, relativeTime } from '../../words/times.ts'
import type { Column } from './columns.ts'
import { isNumeric } from './columns.ts'
import styles from './grid.module.css'

export interface GridRowProps {
  readonly row: Row | undefined
  readonly index: number
  readonly top: number
  readonly columns: readonly Column[]
  readonly types: readonly TypeSummary[]
  /** Column of the active cell when it is in this row, else -1. */
  readonly active: number
  readonly selected: boolean
  readonly shown: boolean
  readonly marksUnsent: boolean
  readonly now: number
  /** The editor, drawn in the active cell. */
  readonly editor: ReactNode
}

export const GridRow = memo(function GridRow(props: GridRowProps) {
  const { row, index, top, columns, active, selected, shown, editor } = props
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-row={index}
      className={cx(styles.row, selected && styles.selected, shown && styles.shown, editor != null && styles.editing)}
      style={{ transform: `translateY(${top}px)` }}
    >
      {columns.map((column, at) => {
        const isActive = active === at
        return (
          <div
            key={column.id}
            id={`cell-${index}-${at}`}
            role="gridcell"
            aria-colindex={at + 1}
            data-column={at}
            className={cx(
              styles.cell,
              at === 0 && styles.first,
              isNumeric(column) && styles.numeric,
              isActive && styles.active,
            )}
          >
            {row === undefined ? (
              <span className={styles.placeholder} aria-label={words.records.loading} />
            ) : at === 0 ? (
              <FirstCell {...props} row={row} column={column} />
            ) : (
              <CellContent {...props} row={row} column={column} />
            )}
            {isActive && editor}
          </div>
        )
      })}
    </div>
  )
})

type CellProps = GridRowProps & { readonly row: Row; readonly column: Column }

function FirstCell(props: CellProps) {
  const { row, selected, marksUnsent } = props
  return (
    <>
      <span
        className={cx(styles.tick, selected && styles.ticked)}
        data-part="tick"
        role="checkbox"
        aria-checked={selected}
        aria-label={words.records.select(row.title === '' ? words.records.untitled : row.title)}
      >
        {selected && <Check size={12} strokeWidth={3} aria-hidden />}
      </span>
      <span className={styles.firstText}>
        <CellContent {...props} />
      </span>
      {row.open > 0 && (
        <span
          className={styles.clash}
          role="img"
          aria-label={words.records.needsYouMark}
          title={words.records.needsYouMark}
        />
      )}
      {marksUnsent && row.unsent && (
        <span
          className={styles.unsent}
          role="img"
          aria-label={words.records.unsentMark}
          title={words.records.unsentMark}
        >
          <ArrowUp size={12} aria-hidden />
        </span>
      )}
      <span className={styles.open} data-part="open" aria-hidden>
        <Maximize2 size={13} />
      </span>
    </>
  )
}

function CellContent({ row, column, types, now }: CellProps) {
  switch (column.kind) {
    case 'title':
      return (
        <span className={cx(styles.text, row.title === '' && styles.faint)}>{row.title || words.records.untitled}</span>
      )
    case 'updated':
      return <ChangedAt at={row.updatedAt} now={now} />
    case 'type': {
      const type = types.find(each => each.id === row.type)
      return (
        <span className={styles.typeCell}>
          <TypeIcon name={type?.icon ?? ''} size={14} />
          <span className={styles.text}>{type?.name ?? ''}</span>
        </span>
      )
    }
    case 'field': {
      const { field } = column
      if (field.kind === 'lastEditedAt') return <ChangedAt at={row.updatedAt} now={now} />
      const value = row.cells[field.id]
      if (field.kind === 'checkbox') {
        const label = value === true ? words.records.yes : value === false ? words.records.no : ''
        return (
          <span className={cx(styles.box, value === true && styles.boxOn)} role="img" aria-label={label}>
            {value === true && <Check size={11} strokeWidth={3} aria-hidden />}
          </span>
        )
      }
      const text = summarise(value, field)
      if (text !== '' && (field.kind === 'choice' || field.kind === 'choices')) {
        const labels = Array.isArray(value) ? value.map(each => summarise([each], field)) : [text]
        return (
          <span className={styles.pills}>
            {labels.map(label => (
              <span key={label} className={styles.pill}>
                {label}
              </span>
            ))}
          </span>
        )
      }
      const isFirst = text === '' && row.title === '' && column.width === 280
      return <span className={cx(styles.text, isFirst && styles.faint)}>{isFirst ? words.records.untitled : text}</span>
    }
  }
}

function ChangedAt({ at, now }: { readonly at: number; readonly now: number }) {
  return (
    <span className={cx(styles.text, styles.faint)} title={absoluteTime(at)}>
      {relativeTime(at, now)}
    </span>
  )
}
