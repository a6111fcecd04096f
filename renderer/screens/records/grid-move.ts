/** Where a key takes the active cell. Pure; row -1 is the header row. */

export interface CellPlace {
  readonly row: number
  readonly column: number
}

export interface GridSize {
  readonly rows: number
  readonly columns: number
  /** Whole rows that fit on screen. */
  readonly page: number
}

/** Undefined when the key does not move. */
export function moveCell(at: CellPlace, key: string, mod: boolean, size: GridSize): CellPlace | undefined {
  const lastRow = size.rows - 1
  const lastColumn = size.columns - 1
  const to = (row: number, column: number): CellPlace => ({
    row: Math.max(-1, Math.min(lastRow, row)),
    column: Math.max(0, Math.min(lastColumn, column)),
  })
  switch (key) {
    case 'ArrowUp':
      return mod ? to(0, at.column) : to(at.row - 1, at.column)
    case 'ArrowDown':
      return mod ? to(lastRow, at.column) : to(at.row + 1, at.column)
    case 'ArrowLeft':
      return mod ? to(at.row, 0) : to(at.row, at.column - 1)
    case 'ArrowRight':
      return mod ? to(at.row, lastColumn) : to(at.row, at.column + 1)
    case 'Home':
      return mod ? to(0, 0) : to(at.row, 0)
    case 'End':
      return mod ? to(lastRow, lastColumn) : to(at.row, lastColumn)
    case 'PageUp':
      return to(Math.max(0, at.row - size.page), at.column)
    case 'PageDown':
      return to(at.row + size.page, at.column)
    default:
      return undefined
  }
}
