/** Remembers where the window was. A file that is gone, damaged or off every screen simply means the default. */
import { readFileSync, writeFileSync } from 'node:fs'
import { screen, type BrowserWindow, type Rectangle } from 'electron'

export interface WindowPlace {
  readonly bounds: Partial<Rectangle> & { readonly width: number; readonly height: number }
  readonly maximized: boolean
}

const DEFAULT: WindowPlace = { bounds: { width: 1280, height: 800 }, maximized: false }
const LEAST_VISIBLE = 100

export function readPlace(file: string): WindowPlace {
  try {
    const { bounds, maximized } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
    return isRectangle(bounds) && isVisible(bounds) ? { bounds, maximized: maximized === true } : DEFAULT
  } catch {
    return DEFAULT
  }
}

export function keepPlace(window: BrowserWindow, file: string): void {
  window.on('close', () => {
    try {
      writeFileSync(file, JSON.stringify({ bounds: window.getNormalBounds(), maximized: window.isMaximized() }))
    } catch {
      // Not worth a word: the window opens at the default place.
    }
  })
}

function isRectangle(value: unknown): value is Rectangle {
  if (typeof value !== 'object' || value === null) return false
  const { x, y, width, height } = value as Record<string, unknown>
  return [x, y, width, height].every(Number.isInteger) && Number(width) >= 400 && Number(height) >= 300
}

function isVisible(bounds: Rectangle): boolean {
  const { workArea } = screen.getDisplayMatching(bounds)
  const overlap = (from: number, size: number, areaFrom: number, areaSize: number) =>
    Math.min(from + size, areaFrom + areaSize) - Math.max(from, areaFrom)
  return (
    overlap(bounds.x, bounds.width, workArea.x, workArea.width) >= LEAST_VISIBLE &&
    overlap(bounds.y, bounds.height, workArea.y, workArea.height) >= LEAST_VISIBLE
  )
}
