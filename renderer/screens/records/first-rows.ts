/**
 * The rows of the list that a start begins with, asked for before anything is rendered, so that the first screen is drawn
 * once and with them. Whoever shows that list first takes them.
 */
import { createContext } from 'react'
import type { View } from '../../../core/model/api.ts'
import type { Api } from '../../api/connect.ts'
import { openWindowRows } from './window-rows.ts'
import type { WindowRows } from './window-rows.ts'

/** A list that takes longer is drawn when it comes, and the screen around it before. */
const LONGEST_WAIT_MS = 100

export interface FirstRows {
  /** When they have come, or after a while in which they should have. */
  readonly waited: Promise<void>
  /** Once, and only for the view that was asked for; whoever takes them closes them. */
  take(view: View): WindowRows | undefined
}

export function askFirstRows(api: Pick<Api, 'watch'>, view: View): FirstRows {
  const key = JSON.stringify(view)
  const opened = openWindowRows(api, view)
  let rows: WindowRows | undefined = opened
  return {
    waited: new Promise(resolve => {
      opened.subscribe(resolve)
      setTimeout(resolve, LONGEST_WAIT_MS)
    }),
    take(wanted) {
      const taken = rows
      rows = undefined
      if (JSON.stringify(wanted) === key) return taken
      taken?.close()
      return undefined
    },
  }
}

export const FirstRowsContext = createContext<FirstRows | null>(null)
