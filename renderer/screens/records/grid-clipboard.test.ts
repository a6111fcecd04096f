import { describe, expect, it } from 'vitest'
import type { Row } from '../../../core/model/api.ts'
import { columnsOf } from './columns.ts'
import { readLines, readPasted, rowsAsText } from './grid-clipboard.ts'

const type = {
  id: 'pump',
  name: 'Pump',
  icon: 'droplet',
  count: 2,
  fields: [
    { id: 'name', kind: 'text', label: 'Name' },
    { id: 'depth', kind: 'number', label: 'Depth' },
    { id: 'by', kind: 'lastEditedBy', label: 'By' },
    { id: 'ok', kind: 'checkbox', label: 'Works' },
  ],
} as const
const columns = columnsOf(type).filter(column => column.kind === 'field')

describe('cells as text', () => {
  it('are tabs and lines, and come back as they were', () => {
    const rows = [
      { title: 'A', cells: { name: 'Alpha', depth: 12.5, by: 'x', ok: true } },
      { title: 'B', cells: { name: 'Bravo', depth: -3, by: 'x', ok: false } },
    ] as unknown as readonly Row[]
    const text = rowsAsText(rows, columns)
    expect(text.split('\n').map(line => line.split('\t').slice(0, 2))).toEqual([
      ['Alpha', '12.5'],
      ['Bravo', '-3'],
    ])
    const { cells, problem } = readPasted(readLines(text), columns, ['a', 'b'])
    expect(problem).toBeNull()
    expect(cells).toEqual(
      rows.flatMap(({ cells: { name, depth, ok } }, at) => [
        { record: ['a', 'b'][at], field: 'name', value: name },
        { record: ['a', 'b'][at], field: 'depth', value: depth },
        { record: ['a', 'b'][at], field: 'ok', value: ok },
      ]),
    )
  })

  it('go as far as there are records and columns, and say what does not fit', () => {
    const [, depth] = columns
    const pasted = readPasted(readLines('1\t2\t3\r\nx\r\n4\r\n'), depth ? [depth] : [], ['a', 'b'])
    expect(pasted.cells).toEqual([{ record: 'a', field: 'depth', value: 1 }])
    expect(pasted.problem).toMatch(/^Depth: /)
    expect(readLines('a\r\n\r\nb\n')).toEqual(['a', '', 'b'])
  })
})
