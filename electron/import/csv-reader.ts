/**
 * Splits CSV text into rows (RFC 4180), as it comes in pieces of any size. A row it cannot make sense of is refused alone:
 * after text behind a closing quote, or a quote that is never closed, reading goes on with the line after the one where
 * that row began. It must never hold more than RECORD_CHARS of the file, and knows nothing of columns or values.
 */

import type { RowReason } from '../../core/model/api.ts'

export type CsvItem =
  | { readonly kind: 'row'; readonly line: number; readonly cells: readonly string[] }
  | { readonly kind: 'bad'; readonly line: number; readonly reason: BadRow; readonly excerpt: string }

export type BadRow = Extract<RowReason, 'textAfterQuote' | 'openQuote' | 'rowTooLarge'>

export interface CsvReader {
  push(text: string): void
  /** No more text comes: the last row may lack its line break. */
  end(): void
  /** The next row, good or bad, with the 1-based line where it starts; undefined until more is pushed. */
  next(): CsvItem | undefined
}

/** A row beyond this is skipped to its end without being kept; a broken quote further back cannot be recovered from. */
export const RECORD_CHARS = 24 * 1024 * 1024
const EXCERPT_CHARS = 80

export function createCsvReader(delimiter: string, maxRecordChars = RECORD_CHARS): CsvReader {
  let text = ''
  /** Where the row being read starts in `text`, and in the file. */
  let from = 0
  let line = 1
  let newline: '\n' | '\r' | undefined
  let ended = false
  let skipping: 'no' | 'quoted' | 'plain' = 'no'
  /** In which cell a closing quote was looked for in vain, and how far: a huge cell is not searched again and again. */
  let searched = { cell: -1, to: 0 }

  const wait = Symbol('more text is needed')

  function next(): CsvItem | undefined {
    while (from < text.length) {
      if (skipping !== 'no' && !skip()) return undefined
      const lineEnd = indexOfNewline(from)
      const quote = text.indexOf('"', from)
      if (quote >= 0 && (lineEnd < 0 || quote < lineEnd)) {
        const item = readQuoted()
        return item === wait ? undefined : item
      }
      if (lineEnd < 0 && !ended) return giveUpIfHuge('plain')
      const stop = lineEnd < 0 ? text.length : lineEnd
      const plain = text.slice(from, withoutReturn(from, stop))
      const start = line
      advance(stop + 1, 1)
      if (plain !== '') return { kind: 'row', line: start, cells: plain.split(delimiter) }
    }
    return undefined
  }

  function readQuoted(): CsvItem | typeof wait {
    const cells: string[] = []
    let at = from
    for (;;) {
      const cellEnd = text[at] === '"' ? readQuotedCell(at, cells) : readPlainCell(at, cells)
      if (typeof cellEnd !== 'number') return cellEnd
      if (text[cellEnd] === delimiter) {
        at = cellEnd + 1
        continue
      }
      const lineEnd = text[cellEnd] === '\r' && newline === '\n' ? cellEnd + 1 : cellEnd
      const start = line
      advance(lineEnd + 1, countLines(from, lineEnd + 1))
      return { kind: 'row', line: start, cells }
    }
  }

  /** Adds the cell that starts with the quote at `at`; answers where it ends. */
  function readQuotedCell(at: number, cells: string[]): number | CsvItem | typeof wait {
    const close = closingQuote(searched.cell === cells.length ? searched.to : at + 1)
    if (close < 0) {
      if (ended) return refuse('openQuote')
      searched = { cell: cells.length, to: text.length }
      return giveUpIfHuge('quoted') ?? wait
    }
    searched = { cell: cells.length, to: close }
    const cellEnd = close + 1
    const after = text[cellEnd]
    // Only what follows a quote shows whether it closes the cell, and how the row ends.
    if (!ended && (after === undefined || (after === '\r' && newline !== '\r' && cellEnd + 1 === text.length))) {
      return giveUpIfHuge('plain') ?? wait
    }
    const fits =
      after === undefined ||
      after === delimiter ||
      after === newline ||
      (after === '\r' && newline === '\n' && text[cellEnd + 1] === '\n')
    if (!fits) return refuse('textAfterQuote')
    const inner = text.slice(at + 1, close)
    cells.push(inner.includes('""') ? inner.replaceAll('""', '"') : inner)
    return cellEnd
  }

  function readPlainCell(at: number, cells: string[]): number | CsvItem | typeof wait {
    const lineEnd = indexOfNewline(at)
    const stop = lineEnd < 0 ? text.length : lineEnd
    const delimited = text.indexOf(delimiter, at)
    if (lineEnd < 0 && !ended && (delimited < 0 || delimited >= stop)) return giveUpIfHuge('plain') ?? wait
    const cellEnd = delimited >= 0 && delimited < stop ? delimited : withoutReturn(at, stop)
    cells.push(text.slice(at, cellEnd))
    return cellEnd
  }

  /** A quote that is not half of a doubled one. At the very end of the text it may still turn out to be. */
  function closingQuote(start: number): number {
    let at = text.indexOf('"', start)
    while (at >= 0 && text[at + 1] === '"') at = text.indexOf('"', at + 2)
    return at
  }

  /** The row is refused up to the end of its first line, once that is known. */
  function refuse(reason: BadRow): CsvItem | typeof wait {
    const lineEnd = indexOfNewline(from)
    if (lineEnd < 0 && !ended) return giveUpIfHuge('plain') ?? wait
    const stop = lineEnd < 0 ? text.length : lineEnd
    const excerpt = text.slice(from, Math.min(withoutReturn(from, stop), from + EXCERPT_CHARS))
    const start = line
    advance(stop + 1, 1)
    return { kind: 'bad', line: start, reason, excerpt }
  }

  /** Refuses a row that is too large to keep; from here on only its end is looked for. */
  function giveUpIfHuge(how: 'quoted' | 'plain'): CsvItem | undefined {
    if (text.length - from <= maxRecordChars) return undefined
    const excerpt = text.slice(from, from + EXCERPT_CHARS)
    const start = line
    skipping = how
    advance(text.length, countLines(from, text.length))
    return { kind: 'bad', line: start, reason: 'rowTooLarge', excerpt }
  }

  /** False: the end of the row is not in sight yet. */
  function skip(): boolean {
    if (skipping === 'quoted') {
      const close = closingQuote(from)
      const stop = close < 0 ? text.length : close + 1
      advance(stop, countLines(from, stop))
      if (close < 0) return false
      skipping = 'plain'
    }
    const lineEnd = indexOfNewline(from)
    advance(lineEnd < 0 ? text.length : lineEnd + 1, lineEnd < 0 ? 0 : 1)
    if (lineEnd >= 0) skipping = 'no'
    return lineEnd >= 0
  }

  function advance(to: number, lines: number): void {
    from = to
    line += lines
    searched = { cell: -1, to: 0 }
  }

  function indexOfNewline(start: number): number {
    return newline === undefined ? -1 : text.indexOf(newline, start)
  }

  function withoutReturn(start: number, stop: number): number {
    return newline === '\n' && stop > start && text[stop - 1] === '\r' ? stop - 1 : stop
  }

  function countLines(start: number, stop: number): number {
    let count = 0
    for (let at = indexOfNewline(start); at >= 0 && at < stop; at = indexOfNewline(at + 1)) count++
    return count
  }

  return {
    next,
    push(more) {
      searched = { ...searched, to: searched.to - from }
      text = text.slice(from) + more
      from = 0
      // Files of old Macs end their lines with a return alone.
      newline ??= text.includes('\n') ? '\n' : /\r[^]/.test(text) ? '\r' : undefined
    },
    end() {
      newline ??= text.includes('\r') ? '\r' : '\n'
      ended = true
    },
  }
}
