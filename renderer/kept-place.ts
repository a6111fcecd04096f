/**
 * Keeps where the person is over a restart: the list with its filter and order, or the screen. What was kept is read as
 * if a stranger had written it; never the open record, and never a reason to fail a start.
 */
import { useEffect, useRef } from 'react'
import type { View } from '../core/model/api.ts'
import type { Value } from '../core/model/record.ts'
import type { RecordType } from '../core/model/record-type.ts'
import type { Api } from './api/connect.ts'
import type { Place, Route } from './route.ts'
import { FIRST_ROUTE, SETTINGS_SECTIONS, viewOf } from './route.ts'

export const PLACE_KEY = 'page.place'
const WRITE_AFTER_MS = 300
/** Main takes no longer filter. */
const LONGEST_TEXT = 1000
const OWN_SORTS = ['$title', '$updatedAt', '$createdAt']

/** What is kept of a place. */
export function keptOf(place: Place): Value {
  switch (place.screen) {
    case 'records': {
      const { type, text, sort, deleted, open } = place.view
      const { field, descending } = sort
      return { screen: 'records', view: { type, text, sort: { field, descending }, deleted, open } }
    }
    case 'needsYou':
    case 'activity':
      return { screen: place.screen }
    case 'settings':
      return { screen: 'settings', section: place.section }
  }
}

/** Where to begin: where `kept` says, or at the first route if it says anything odd or names a type that is gone. */
export function routeFrom(kept: unknown, types: readonly RecordType[]): Route {
  const place = placeFrom(kept, types)
  return place === null ? FIRST_ROUTE : { ...FIRST_ROUTE, place }
}

function placeFrom(kept: unknown, types: readonly RecordType[]): Place | null {
  if (!isObject(kept)) return null
  if (kept['screen'] === 'needsYou') return { screen: 'needsYou', record: null }
  if (kept['screen'] === 'activity') return { screen: 'activity' }
  if (kept['screen'] === 'settings') {
    const section = SETTINGS_SECTIONS.find(each => each === kept['section'])
    return section === undefined ? null : { screen: 'settings', section }
  }
  if (kept['screen'] !== 'records') return null
  const view = viewFrom(kept['view'], types)
  return view === null ? null : { screen: 'records', view, record: null, full: false, focusField: false }
}

function viewFrom(kept: unknown, types: readonly RecordType[]): View | null {
  if (!isObject(kept)) return null
  const { type, text, sort, deleted, open } = kept
  if (type !== null && typeof type !== 'string') return null
  if (typeof text !== 'string' || text.length > LONGEST_TEXT) return null
  if (typeof deleted !== 'boolean' || typeof open !== 'boolean' || !isObject(sort)) return null
  const { field, descending } = sort
  if (typeof field !== 'string' || typeof descending !== 'boolean') return null
  const known = types.find(each => each.id === type)
  if (type !== null && known === undefined) return null
  // A field that went away since takes only its order with it.
  const sortable = OWN_SORTS.includes(field) || known?.fields.some(each => each.id === field) === true
  return { type, text, sort: sortable ? { field, descending } : viewOf(type, deleted).sort, deleted, open }
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Writes the place down a moment after it changed, or at once when the page goes. Nobody is told if that fails. */
export function useKeptPlace(api: Api, place: Place): void {
  const text = JSON.stringify(keptOf(place))
  const written = useRef(text)
  useEffect(() => {
    if (text === written.current) return
    const write = () => {
      if (text === written.current) return
      written.current = text
      // The text was made from a Value just above.
      void api.call('settings.set', { key: PLACE_KEY, value: JSON.parse(text) as Value })
    }
    const timer = setTimeout(write, WRITE_AFTER_MS)
    window.addEventListener('pagehide', write)
    return () => {
      clearTimeout(timer)
      window.removeEventListener('pagehide', write)
    }
  }, [api, text])
}
