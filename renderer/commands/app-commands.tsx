/** The commands that work everywhere, and the one listener that turns keys into commands. It draws nothing. */
import { useEffect, useMemo } from 'react'
import { useLive } from '../api/use-live.ts'
import { useApp, useCommands } from '../app-context.ts'
import { words } from '../words/app.ts'
import { rebuildSearch } from './search-rebuild.ts'
import { useRecordActions } from './record-actions.ts'
import type { Command } from './registry.ts'

export function AppCommands() {
  const app = useApp()
  const { go, route, registry, travel, api, complain, notices } = app
  const actions = useRecordActions()
  const types = useLive('types', null)
  const sync = useLive('sync', null)
  const { place } = route
  const hasDialog = route.dialog !== null

  const commands = useMemo<readonly Command[]>(() => {
    const type = place.screen === 'records' ? types?.find(each => each.id === place.view.type) : undefined
    const makeable = type ?? types?.[0]
    const ask = async (name: 'sync.once' | 'sync.resume') => {
      const answer = await api.call(name, null)
      if (!answer.ok) complain(answer.failure)
    }
    const everywhere: Command[] = [
      {
        id: 'palette',
        title: words.commands.palette,
        group: 'Go to',
        keys: ['Mod+K', 'Mod+P'],
        run: () => go({ to: 'dialog', dialog: { name: 'palette' } }),
      },
      {
        id: 'record.new',
        title: makeable === undefined ? words.records.newRecord : words.commands.newOf(makeable.name),
        group: 'Record',
        keys: ['Mod+N'],
        when: () => makeable !== undefined,
        run: () => makeable !== undefined && void actions.create(makeable),
      },
      { id: 'go.all', title: words.records.all, group: 'Go to', run: () => go({ to: 'records', type: null }) },
      {
        id: 'go.needsYou',
        title: words.needsYou.title,
        group: 'Go to',
        also: 'clash conflict settle',
        run: () => go({ to: 'needsYou', record: null }),
      },
      ...(types ?? []).map((each, index): Command => ({
        id: `go.type.${each.id}`,
        title: each.name,
        group: 'Go to',
        ...(index < 9 ? { keys: [`Mod+${index + 1}`] } : {}),
        run: () => go({ to: 'records', type: each.id }),
      })),
      {
        id: 'go.deleted',
        title: words.records.deleted,
        group: 'Go to',
        also: 'trash bin',
        run: () => go({ to: 'records', type: null, deleted: true }),
      },
      {
        id: 'type.new',
        title: words.sidebar.newType,
        group: 'Farfield',
        also: 'form',
        run: () => go({ to: 'dialog', dialog: { name: 'type', type: null } }),
      },
      {
        id: 'type.edit',
        title: type === undefined ? words.records.editType : words.sidebar.editType(type.name),
        group: 'Farfield',
        also: 'fields form',
        when: () => type !== undefined,
        run: () => type !== undefined && go({ to: 'dialog', dialog: { name: 'type', type: type.id } }),
      },
      {
        id: 'import',
        title: words.records.import,
        group: 'Farfield',
        also: 'spreadsheet file',
        run: () => go({ to: 'dialog', dialog: { name: 'import', type: type?.id ?? null, file: null } }),
      },
      {
        id: 'search.rebuild',
        title: words.search.rebuild,
        group: 'Farfield',
        also: 'index find repair',
        run: () => void rebuildSearch(api, notices, complain),
      },
      {
        id: 'sync.open',
        title: words.commands.syncState,
        group: 'Sync',
        keys: ['Mod+.'],
        run: () => go({ to: 'sync', open: true }),
      },
      {
        id: 'sync.now',
        title: words.sync.now,
        group: 'Sync',
        keys: ['Mod+Shift+S'],
        when: () => sync?.provider != null,
        run: () => void ask('sync.once'),
      },
      {
        id: 'sync.resume',
        title: words.sync.resume,
        group: 'Sync',
        when: () => sync?.reason === 'pausedByUser',
        run: () => void ask('sync.resume'),
      },
      {
        id: 'sync.connect',
        title: words.connect.title,
        group: 'Sync',
        also: 'pair provider',
        run: () => go({ to: 'dialog', dialog: { name: 'connect' } }),
      },
      {
        id: 'sync.activity',
        title: words.sync.activity,
        group: 'Sync',
        also: 'log history exchanges held back',
        run: () => go({ to: 'activity' }),
      },
      { id: 'undo', title: words.undo, group: 'Farfield', keys: ['Mod+Z'], run: () => travel('undo') },
      { id: 'redo', title: words.redo, group: 'Farfield', keys: ['Mod+Shift+Z', 'Mod+Y'], run: () => travel('redo') },
      {
        id: 'settings',
        title: words.settings.title,
        group: 'Farfield',
        keys: ['Mod+,'],
        also: 'preferences',
        run: () => go({ to: 'settings', section: 'general' }),
      },
      { id: 'pane', title: words.commands.nextPane, group: 'Go to', keys: ['F6'], run: focusNextPane },
      {
        id: 'help',
        title: words.commands.keys,
        group: 'Farfield',
        keys: ['?'],
        also: 'shortcuts help',
        run: () => go({ to: 'dialog', dialog: { name: 'help' } }),
      },
    ]
    return [...everywhere, ...GRID_KEYS]
  }, [go, place, types, sync, actions, travel, api, complain, notices])
  useCommands(commands)

  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || hasDialog) return
      if (event.key === 'Enter' && isPressable(event.target)) return
      const command = registry.match(event, isTyping(event.target))
      if (command?.run === undefined) return
      event.preventDefault()
      command.run()
    }
    window.addEventListener('keydown', listen)
    return () => window.removeEventListener('keydown', listen)
  }, [registry, hasDialog])
  return null
}

/** Handled by the grid itself; here so that the help sheet lists them. */
const GRID_KEYS: readonly Command[] = [
  { id: 'grid.move', title: words.commands.gridMove, group: 'Grid', keys: ['ArrowUp', 'ArrowDown'] },
  { id: 'grid.ends', title: words.commands.gridEnds, group: 'Grid', keys: ['Mod+Home', 'Mod+End'] },
  { id: 'grid.page', title: words.commands.gridPage, group: 'Grid', keys: ['PageUp', 'PageDown'] },
  { id: 'grid.edit', title: words.commands.gridEdit, group: 'Grid', keys: ['Enter', 'F2'] },
  { id: 'grid.open', title: words.commands.gridOpen, group: 'Grid', keys: ['Mod+Enter'] },
  { id: 'grid.select', title: words.commands.gridSelect, group: 'Grid', keys: [' '] },
  { id: 'grid.range', title: words.commands.gridRange, group: 'Grid', keys: ['Shift+ArrowDown'] },
  { id: 'grid.all', title: words.records.selectAll, group: 'Grid', keys: ['Mod+A'] },
  { id: 'grid.copy', title: words.commands.gridCopy, group: 'Grid', keys: ['Mod+C', 'Mod+V'] },
]

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true
  return target instanceof HTMLInputElement && target.type !== 'checkbox' && target.type !== 'radio'
}

/** Enter on a button is that button's. A card (a radio) is different: it is chosen with a digit or Space, Enter keeps. */
function isPressable(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('button:not([role=radio]), a, [role=tab]') !== null
}

/** Sidebar, list, record panel, and round again. */
function focusNextPane() {
  const panes = [...document.querySelectorAll<HTMLElement>('nav[aria-label], [role=grid], aside')]
  const at = panes.findIndex(pane => pane.contains(document.activeElement))
  const next = panes[(at + 1) % panes.length]
  if (next === undefined) return
  const inside = next.tabIndex >= 0 ? next : next.querySelector<HTMLElement>('[aria-current], button, input, textarea')
  inside?.focus()
}
