/**
 * The rows of the list that a start begins with, asked for before anything is rendered, so that they arrive while React
 * makes the screen around them. Whoever shows that list first takes them.
 */
import { createContext } from 'react'
import type { View } from '../../../core/model/api.ts'
import type { Api } from '../../api/connect.ts'
import { openWindowRows } from './window-rows.ts'
import type { WindowRows } from './window-rows.ts'

export interface FirstRows {
  /** Once, and only for the view that was asked for; whoever takes them closes them. */
  take(view: View): WindowRows | undefined
}

export function askFirstRows(api: Pick<Api, 'watch'>, view: View): FirstRows {
  const key = JSON.stringify(view)
  let rows: WindowRows | undefined = openWindowRows(api, view)
  return {
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
