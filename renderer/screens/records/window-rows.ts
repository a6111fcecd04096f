/**
 * The grid's rows: a `window` feed of at most 200 rows kept around what is on screen. At most one new window is asked for
 * at a time, and the old one stays until the new one has answered, so that scrolling never blanks what is known. A list
 * begins with as many rows as a screen holds; those that scrolling will show come once these have been painted.
 */
import type { Row, View, WindowFrame } from '../../../core/model/api.ts'
import type { RecordId } from '../../../core/model/record.ts'
import type { Api } from '../../api/connect.ts'

export const WINDOW_SIZE = 200
export const FIRST_SIZE = 60
const STEP = 40
/** Rows kept ahead of the viewport before a new window is asked for. */
const MARGIN = 20
/** From the first rows until they are surely painted. */
export const PAINTED_AFTER_MS = 250

export interface Span {
  readonly from: number
  readonly to: number
}

/** The window of WINDOW_SIZE rows with [first, last] about in its middle, on a grid of STEP rows. */
export function spanAround(first: number, last: number): Span {
  const middle = (first + last) / 2
  const from = Math.max(0, Math.round((middle - WINDOW_SIZE / 2) / STEP) * STEP)
  return { from, to: from + WINDOW_SIZE }
}

/** Whether [first, last] lies in the span with some rows to spare (the list's ends need none). */
export function coversWell(span: Span, first: number, last: number, total: number): boolean {
  const top = span.from === 0 || first - MARGIN >= span.from
  const bottom = span.to >= total || last + MARGIN < span.to
  return top && bottom
}

function covers(span: Span, first: number, last: number, total: number): boolean {
  return first >= span.from && Math.min(last, total - 1) < span.to
}

export interface WindowRows {
  subscribe(listener: () => void): () => void
  /** Changes whenever anything that `rowAt` or `total` answers may have changed. */
  version(): number
  /** Undefined before the first answer to this view. */
  total(): number | undefined
  rowAt(index: number): Row | undefined
  indexOf(id: RecordId): number | undefined
  /** Rows first to last are on screen now. */
  want(first: number, last: number): void
  close(): void
}

interface Shown {
  readonly span: Span
  readonly ids: readonly RecordId[]
  readonly stop: () => void
}

/** `afterPaint` runs what can wait until the first rows are on screen. */
export function openWindowRows(
  api: Pick<Api, 'watch'>,
  view: View,
  afterPaint: (run: () => void) => void = run => void setTimeout(run, PAINTED_AFTER_MS),
): WindowRows {
  const listeners = new Set<() => void>()
  let rowsById = new Map<RecordId, Row>()
  let shown: Shown | undefined
  let total: number | undefined
  let asked: { readonly span: Span; readonly stop: () => void } | undefined
  let wanted: Span | undefined
  let version = 0
  let closed = false
  let painted = false

  const tell = () => {
    version++
    for (const listener of [...listeners]) listener()
  }

  function takeFrame(span: Span, stop: () => void, frame: WindowFrame) {
    if (closed) return
    if (asked?.stop === stop) {
      shown?.stop()
      asked = undefined
    } else if (shown?.stop !== stop) return
    const rows = new Map<RecordId, Row>()
    for (const row of frame.rows) {
      const known = rowsById.get(row.id)
      // The same object for the same row: it is not drawn again.
      rows.set(row.id, known?.rev === row.rev ? known : row)
    }
    for (const id of frame.ids) {
      const known = rows.get(id) ?? rowsById.get(id)
      if (known !== undefined) rows.set(id, known)
    }
    rowsById = rows
    shown = { span, ids: frame.ids, stop }
    total = frame.total
    tell()
    if (!painted)
      afterPaint(() => {
        painted = true
        askAgain()
      })
    askAgain()
  }

  function ask(span: Span) {
    // A holder, because `stop` is also the feed's identity and must exist before the first frame can come.
    const feed: { stop?: () => void } = {}
    const stop = () => feed.stop?.()
    asked = { span, stop }
    feed.stop = api.watch(
      'window',
      { view, ...span },
      frame => takeFrame(span, stop, frame),
      () => {
        if (asked?.stop === stop) asked = undefined
      },
    )
  }

  function askAgain() {
    if (wanted === undefined || asked !== undefined || closed) return
    if (!painted && shown !== undefined && covers(shown.span, wanted.from, wanted.to, total ?? 0)) return
    const span = spanAround(wanted.from, wanted.to)
    if (shown !== undefined && coversWell(shown.span, wanted.from, wanted.to, total ?? 0)) return
    if (shown !== undefined && shown.span.from === span.from && shown.span.to === span.to) return
    ask(span)
  }

  ask({ from: 0, to: FIRST_SIZE })

  return {
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    version: () => version,
    total: () => total,
    rowAt(index) {
      if (shown === undefined) return undefined
      const id = shown.ids[index - shown.span.from]
      return id === undefined ? undefined : rowsById.get(id)
    },
    indexOf(id) {
      const at = shown?.ids.indexOf(id) ?? -1
      return shown === undefined || at < 0 ? undefined : shown.span.from + at
    },
    want(first, last) {
      wanted = { from: first, to: last }
      askAgain()
    },
    close() {
      closed = true
      asked?.stop()
      shown?.stop()
      listeners.clear()
    },
  }
}

/** Ids of rows [from, to) of a view, read window by window. */
export async function readIds(api: Pick<Api, 'watch'>, view: View, from: number, to: number): Promise<RecordId[]> {
  const ids: RecordId[] = []
  for (let at = from; at < to; at += 500) {
    const end = Math.min(to, at + 500)
    const frame = await new Promise<WindowFrame | null>(resolve => {
      const stop = api.watch(
        'window',
        { view, from: at, to: end },
        next => {
          resolve(next)
          queueMicrotask(() => stop())
        },
        () => resolve(null),
      )
    })
    if (frame === null || frame.ids.length === 0) break
    ids.push(...frame.ids)
  }
  return ids
}
