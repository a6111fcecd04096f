import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createCsvReader, type CsvItem } from './csv-reader.ts'

function readAll(pieces: readonly string[], delimiter = ',', maxRecordChars?: number): CsvItem[] {
  const reader = createCsvReader(delimiter, maxRecordChars)
  const items: CsvItem[] = []
  const drain = () => {
    for (let item = reader.next(); item !== undefined; item = reader.next()) items.push(item)
  }
  for (const piece of pieces) {
    reader.push(piece)
    drain()
  }
  reader.end()
  drain()
  return items
}
const rows = (items: readonly CsvItem[]) => items.flatMap(item => (item.kind === 'row' ? [item.cells] : []))
const lines = (items: readonly CsvItem[]) =>
  items.map(item => (item.kind === 'row' ? item.line : `${item.line} ${item.reason}`))

describe('CSV rows', () => {
  it('reads quotes, doubled quotes, line breaks in cells and any line end', () => {
    for (const end of ['\n', '\r\n']) {
      const text = ['a,"b ""q"" c",', `"two${end}lines",2,3`, '', 'x,5" pipe,"z"'].join(end)
      const items = readAll([text])
      expect(rows(items)).toEqual([
        ['a', 'b "q" c', ''],
        [`two${end}lines`, '2', '3'],
        ['x', '5" pipe', 'z'],
      ])
      expect(lines(items)).toEqual([1, 2, 5])
    }
    expect(rows(readAll(['a;b\rc;"d"\r'], ';'))).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
  })

  it('refuses a broken quote by its line and goes on with the next one', () => {
    const items = readAll(['ok,1\n"bro"ken,2\n"also ok",3\n"never closed,4\nlast,5\n'])
    expect(rows(items)).toEqual([
      ['ok', '1'],
      ['also ok', '3'],
      ['last', '5'],
    ])
    expect(lines(items)).toEqual([1, '2 textAfterQuote', 3, '4 openQuote', 5])
  })

  it('does not lose the rows that an open quote swallowed up to another one', () => {
    const items = readAll(['"open,1\nb,2\nc,3\n"quoted",4\ne,5\n'])
    expect(lines(items)).toEqual(['1 textAfterQuote', 2, 3, 4, 5])
  })

  it('skips a row too large to keep, plain or quoted, and counts its lines', () => {
    const huge = 'x'.repeat(3000)
    const pieces = `a,1\n${huge}\nb,2\n"${huge}\n${huge}""",3\nc,4`.match(/[^]{1,700}/g) ?? []
    expect(lines(readAll(pieces, ',', 2000))).toEqual([1, '2 rowTooLarge', 3, '4 rowTooLarge', 6])
  })

  it('reads a 10 MB cell that comes in small pieces', () => {
    const cell = `say ""hi""\n${'y'.repeat(1000)}`.repeat(10_000)
    const text = `a,b\n1,"${cell}"\nc,d\n`
    const pieces: string[] = []
    for (let at = 0; at < text.length; at += 65_536) pieces.push(text.slice(at, at + 65_536))
    const items = readAll(pieces)
    expect(rows(items).map(cells => cells.map(each => each.length))).toEqual([
      [1, 1],
      [1, cell.replaceAll('""', '"').length],
      [1, 1],
    ])
    expect(lines(items)).toEqual([1, 2, 10_003])
  })

  const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', ';', '\n', ' ', '😀'), maxLength: 6 })
  const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 6 })
  const quoteSome = (text: string, force: boolean) =>
    force || /["\n,;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text

  it('agrees with csv-parse on well-formed files, wherever they are cut', () => {
    fc.assert(
      fc.property(table, fc.boolean(), fc.boolean(), fc.array(fc.nat(40)), (data, force, crlf, cuts) => {
        const end = crlf ? '\r\n' : '\n'
        const text = data.map(row => row.map(each => quoteSome(each, force)).join(',')).join(end) + end
        const expected: unknown = parse(text, { relax_column_count: true, skip_empty_lines: true })
        expect(rows(readAll(cut(text, cuts)))).toEqual(expected)
        expect(rows(readAll(cut(text, cuts)))).toEqual(data)
      }),
      { numRuns: 1000 },
    )
  })

  it('gives the same for any text at all however it is cut, and never throws', () => {
    const any = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r\n', 'b'), maxLength: 60 })
    fc.assert(
      fc.property(any, fc.array(fc.nat(20)), (text, cuts) => {
        expect(readAll(cut(`x\n${text}`, [2, ...cuts]))).toEqual(readAll([`x\n${text}`]))
      }),
      { numRuns: 3000 },
    )
  })
})

function cut(text: string, sizes: readonly number[]): string[] {
  const pieces: string[] = []
  let at = 0
  for (const size of sizes) {
    pieces.push(text.slice(at, at + size))
    at += size
  }
  return [...pieces, text.slice(at)]
}
