/** Which rows of a long list are on screen. Every row has one height: plain arithmetic, whatever their number. */
import { useCallback, useLayoutEffect, useRef, useState } from 'react'
import type { RefObject } from 'react'
import { flushSync } from 'react-dom'

/** In pixels, as the style sheet has them. The header stays at the top of the scrolled area, above the rows. */
export const ROW_HEIGHT = 36
export const HEADER_HEIGHT = 34

export interface Seen {
  readonly first: number
  /** How many rows have a place on screen, at least in part. */
  readonly rows: number
}

/** `height` is that of the scrolled area, header included. */
export function seenRows(scrollTop: number, height: number): Seen {
  return {
    first: Math.max(0, Math.floor(scrollTop / ROW_HEIGHT)),
    rows: Math.max(0, Math.ceil((height - HEADER_HEIGHT) / ROW_HEIGHT)) + 1,
  }
}

/** Where to scroll so that a row is seen whole; `scrollTop` itself if it is. */
export function scrollTopFor(row: number, scrollTop: number, height: number): number {
  const top = row * ROW_HEIGHT
  const lowest = top + ROW_HEIGHT + HEADER_HEIGHT - height
  return Math.max(0, Math.min(top, Math.max(scrollTop, lowest)))
}

/** Rows `from` (included) to `to` (excluded) are to be drawn: those on screen and `overscan` more on either side. */
export function useRowWindow(
  total: number,
  overscan: number,
): {
  /** The scrolled area. */
  readonly scroller: RefObject<HTMLDivElement | null>
  readonly from: number
  readonly to: number
  readonly show: (row: number) => void
} {
  const scroller = useRef<HTMLDivElement>(null)
  // Before there is anything to measure, what the whole window could show: the first rows are drawn without a second turn.
  const [seen, setSeen] = useState(() => seenRows(0, window.innerHeight))

  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return undefined
    const look = () =>
      setSeen(was => {
        const now = seenRows(element.scrollTop, element.clientHeight)
        // A row or two more than there is room for cost less than drawing anew for fewer.
        const rows = Math.max(was.rows, now.rows)
        return now.first === was.first && rows === was.rows ? was : { ...now, rows }
      })
    // With the frame that scrolls: rows that come a frame later are seen as a flicker.
    const lookAtOnce = () => flushSync(look)
    const observer = new ResizeObserver(look)
    observer.observe(element)
    element.addEventListener('scroll', lookAtOnce, { passive: true })
    return () => {
      observer.disconnect()
      element.removeEventListener('scroll', lookAtOnce)
    }
  }, [])

  const show = useCallback((row: number) => {
    const element = scroller.current
    if (element !== null) element.scrollTop = scrollTopFor(row, element.scrollTop, element.clientHeight)
  }, [])
  return {
    scroller,
    from: Math.max(0, Math.min(seen.first, total) - overscan),
    to: Math.min(total, seen.first + seen.rows + overscan),
    show,
  }
}
