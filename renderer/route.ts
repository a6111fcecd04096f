/** Where the person is: one union in one reducer. No URLs, no history; it never holds data that a feed could answer. */
import type { View } from '../core/model/api.ts'
import type { RecordId, TypeId } from '../core/model/record.ts'

export const SETTINGS_SECTIONS = ['general', 'rules', 'provider', 'storage', 'transfer'] as const
export type SettingsSection = (typeof SETTINGS_SECTIONS)[number]

export type Place =
  | {
      readonly screen: 'records'
      readonly view: View
      readonly record: RecordId | null
      /** The record panel fills the window instead of peeking. */
      readonly full: boolean
      /** Put the cursor into the panel's first field (a record that was just made). */
      readonly focusField: boolean
    }
  | { readonly screen: 'needsYou'; readonly record: RecordId | null }
  | { readonly screen: 'activity' }
  | { readonly screen: 'settings'; readonly section: SettingsSection }

export type DialogRoute =
  | { readonly name: 'palette' }
  | { readonly name: 'help' }
  | {
      readonly name: 'connect'
      /** To another hub than the one that is connected. */
      readonly moving?: true
    }
  | { readonly name: 'type'; readonly type: TypeId | null }
  | { readonly name: 'import'; readonly type: TypeId | null; readonly file: File | null }
  | { readonly name: 'importRun' }

export interface Route {
  readonly place: Place
  readonly dialog: DialogRoute | null
  readonly syncOpen: boolean
}

export type Go =
  | { readonly to: 'records'; readonly type: TypeId | null; readonly deleted?: boolean }
  | { readonly to: 'view'; readonly view: View }
  | { readonly to: 'record'; readonly record: RecordId | null; readonly focusField?: boolean }
  | { readonly to: 'full'; readonly full: boolean }
  | { readonly to: 'recordOf'; readonly type: TypeId; readonly record: RecordId; readonly focusField?: boolean }
  | { readonly to: 'needsYou'; readonly record: RecordId | null }
  | { readonly to: 'activity' }
  | { readonly to: 'settings'; readonly section: SettingsSection }
  | { readonly to: 'dialog'; readonly dialog: DialogRoute | null }
  | { readonly to: 'sync'; readonly open: boolean }

export function viewOf(type: TypeId | null, deleted = false): View {
  const field = type === null || deleted ? '$updatedAt' : '$createdAt'
  return { type, text: '', sort: { field, descending: true }, deleted, open: false }
}

function recordsPlace(view: View, record: RecordId | null, focusField = false): Place {
  return { screen: 'records', view, record, full: false, focusField }
}

export const FIRST_ROUTE: Route = { place: recordsPlace(viewOf(null), null), dialog: null, syncOpen: false }

export function reduceRoute(route: Route, go: Go): Route {
  switch (go.to) {
    case 'records':
      return { ...route, place: recordsPlace(viewOf(go.type, go.deleted), null), syncOpen: false }
    case 'view':
      return route.place.screen === 'records' ? { ...route, place: { ...route.place, view: go.view } } : route
    case 'record':
      if (route.place.screen !== 'records') return route
      return {
        ...route,
        place: {
          ...route.place,
          record: go.record,
          focusField: go.focusField === true,
          full: go.record === null ? false : route.place.full,
        },
      }
    case 'full':
      return route.place.screen === 'records' ? { ...route, place: { ...route.place, full: go.full } } : route
    case 'recordOf':
      return {
        place: recordsPlace(viewOf(go.type), go.record, go.focusField),
        dialog: null,
        syncOpen: false,
      }
    case 'needsYou':
      return { ...route, place: { screen: 'needsYou', record: go.record }, syncOpen: false }
    case 'activity':
      return { ...route, place: { screen: 'activity' }, syncOpen: false }
    case 'settings':
      return { ...route, place: { screen: 'settings', section: go.section }, syncOpen: false }
    case 'dialog':
      return { ...route, dialog: go.dialog, syncOpen: false }
    case 'sync':
      return { ...route, syncOpen: go.open }
  }
}
